/* SPDX-License-Identifier: GPL-2.0-or-later */
/* i386: the parameters of the purgatory and of the trampoline, and what they do: they are executed here, less their privileged instructions. */
#include "arch/arch.h"
#include "kexec/bzimage.h"

#include <cpuid.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "check.h"
#include "kexec/copy_list.h"
#include "base/range.h"

extern const unsigned char return_blob[], return_blob_end[];

static uint32_t word(const struct blob *blob, size_t offset)
{
	uint32_t value;

	memcpy(&value, blob->data + offset, sizeof(value));
	return value;
}

/* Both pieces of code are entered at their start, where a jump has to lead past the parameters. */
static void jump_over_parameters(void)
{
	struct blob purgatory, way_back;

	CHECK_OK(arch_purgatory(0, 0, 0, NULL, &purgatory));
	CHECK_EQ(purgatory.data[0], 0xeb);
	CHECK_EQ(2 + purgatory.data[1], 32);
	CHECK_OK(arch_return_trampoline(0x1000000, 0x1000, NULL, &way_back));
	CHECK_EQ(way_back.data[0], 0xeb);
	CHECK_EQ(2 + way_back.data[1], 20);
	free(purgatory.data);
	free(way_back.data);
}

static void purgatory_parameters(void)
{
	struct blob empty, filled;

	CHECK_OK(arch_purgatory(0, 0, 0, NULL, &empty));
	CHECK_OK(arch_purgatory(0x4400000, 0x4002000, 0x4004042, NULL, &filled));
	CHECK_EQ(filled.size, empty.size);
	CHECK(filled.size < PAGE_BYTES);
	/* The 32-bit boot protocol enters the kernel at its start. */
	CHECK_EQ(word(&filled, 4), 0x4400000);
	CHECK_EQ(word(&filled, 8), 0x4002000);
	CHECK_EQ(word(&filled, 12), 0x4004042);
	CHECK(!memcmp(filled.data, empty.data, 4));
	CHECK(!memcmp(filled.data + 16, empty.data + 16, empty.size - 16));
	free(empty.data);
	free(filled.data);
}

static void check_trampoline(uint64_t at, uint64_t entry, const char *paging, uint32_t cr4)
{
	struct blob blob;

	if (!CHECK_OK(arch_return_trampoline(at, entry, paging, &blob)))
		return;
	CHECK_EQ(blob.size, PAGE_BYTES);
	CHECK_EQ(word(&blob, 4), entry);
	CHECK_EQ(word(&blob, 8), cr4);
	/* The word in which A looks for a re-entry point of the kernel that it comes back from; there is none. */
	CHECK_EQ(word(&blob, (size_t)(return_blob_end - return_blob) - 4), 0);
	free(blob.data);
}

static void trampoline_parameters(void)
{
	check_trampoline(0x1000000, 1, NULL, 0);
	check_trampoline(0xfffff000, 0x9e123, "32-bit", 0);
	check_trampoline(0, 0xffffffff, "PAE", 0x20);
	check_trampoline(0x7ffdf000, 0x3456789a, "PAE", 0x20);
}

static void trampoline_refusals(void)
{
	struct blob blob;

	CHECK_FAILS(arch_return_trampoline(0x1000000, 0, NULL, &blob), "0 is no re-entry point");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 1ULL << 32, NULL, &blob), "0x100000000 is no re-entry point");
	CHECK_FAILS(arch_return_trampoline(0x1000000, UINT64_MAX, "PAE", &blob), "no re-entry point");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 0x1000, "4-level", &blob), "4-level is no paging mode of i386");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 0x1000, "PAE ", &blob), "no paging mode");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 0x1000, "pae", &blob), "no paging mode");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 0x1000, "", &blob), "no paging mode");
}

/* A page for the code and one for what it uses. In the second a hlt stands for the kernel that is entered. */
static unsigned char *area;

#define BLOB_AT ((uint32_t)(uintptr_t)area)
#define KERNEL_AT (BLOB_AT + (uint32_t)PAGE_BYTES)
#define HLT 0xf4
/* A model-specific register, two of its bits, and the bit of CPUID that says that there is the second (Intel SDM volume 4, table 2-2). */
#define EFER ((greg_t)0xc0000080)
#define EFER_SCE (1u << 0)
#define EFER_NXE (1u << 11)
#define CPUID_NX (1u << 20)

/* From which address the code is called, the operands of its privileged instructions, and its registers at the end. */
static uint32_t called_from;
static struct {
	uint32_t gdt, cr4, efer, segment[6], code_segment, at_end[NGREG], stack_word;
} seen;
static sigjmp_buf ended;

static uint32_t pop(greg_t *registers)
{
	uint32_t value = *(const uint32_t *)registers[REG_ESP];

	registers[REG_ESP] += 4;
	return value;
}

/* Handles the signal by which the CPU refuses an instruction that only a kernel may execute: notes its operand, and steps over it. */
static void privileged(int number, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	const unsigned char *code = (const unsigned char *)r[REG_EIP];

	(void)number;
	(void)info;
	if (code[0] == 0xfa) { /* cli */
		*(uint32_t *)r[REG_ESP] = called_from;
		r[REG_EIP] += 1;
	} else if (!memcmp(code, "\x0f\x01\x93", 3)) { /* lgdt at %ebx and 32 bits */
		memcpy(&seen.gdt, code + 3, sizeof(seen.gdt));
		seen.gdt += (uint32_t)r[REG_EBX];
		r[REG_EIP] += 7;
	} else if (code[0] == 0x8e && (code[1] & 0xc7) == 0xc0) { /* mov of %eax to a segment register */
		seen.segment[code[1] >> 3 & 7] = (uint32_t)r[REG_EAX];
		r[REG_EIP] += 2;
	} else if (code[0] == 0xcb) { /* lret */
		r[REG_EIP] = (greg_t)pop(r);
		seen.code_segment = pop(r);
	} else if (!memcmp(code, "\x0f\x22\xe0", 3)) { /* mov of %eax to %cr4 */
		seen.cr4 = (uint32_t)r[REG_EAX];
		r[REG_EIP] += 3;
	} else if (!memcmp(code, "\x0f\x32", 2) && r[REG_ECX] == EFER) { /* rdmsr */
		r[REG_EAX] = EFER_SCE;
		r[REG_EDX] = 0;
		r[REG_EIP] += 2;
	} else if (!memcmp(code, "\x0f\x30", 2) && r[REG_ECX] == EFER && !r[REG_EDX]) { /* wrmsr */
		seen.efer = (uint32_t)r[REG_EAX];
		r[REG_EIP] += 2;
	} else {
		for (size_t i = 0; i < NGREG; i++)
			seen.at_end[i] = (uint32_t)r[i];
		seen.stack_word = *(const uint32_t *)r[REG_ESP];
		siglongjmp(ended, 1);
	}
}

/* Calls the code `blob` from address `from`, as a kexec jump would, and frees it; true if it got to the kernel. */
static bool execute(struct blob *blob, uint32_t from)
{
	/* The code's own stack has no room for a signal's frame. */
	static unsigned char signal_stack[65536];
	const stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };
	const struct sigaction action = { .sa_sigaction = privileged, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction before;

	memset(&seen, 0xff, sizeof(seen));
	memcpy(area, blob->data, blob->size);
	free(blob->data);
	area[PAGE_BYTES] = HLT;
	called_from = from;
	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	CHECK_EQ(sigaction(SIGSEGV, &action, &before), 0);
	if (!sigsetjmp(ended, 1))
		((void (*)(void))area)();
	CHECK_EQ(sigaction(SIGSEGV, &before, NULL), 0);
	return CHECK_EQ(seen.at_end[REG_EIP], KERNEL_AT);
}

/* The code uses a stack of 64 bytes of its own, and has written the last `used` of them, as the caller's stack cannot be relied on. */
static void check_stack(size_t used)
{
	static const unsigned char zeros[64];
	uint32_t top = seen.at_end[REG_ESP];

	if (CHECK(top >= BLOB_AT + sizeof(zeros) && top <= BLOB_AT + PAGE_BYTES))
		CHECK(!memcmp((const void *)(uintptr_t)(top - sizeof(zeros)), zeros, sizeof(zeros) - used));
}

/* Was the kernel entered as Linux' boot.rst says under "32-bit Boot Protocol"? */
static void check_boot_protocol(void)
{
	/* Flat segments of 4 GiB: execute/read, and read/write. */
	static const uint64_t descriptors[] = { 0, 0, 0x00cf9a000000ffff, 0x00cf92000000ffff };
	enum { CS = 1 };
	uint16_t limit;
	uint32_t base;

	CHECK_EQ(seen.at_end[REG_ESI], 0x4002000);
	CHECK_EQ(seen.at_end[REG_EBX], 0);
	CHECK_EQ(seen.at_end[REG_EDI], 0);
	CHECK_EQ(seen.at_end[REG_EBP], 0);
	CHECK_EQ(seen.code_segment, 0x10);
	for (size_t i = 0; i < 6; i++)
		CHECK_EQ(seen.segment[i], i == CS ? UINT32_MAX : 0x18);
	if (CHECK(seen.gdt >= BLOB_AT && seen.gdt < BLOB_AT + PAGE_BYTES)) {
		memcpy(&limit, (const void *)(uintptr_t)seen.gdt, sizeof(limit));
		memcpy(&base, (const void *)(uintptr_t)(seen.gdt + sizeof(limit)), sizeof(base));
		CHECK_EQ(limit, sizeof(descriptors) - 1);
		CHECK(base >= BLOB_AT && base < seen.gdt &&
		      !memcmp((const void *)(uintptr_t)base, descriptors, sizeof(descriptors)));
	}
}

static void purgatory_runs(void)
{
	static const uint32_t addresses[] = { 0x01234567, 0x89abcdef, 0, UINT32_MAX, 0x10000000, 0x7ffd909a };
	char *slot = (char *)area + PAGE_BYTES + 0x101, want[32];

	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		struct blob blob;

		/* The slot has 16 digits, at first zeros. What stands around it has to stay. */
		memcpy(slot - 2, "0x0000000000000000 q", 20);
		CHECK_OK(arch_purgatory(KERNEL_AT, 0x4002000, (uintptr_t)slot, NULL, &blob));
		if (!execute(&blob, addresses[i]))
			return;
		snprintf(want, sizeof(want), "0x00000000%08" PRIx32 " q", addresses[i]);
		CHECK(!memcmp(slot - 2, want, 20));
		check_boot_protocol();
		check_stack(8);
	}
}

/* The purgatory of C', which has no slot as nobody comes back from there. */
static void purgatory_without_a_slot(void)
{
	struct blob blob;

	CHECK_OK(arch_purgatory(KERNEL_AT, 0x4002000, 0, NULL, &blob));
	if (execute(&blob, 0x01234567))
		check_boot_protocol();
}

/*
 * The purgatory goes on when it finds its token; else it goes back to its caller, with CR4 as a kernel with PAE needs it, and with the
 * address still on the stack.
 */
static void purgatory_asks_for_a_permit(void)
{
	static const uint64_t token = 0x0123456789abcdef, words[] = { token, 0, token ^ 1, token ^ 1ULL << 63, ~token };
	static const char *const pagings[] = { "32-bit", "PAE" };
	uint64_t word;
	struct arch_permit permit = { (uintptr_t)&word, token, NULL };
	struct blob blob;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		for (size_t j = 0; j < 2; j++) {
			word = words[i];
			permit.paging = pagings[j];
			/* The kernel and the caller are the same place, so that execute() sees it either way. */
			CHECK_OK(arch_purgatory(KERNEL_AT, 0x4002000, 0, &permit, &blob));
			if (!execute(&blob, KERNEL_AT))
				return;
			CHECK_EQ(seen.gdt == UINT32_MAX, i > 0);
			CHECK_EQ(seen.cr4, i && j ? 0x20 : UINT32_MAX);
			if (i)
				CHECK_EQ(seen.stack_word, KERNEL_AT);
		}
	permit.word = 1ULL << 32;
	CHECK_FAILS(arch_purgatory(KERNEL_AT, 0x4002000, 0, &permit, &blob), "out of its reach");
}

static bool has_no_execute(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(0x80000001, &a, &b, &c, &d) && d & CPUID_NX;
}

static void check_way_back(const char *paging, uint32_t cr4)
{
	struct blob blob;

	CHECK_OK(arch_return_trampoline(BLOB_AT, KERNEL_AT, paging, &blob));
	if (!execute(&blob, 0x01234567))
		return;
	CHECK_EQ(seen.cr4, cr4);
	/* On a CPU that has it, NXE is set, which A's tables with PAE may need; the other bits stay. */
	CHECK_EQ(seen.efer, cr4 != UINT32_MAX && has_no_execute() ? EFER_SCE | EFER_NXE : UINT32_MAX);
	check_stack(4);
	/* The stack pointer is at the word in which A looks for a re-entry point. */
	CHECK_EQ(seen.at_end[REG_ESP], BLOB_AT + (uint32_t)(return_blob_end - return_blob) - 4);
	CHECK_EQ(*(const uint32_t *)(uintptr_t)seen.at_end[REG_ESP], 0);
}

static void way_back_runs(void)
{
	/* CR4 is touched only where a bit of it is needed, since old CPUs do not have it. */
	check_way_back(NULL, UINT32_MAX);
	check_way_back("32-bit", UINT32_MAX);
	check_way_back("PAE", 0x20);
}

/* The code carries out a copy list. Which lists there may be, copy_list.c and plan.c test. */
static void moves_run(void)
{
	unsigned char *page = mmap(NULL, 8 * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t frame = (uint32_t)((uintptr_t)page / PAGE_BYTES);
	const struct copy_item moves[] = {
		{ frame + 1, frame + 5, 2, 0 }, { frame + 7, 0, 1, 0 }, { frame, frame + 3, 1, 0 }, { frame + 4, 0, 2, 0 },
	};
	struct arch_copy_list list = { (uintptr_t)moves, 4, 1ULL << 32 };
	struct blob blob;

	if (!CHECK(page != MAP_FAILED))
		return;
	for (size_t i = 0; i < 8 * PAGE_BYTES; i++)
		page[i] = (unsigned char)(1 + i / PAGE_BYTES * 16 + i % PAGE_BYTES % 13);
	CHECK_OK(arch_copying_trampoline(BLOB_AT, KERNEL_AT, "PAE", &list, &blob));
	if (execute(&blob, 0x01234567)) {
		static const unsigned char from[8] = { 3, 5, 6, 3, 0, 0, 6, 0 };
		size_t wrong = 0;

		for (size_t i = 0; i < 8 * PAGE_BYTES; i++)
			wrong += page[i] != (from[i / PAGE_BYTES] ? 1 + from[i / PAGE_BYTES] * 16 + i % PAGE_BYTES % 13 : 0);
		CHECK_EQ(wrong, 0);
		CHECK_EQ(seen.cr4, 0x20);
		CHECK_EQ(*(const uint32_t *)(uintptr_t)seen.at_end[REG_ESP], 0);
	}
	munmap(page, 8 * PAGE_BYTES);
}

static void moves_out_of_reach(void)
{
	struct arch_copy_list list = { 0x1000000, 1, (1ULL << 32) + PAGE_BYTES };
	struct blob blob;

	CHECK_FAILS(arch_copying_trampoline(0x1000000, 0x1000, NULL, &list, &blob), "out of its reach");
	list.end = 1ULL << 32;
	list.list = 1ULL << 32;
	CHECK_FAILS(arch_copying_trampoline(0x1000000, 0x1000, NULL, &list, &blob), "out of its reach");
}

static void blobs_run(void)
{
	area = mmap(NULL, 2 * PAGE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!CHECK(area != MAP_FAILED))
		return;
	purgatory_runs();
	purgatory_without_a_slot();
	purgatory_asks_for_a_permit();
	way_back_runs();
	moves_run();
	munmap(area, 2 * PAGE_BYTES);
}

static const char *paging_of(const char *vmcoreinfo)
{
	return arch_paging(&(struct blob){ (unsigned char *)vmcoreinfo, strlen(vmcoreinfo) });
}

static void paging(void)
{
	CHECK_STR(paging_of("PAGESIZE=4096\nCONFIG_X86_PAE=y\nCRASHTIME=1\n"), "PAE");
	CHECK_STR(paging_of("CONFIG_X86_PAE=y"), "PAE");
	CHECK_STR(paging_of("PAGESIZE=4096\n"), "32-bit");
	CHECK_STR(paging_of(""), "32-bit");
	/* This is only a part of another line. */
	CHECK_STR(paging_of("CONFIG_X86_PAE=yes\n"), "32-bit");
	CHECK_STR(paging_of("XCONFIG_X86_PAE=y\n"), "32-bit");
	CHECK_STR(paging_of("OSRELEASE=CONFIG_X86_PAE=y\n"), "32-bit");
	CHECK_STR(paging_of("CONFIG_X86_PAE=n\n"), "32-bit");
}

static void kernels(void)
{
	static const char *const ours[] = { "i386", "i486", "i586", "i686" };
	static const char *const others[] = { "x86_64", "i286", "i786", "i68", "i6866", "i6", "i", "686", "", "aarch64" };
	struct bzimage bz = { .xloadflags = 0x7f };

	CHECK_FAILS(arch_check_kernel("bzImage", bz.xloadflags), "bzImage is an x86_64 kernel");
	bz.xloadflags = 0x7e;
	CHECK_OK(arch_check_kernel("bzImage", bz.xloadflags));
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		CHECK(arch_is_running(ours[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (!CHECK(!arch_is_running(others[i])))
			printf("  the machine was \"%s\"\n", others[i]);
}

RUN_TESTS(moves_out_of_reach, jump_over_parameters, purgatory_parameters, trampoline_parameters, trampoline_refusals, blobs_run, paging,
	  kernels)
