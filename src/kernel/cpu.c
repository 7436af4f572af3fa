/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/cpu.h"

#include <cpuid.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"

enum { EAX, EBX, ECX, EDX };

/*
 * The registers that hold features (Intel SDM volume 2, CPUID; AMD APM volume 3, appendix E), and the names of their
 * bits, from bit 0 on and "-" for none (arch/x86/include/asm/cpufeatures.h, Linux 6.12). `not_features` are bits that
 * follow what a kernel does: OSXSAVE, OSPKE, the APIC and the serial number switched off; and TSX, which kernels and
 * microcode switch off, and which then only aborts what it begins. A + stands before the names of bits that updates of
 * microcode brought to CPUs that had been sold without: what kernels need against Spectre and its kind.
 */
static const struct {
	unsigned int leaf, subleaf, reg;
	uint32_t not_features;
	const char *names;
} words[CPU_WORDS] = {
	{ 0x1, 0, ECX, 0x8000000,
	  "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm - pcid "
	  "dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor" },
	{ 0x1, 0, EDX, 0x40200,
	  "fpu vme de pse tsc msr pae mce cx8 - - sep mtrr pge mca cmov pat pse36 - clflush - dts acpi mmx "
	  "fxsr sse sse2 ss ht tm ia64 pbe" },
	{ 0x7, 0, EBX, 0x810,
	  "fsgsbase tsc_adjust sgx bmi1 - avx2 fdp_excptn_only smep bmi2 erms invpcid - cqm zero_fcs_fds "
	  "mpx rdt_a avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb intel_pt avx512pf "
	  "avx512er avx512cd sha_ni avx512bw avx512vl" },
	{ 0x7, 0, ECX, 0x10,
	  "- avx512vbmi umip pku - waitpkg avx512_vbmi2 shstk gfni vaes vpclmulqdq avx512_vnni "
	  "avx512_bitalg tme avx512_vpopcntdq - la57 - - - - - rdpid - bus_lock_detect cldemote - movdiri "
	  "movdir64b enqcmd sgx_lc" },
	{ 0x7, 0, EDX, 0x2800,
	  "- - avx512_4vnniw avx512_4fmaps fsrm - - - avx512_vp2intersect +srbds_ctrl +md_clear - - - "
	  "serialize hybrid_cpu tsxldtrk - pconfig arch_lbr ibt - amx_bf16 avx512_fp16 amx_tile amx_int8 "
	  "+spec_ctrl +intel_stibp +flush_l1d +arch_capabilities core_capabilities +spec_ctrl_ssbd" },
	{ 0x7, 1, EAX, 0x0,
	  "- - - - avx_vnni avx512_bf16 - cmpccxadd arch_perfmon_ext - fzrm fsrs fsrc - - - - fred lkgs "
	  "wrmsrns - amx_fp16 - avx_ifma - - lam" },
	{ 0xd, 1, EAX, 0x0,
	  "xsaveopt xsavec xgetbv1 xsaves xfd" },
	{ 0xd, 1, ECX, 0x0,
	  "" },
	{ 0x80000001, 0, ECX, 0x0,
	  "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs xop "
	  "skinit wdt - lwp fma4 tce - nodeid_msr - tbm topoext perfctr_core perfctr_nb - bpext ptsc "
	  "perfctr_llc mwaitx" },
	{ 0x80000001, 0, EDX, 0x0,
	  "- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt pdpe1gb rdtscp - lm "
	  "3dnowext 3dnow" },
	{ 0x80000007, 0, EDX, 0x0,
	  "- - - - - - - - constant_tsc" },
	{ 0x80000008, 0, EBX, 0x0,
	  "clzero irperf xsaveerptr - rdpru - - - - wbnoinvd - - +amd_ibpb - +amd_ibrs +amd_stibp - "
	  "+amd_stibp_always_on - - - - - amd_ppin +amd_ssbd virt_ssbd +amd_ssb_no cppc +amd_psfd +btc_no "
	  "+amd_ibpb_ret brs" },
};

/* XCR0's x87 and SSE states are always the first 512 bytes, with a header of 64 behind them (Intel SDM volume 1, 13.4). */
#define XSAVE_LEAST 576
#define XSAVE_FIRST_STATE 2
#define CPUID_1_ECX_OSXSAVE (1u << 27)

static void cpuid(unsigned int leaf, unsigned int subleaf, unsigned int out[4])
{
	if (!__get_cpuid_count(leaf, subleaf, &out[EAX], &out[EBX], &out[ECX], &out[EDX]))
		memset(out, 0, 4 * sizeof(*out));
}

static uint64_t xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

void cpu_read(struct cpu *cpu)
{
	unsigned int r[4];

	memset(cpu, 0, sizeof(*cpu));
	for (size_t i = 0; i < CPU_WORDS; i++) {
		/* A leaf has as many subleaves as its subleaf 0 says, but for 0xd, which has 1 always. */
		cpuid(words[i].leaf, 0, r);
		if (words[i].subleaf && words[i].leaf != 0xd && r[EAX] < words[i].subleaf)
			continue;
		if (words[i].subleaf)
			cpuid(words[i].leaf, words[i].subleaf, r);
		cpu->word[i] = r[words[i].reg] & ~words[i].not_features;
	}
	cpuid(1, 0, r);
	if (!(r[ECX] & CPUID_1_ECX_OSXSAVE))
		return;
	cpu->enabled = xcr0();
	cpuid(0xd, 0, r);
	cpu->supported = (uint64_t)r[EDX] << 32 | r[EAX];
	for (unsigned int i = XSAVE_FIRST_STATE; i < CPU_STATES; i++)
		if (cpu->supported >> i & 1) {
			cpuid(0xd, i, r);
			cpu->state_end[i] = r[EBX] + r[EAX];
		}
}

void cpu_features_text(const struct cpu *cpu, char text[CPU_TEXT_SIZE])
{
	for (size_t i = 0; i < CPU_WORDS; i++)
		sprintf(text + i * 9, "%08x%s", cpu->word[i], i + 1 < CPU_WORDS ? "," : "");
}

/* The name of bit `bit` of word `i`; one without a name is called by its place. Does microcode bring it? */
static bool name_of(size_t i, unsigned int bit, char *name, size_t room)
{
	static const char *const registers[] = { "EAX", "EBX", "ECX", "EDX" };
	const char *at = words[i].names;
	bool by_microcode;

	for (unsigned int skip = bit; skip && *at; skip--) {
		at += strcspn(at, " ");
		at += *at == ' ';
	}
	by_microcode = *at == '+';
	at += by_microcode;
	if (*at && *at != '-')
		snprintf(name, room, "%.*s", (int)strcspn(at, " "), at);
	else
		snprintf(name, room, "CPUID.%X.%u.%s.%u", words[i].leaf, words[i].subleaf, registers[words[i].reg], bit);
	return by_microcode;
}

/* Names that may be too many for the text. */
struct names {
	char text[CPU_MISSING_SIZE];
	size_t length, left_out;
};

static void add_name(struct names *names, const char *name)
{
	/* What is left is for the number of those that are left out. */
	const size_t room = sizeof(names->text) - 32;

	if (names->length + strlen(name) + 2 < room)
		names->length += (size_t)sprintf(names->text + names->length, " %s", name);
	else
		names->left_out++;
}

static void end_names(struct names *names)
{
	if (names->left_out)
		sprintf(names->text + names->length, " and %zu more", names->left_out);
}

int cpu_features_check(const char *saved, const struct cpu *now, bool microcode_comes, char coming[CPU_MISSING_SIZE])
{
	struct names missing = { 0 }, later = { 0 };

	for (size_t i = 0; i < CPU_WORDS; i++) {
		char *end, name[48];
		unsigned long lost = strtoul(saved, &end, 16);

		if (end == saved || *end != (i + 1 < CPU_WORDS ? ',' : '\0'))
			return fail("machine", 0, "cpu_features are not %d words", CPU_WORDS);
		saved = end + 1;
		lost &= ~(unsigned long)now->word[i];
		for (unsigned int bit = 0; bit < 32; bit++)
			if (lost >> bit & 1)
				add_name(name_of(i, bit, name, sizeof(name)) && microcode_comes ? &later : &missing, name);
	}
	end_names(&missing);
	end_names(&later);
	strcpy(coming, *later.text ? later.text + 1 : "");
	return *missing.text ? fail("machine", 0, "the CPU lacks features that it had:%s", missing.text) : 0;
}

uint32_t cpu_xsave_size(const struct cpu *cpu, uint64_t mask)
{
	uint32_t size = mask ? XSAVE_LEAST : 0;

	for (unsigned int i = XSAVE_FIRST_STATE; i < CPU_STATES; i++)
		if (mask >> i & 1 && cpu->state_end[i] > size)
			size = cpu->state_end[i];
	return size;
}

int cpu_xsave_check(uint64_t enabled, uint32_t size, const struct cpu *now)
{
	uint32_t size_now = cpu_xsave_size(now, enabled & now->supported);

	if (enabled & ~now->supported || size != size_now)
		return fail("machine", 0, "the XSAVE area differs: saved %u bytes for XCR0 %#llx, now %u for %#llx", size,
			    (unsigned long long)enabled, size_now, (unsigned long long)(enabled & now->supported));
	return 0;
}
