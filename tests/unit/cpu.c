/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages about what a CPU lacks, and the features of the CPU that runs the test. */
#include "kernel/cpu.h"

#include "check.h"

/* The numbers of the words, as cpu.c has them: of CPUID's leaf 1 ECX and EDX, of leaf 7 EBX, ..., of leaf 0x80000008 EBX. */
enum { W_1_ECX, W_1_EDX, W_7_EBX, W_7_EDX = 4, W_D_ECX = 7, W_8_EBX = 11 };

static void this_cpu(void)
{
	struct cpu cpu, again;
	char text[CPU_TEXT_SIZE], text_again[CPU_TEXT_SIZE], coming[CPU_MISSING_SIZE];

	cpu_read(&cpu);
	cpu_read(&again);
	cpu_features_text(&cpu, text);
	cpu_features_text(&again, text_again);
	CHECK_STR(text, text_again);
	/* Every CPU has TSC and CMOV. OSXSAVE is left out, as the kernel decides about it. */
	CHECK_EQ(cpu.word[W_1_EDX] & (1u << 4 | 1u << 15), 1u << 4 | 1u << 15);
	CHECK_EQ(cpu.word[W_1_ECX] & 1u << 27, 0);
	CHECK_OK(cpu_features_check(text, &cpu, false, coming));
	CHECK_EQ(cpu.enabled & ~cpu.supported, 0);
	CHECK_OK(cpu_xsave_check(cpu.enabled, cpu_xsave_size(&cpu, cpu.enabled), &cpu));
}

static void missing(void)
{
	struct cpu saved = { 0 }, now = { 0 };
	char text[CPU_TEXT_SIZE], coming[CPU_MISSING_SIZE];

	saved.word[W_1_ECX] = 1u << 28 | 1u << 23;
	saved.word[W_7_EBX] = 1u << 5;
	cpu_features_text(&saved, text);
	now = saved;
	now.word[W_1_EDX] = 0xff;
	CHECK_OK(cpu_features_check(text, &now, false, coming));
	now.word[W_1_ECX] = 1u << 23;
	CHECK_FAILS(cpu_features_check(text, &now, false, coming), "had: avx");
	CHECK(!strstr(fail_text(), "popcnt"));
	now.word[W_7_EBX] = 0;
	CHECK_FAILS(cpu_features_check(text, &now, false, coming), "had: avx avx2");
	saved.word[W_D_ECX] = 1u << 11;
	cpu_features_text(&saved, text);
	now = saved;
	now.word[W_D_ECX] = 0;
	CHECK_FAILS(cpu_features_check(text, &now, false, coming), "had: CPUID.D.1.ECX.11");
	/* These are more features than a message can name. */
	memset(saved.word, 0xff, sizeof(saved.word));
	memset(now.word, 0, sizeof(now.word));
	cpu_features_text(&saved, text);
	CHECK_FAILS(cpu_features_check(text, &now, false, coming), " more");
}

/* Features that microcode brings are no loss when the kernel that is resumed loads it again; others are. */
static void by_microcode(void)
{
	static const struct { unsigned int word, bit; const char *name; } features[] = {
		{ W_7_EDX, 9, "srbds_ctrl" }, { W_7_EDX, 10, "md_clear" }, { W_7_EDX, 26, "spec_ctrl" }, { W_7_EDX, 27, "intel_stibp" },
		{ W_7_EDX, 28, "flush_l1d" }, { W_7_EDX, 29, "arch_capabilities" }, { W_7_EDX, 31, "spec_ctrl_ssbd" },
		{ W_8_EBX, 12, "amd_ibpb" }, { W_8_EBX, 14, "amd_ibrs" }, { W_8_EBX, 15, "amd_stibp" },
		{ W_8_EBX, 17, "amd_stibp_always_on" }, { W_8_EBX, 24, "amd_ssbd" }, { W_8_EBX, 26, "amd_ssb_no" },
		{ W_8_EBX, 28, "amd_psfd" }, { W_8_EBX, 29, "btc_no" }, { W_8_EBX, 30, "amd_ibpb_ret" },
	};
	char text[CPU_TEXT_SIZE], coming[CPU_MISSING_SIZE];
	struct cpu now = { 0 };

	for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++) {
		struct cpu saved = { 0 };

		saved.word[features[i].word] = 1u << features[i].bit;
		cpu_features_text(&saved, text);
		CHECK_FAILS(cpu_features_check(text, &now, false, coming), features[i].name);
		CHECK_STR(coming, "");
		CHECK_OK(cpu_features_check(text, &now, true, coming));
		CHECK_STR(coming, features[i].name);
		/* fsrm, which no microcode brings */
		saved.word[W_7_EDX] |= 1u << 4;
		cpu_features_text(&saved, text);
		CHECK_FAILS(cpu_features_check(text, &now, true, coming), "had: fsrm");
		CHECK(!strstr(fail_text(), features[i].name));
	}
}

static void malformed(void)
{
	static const char *const texts[] = { "", "1", "1,2,3", "1,2,3,4,5,6,7,8,9,a,b,x", "1,2,3,4,5,6,7,8,9,a,b,c,d",
					     ",,,,,,,,,,,", "cpu" };
	char coming[CPU_MISSING_SIZE];
	struct cpu now;

	memset(&now, 0xff, sizeof(now));
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		CHECK_FAILS(cpu_features_check(texts[i], &now, false, coming), "are not 12 words");
	CHECK_OK(cpu_features_check("1,2,3,4,5,6,7,8,9,a,b,c", &now, false, coming));
}

static void xsave(void)
{
	struct cpu now = { .enabled = 0x3, .supported = 0x207, .state_end = { [2] = 832, [9] = 2696 } };

	CHECK_EQ(cpu_xsave_size(&now, 0), 0);
	CHECK_EQ(cpu_xsave_size(&now, 0x3), 576);
	CHECK_EQ(cpu_xsave_size(&now, 0x7), 832);
	CHECK_EQ(cpu_xsave_size(&now, 0x207), 2696);
	/* It does not matter what C's kernel has enabled, since A's kernel sets XCR0 itself. */
	CHECK_OK(cpu_xsave_check(0x7, 832, &now));
	CHECK_OK(cpu_xsave_check(0, 0, &now));
	CHECK_FAILS(cpu_xsave_check(0x7, 2696, &now), "saved 2696 bytes for XCR0 0x7, now 832");
	CHECK_FAILS(cpu_xsave_check(0xe7, 832, &now), "saved 832 bytes for XCR0 0xe7, now 832 for 0x7");
}

RUN_TESTS(this_cpu, missing, by_microcode, malformed, xsave)
