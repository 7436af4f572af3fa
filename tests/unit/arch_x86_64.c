/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86_64: the purgatory's parameters, and the trampoline's page tables, which are walked here as the CPU does it. */
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

/* Bits of a page table entry (Intel SDM volume 3, 4.5). */
#define PRESENT 0x1
#define WRITABLE 0x2
#define LARGE 0x80
#define ADDRESS 0x000ffffffffff000ULL

#define UNMAPPED UINT64_MAX

static uint64_t quad(const struct blob *blob, uint64_t offset)
{
	uint64_t value;

	memcpy(&value, blob->data + offset, sizeof(value));
	return value;
}

/* Where the trampoline's parameters are. */
enum { ENTRY = 8, ROOT_4 = 16, ROOT_5 = 24, LEVELS_5 = 32, COPIES = 40, COUNT = 48, CODE = 56 };

/* The physical address to which the tables in `blob`, which is loaded at `at`, map `address`, from that table on, with so many levels. */
static uint64_t walk_levels(const struct blob *blob, uint64_t at, uint64_t address, uint64_t table, int levels)
{
	for (int shift = 12 + 9 * (levels - 1);; shift -= 9) {
		uint64_t index = address >> shift & 511, entry;

		/* A table outside of the blob would be whatever lies there in memory. */
		if (table % PAGE_BYTES || table < at || table + PAGE_BYTES > at + blob->size)
			return UNMAPPED;
		entry = quad(blob, table - at + index * 8);
		if ((entry & (PRESENT | WRITABLE)) != (PRESENT | WRITABLE))
			return UNMAPPED;
		/* No bit may be set that is reserved, nor no-execute; LARGE has to be set at the last level, and only there. */
		if (entry & ~(ADDRESS | PRESENT | WRITABLE | LARGE) || !(entry & LARGE) != (shift > 21))
			return UNMAPPED;
		if (entry & LARGE)
			return entry & ((1ULL << shift) - 1) & ADDRESS ? UNMAPPED
					: (entry & ADDRESS) + (address & ((1ULL << shift) - 1));
		table = entry & ADDRESS;
	}
}

/* The same by both page tables, which have to agree. */
static uint64_t walk(const struct blob *blob, uint64_t at, uint64_t address)
{
	uint64_t physical = walk_levels(blob, at, address, quad(blob, ROOT_4), 4);

	CHECK_EQ(walk_levels(blob, at, address, quad(blob, ROOT_5), 5), physical);
	return physical;
}

static void check_way_back(uint64_t at, uint64_t entry)
{
	uint64_t first = entry > MIB(2) ? entry - MIB(2) : 0, code = (uint64_t)(return_blob_end - return_blob);
	struct blob blob;

	if (!CHECK_OK(arch_return_trampoline(at, entry, NULL, &blob)))
		return;
	CHECK_EQ(blob.size % PAGE_BYTES, 0);
	CHECK_EQ(quad(&blob, ENTRY), entry);
	CHECK_EQ(quad(&blob, LEVELS_5), 0);
	/* The trampoline is mapped where it lies, as it runs on when the tables are switched, and A pops from its stack. */
	CHECK(code <= PAGE_BYTES);
	for (uint64_t a = at; a < at + code; a += 8)
		CHECK_EQ(walk(&blob, at, a), a);
	CHECK_EQ(quad(&blob, code - 8), 0);
	/* A's code is mapped on both sides of the re-entry point. */
	for (uint64_t a = first; a < entry + MIB(2); a += PAGE_BYTES)
		if (walk(&blob, at, a) != a) {
			CHECK_EQ(walk(&blob, at, a), a);
			break;
		}
	CHECK_EQ(walk(&blob, at, entry), entry);
	CHECK_EQ(walk(&blob, at, entry + MIB(2)), entry + MIB(2));
	free(blob.data);
}

static void way_back(void)
{
	static const uint64_t places[] = { 0x1000000, 0x3fff8000, 0x40000000, 0x7ffd8000, 0xffff6000 };
	static const uint64_t entries[] = {
		1, 0x9e123, MIB(2) - 1, MIB(2), MIB(2) + 1, 0x1234567, GIB(1) - MIB(2) - 1, GIB(1) - MIB(2), GIB(1) - 1, GIB(1), GIB(1) + 1,
		GIB(1) + MIB(2), 2 * GIB(1) - 0x10, 0x7ffd9000, 4 * GIB(1) - 1, 4 * GIB(1), 4 * GIB(1) + MIB(2) - 1, 0x23456789a,
		64 * GIB(1) - 1, 512 * GIB(1) - 1, 512 * GIB(1), 512 * GIB(1) + 1, (1ULL << 46) + 0x123, (1ULL << 47) - MIB(4),
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		for (size_t j = 0; j < sizeof(entries) / sizeof(*entries); j++)
			check_way_back(places[i], entries[j]);
}

/* What is not needed is not mapped, so that a stray access does not go unnoticed. */
static void nothing_else_is_mapped(void)
{
	struct blob blob;

	if (!CHECK_OK(arch_return_trampoline(0x7ffd8000, 5 * GIB(1) + 0x12345678, NULL, &blob)))
		return;
	CHECK_EQ(walk(&blob, 0x7ffd8000, 5 * GIB(1)), 5 * GIB(1));
	CHECK_EQ(walk(&blob, 0x7ffd8000, 6 * GIB(1) - 1), 6 * GIB(1) - 1);
	CHECK_EQ(walk(&blob, 0x7ffd8000, 0x1000), UNMAPPED);
	CHECK_EQ(walk(&blob, 0x7ffd8000, 4 * GIB(1)), UNMAPPED);
	CHECK_EQ(walk(&blob, 0x7ffd8000, 6 * GIB(1)), UNMAPPED);
	CHECK_EQ(walk(&blob, 0x7ffd8000, 5 * GIB(1) + 512 * GIB(1)), UNMAPPED);
	free(blob.data);
}

/* With a copy list all memory is mapped that it can name, and nothing that lies a gigabyte above that. */
static void moves_are_mapped(void)
{
	static const uint64_t ends[] = { MIB(512), GIB(1), GIB(1) + PAGE_BYTES, 17 * GIB(1), 600 * GIB(1) };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		struct arch_copy_list moves = { 0x3000000, 7, ends[i] };
		struct blob blob;

		if (!CHECK_OK(arch_copying_trampoline(0x1000000, 0x9e123, NULL, &moves, &blob)))
			return;
		CHECK_EQ(quad(&blob, COPIES), 0x3000000);
		CHECK_EQ(quad(&blob, COUNT), 7);
		for (uint64_t a = 0; a < ends[i]; a += MIB(128))
			if (walk(&blob, 0x1000000, a) != a)
				CHECK_EQ(walk(&blob, 0x1000000, a), a);
		CHECK_EQ(walk(&blob, 0x1000000, ends[i] - 1), ends[i] - 1);
		CHECK_EQ(walk(&blob, 0x1000000, ends[i] + GIB(1)), UNMAPPED);
		free(blob.data);
	}
}

static void moves_out_of_reach(void)
{
	struct arch_copy_list moves = { 0x3000000, 7, (1ULL << 46) + 1 };
	struct blob blob;

	CHECK_FAILS(arch_copying_trampoline(0x1000000, 0x9e123, NULL, &moves, &blob), "beyond its page tables");
}

/* What the code finds when it begins, in the registers that a user may not use, and what it leaves there. */
static struct {
	uint64_t cr0, cr3, cr4, efer, s_cet, code_segment;
} cpu;

#define CR0_PG_PE 0x80000001u
#define CR0_WP 0x10000u

/*
 * Where the code got to, the stack pointer that it had there, and the word at it. Its caller's address is put onto its stack when it
 * is not 0.
 */
static sigjmp_buf ended;
static uint64_t end_at, end_stack, end_word, called_from;

static uint64_t *control_register(unsigned int number)
{
	return number == 0 ? &cpu.cr0 : number == 3 ? &cpu.cr3 : &cpu.cr4;
}

static greg_t *general_register(greg_t *r, unsigned int number)
{
	static const int registers[] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX };

	return &r[registers[number & 3]];
}

static uint64_t *machine_register(uint64_t number)
{
	return number == 0xc0000080 ? &cpu.efer : number == 0x6a2 ? &cpu.s_cet : NULL;
}

/* Carries out the instruction at `code` in the place of the CPU, as far as it changes anything here; its length, 0 for another one. */
static int carry_out(greg_t *r, const unsigned char *code)
{
	uint64_t *stack = (uint64_t *)r[REG_RSP], *msr;

	if (code[0] == 0xfa) { /* cli */
		if (called_from)
			*stack = called_from;
		return 1;
	}
	if (code[0] == 0x8e) /* mov to a segment register */
		return 2;
	if (!memcmp(code, "\x0f\x01", 2) && (code[2] | 8) == 0x1d) /* lgdt, lidt */
		return 7;
	if (code[0] == 0x0f && (code[1] | 2) == 0x22) { /* mov of a control register to another one, or the other way round */
		uint64_t *control = control_register(code[2] >> 3 & 7);
		greg_t *general = general_register(r, code[2]);

		/* What may not be while paging is on (Intel SDM volume 3, 4.1.1 and 4.1.2). */
		if (code[1] == 0x22 && control == &cpu.cr4)
			CHECK_EQ((cpu.cr4 ^ (uint64_t)*general) & 0x1000, 0);
		if (code[1] == 0x22)
			*control = (uint64_t)*general;
		else
			*general = (greg_t)*control;
		return 3;
	}
	if (code[0] == 0x0f && (code[1] | 2) == 0x32) { /* rdmsr, wrmsr */
		msr = machine_register((uint32_t)r[REG_RCX]);
		if (!msr)
			return 0;
		if (code[1] == 0x30)
			*msr = (uint64_t)r[REG_RDX] << 32 | (uint32_t)r[REG_RAX];
		r[REG_RAX] = (greg_t)(*msr & UINT32_MAX);
		r[REG_RDX] = (greg_t)(*msr >> 32);
		return 2;
	}
	if (code[0] == 0x48 && code[1] == 0xcb && stack[1] == 0x10) { /* lret to 64-bit code */
		cpu.code_segment = stack[1];
		r[REG_RSP] += 16;
		r[REG_RIP] = (greg_t)stack[0] - 2;
		return 2;
	}
	return 0;
}

/* Handles the signal by which the CPU refuses privileged instructions; ends at one that carry_out() does not know. */
static void privileged(int number, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	int length = carry_out(r, (const unsigned char *)r[REG_RIP]);

	(void)number;
	(void)info;
	r[REG_RIP] += length;
	if (!length) {
		end_at = (uint64_t)r[REG_RIP];
		end_stack = (uint64_t)r[REG_RSP];
		end_word = *(const uint64_t *)end_stack;
		siglongjmp(ended, 1);
	}
}

/* Calls the code in `area`. It ends at a hlt, which stands for the kernel, or where it would run in 32 bits. */
static void execute(unsigned char *area)
{
	/* The trampoline's own stack has no room for a signal's frame. */
	static unsigned char signal_stack[65536];
	const stack_t stack = { .ss_sp = signal_stack, .ss_size = sizeof(signal_stack) };
	const struct sigaction action = { .sa_sigaction = privileged, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction before;

	CHECK_EQ(sigaltstack(&stack, NULL), 0);
	CHECK_EQ(sigaction(SIGSEGV, &action, &before), 0);
	if (!sigsetjmp(ended, 1))
		((void (*)(void))area)();
	CHECK_EQ(sigaction(SIGSEGV, &before, NULL), 0);
}

static unsigned char *low_memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
}

/* The code carries out a copy list, in low memory, as its page frames have 32 bits. Which lists there may be, copy_list.c and plan.c test. */
static void moves_run(void)
{
	enum { PAGES = 8 };
	unsigned char *area = low_memory(5 * MIB(1)), *page = low_memory(PAGES * PAGE_BYTES);
	uint32_t frame = (uint32_t)((uintptr_t)page / PAGE_BYTES);
	const struct copy_item moves[] = {
		{ frame + 1, frame + 5, 2, 0 }, { frame + 7, 0, 1, 0 }, { frame, frame + 3, 1, 0 }, { frame + 4, 0, 2, 0 },
	};
	struct arch_copy_list list = { (uintptr_t)moves, 4, GIB(1) };
	static const unsigned char from[PAGES] = { 3, 5, 6, 3, 0, 0, 6, 0 };
	struct blob blob;
	size_t wrong = 0;

	if (!CHECK(area != MAP_FAILED && page != MAP_FAILED))
		return;
	area[4 * MIB(1)] = 0xf4; /* hlt */
	for (size_t i = 0; i < PAGES * PAGE_BYTES; i++)
		page[i] = (unsigned char)(1 + i / PAGE_BYTES * 16 + i % PAGE_BYTES % 13);
	CHECK_OK(arch_copying_trampoline((uintptr_t)area, (uintptr_t)area + 4 * MIB(1), NULL, &list, &blob));
	CHECK(blob.size <= 4 * MIB(1));
	memcpy(area, blob.data, blob.size);
	free(blob.data);
	execute(area);
	if (CHECK_EQ(end_at, (uintptr_t)area + 4 * MIB(1))) {
		for (size_t i = 0; i < PAGES * PAGE_BYTES; i++)
			wrong += page[i] != (from[i / PAGE_BYTES] ? 1 + from[i / PAGE_BYTES] * 16 + i % PAGE_BYTES % 13 : 0);
		CHECK_EQ(wrong, 0);
		/* The stack pointer is at the word in which A looks for a re-entry point of the kernel that it comes back from. */
		CHECK_EQ(end_stack, (uintptr_t)area + (uint64_t)(return_blob_end - return_blob) - 8);
		CHECK_EQ(*(const uint64_t *)end_stack, 0);
	}
	munmap(page, PAGES * PAGE_BYTES);
	munmap(area, 5 * MIB(1));
}

/* What this machine's CPU has, which the trampoline asks: without it the registers that it sets would not be there either. */
static bool has_no_execute(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx) && edx >> 20 & 1;
}

static bool has_cet(void)
{
	unsigned int eax, ebx, ecx, edx;

	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (edx >> 20 & 1 || ecx >> 7 & 1);
}

/*
 * Whatever the kernel that is left has set, A is entered with what its code takes for granted: paging with the levels that it had,
 * CR0.WP, no other bits in CR4, no-execute bits, no shadow stack.
 */
static void enters_in_a_known_state(void)
{
	enum { PAE = 0x20, LA57 = 0x1000 };
	static const uint64_t found[] = { PAE, PAE | 0x80, PAE | 0x20000, PAE | 0x800000, PAE | 0x300000, 0xffff0fff };
	unsigned char *area = low_memory(5 * MIB(1));

	if (!CHECK(area != MAP_FAILED))
		return;
	area[4 * MIB(1)] = 0xf4; /* hlt */
	for (size_t i = 0; i < 2 * sizeof(found) / sizeof(*found); i++) {
		bool five = i % 2;
		struct blob blob;

		CHECK_OK(arch_return_trampoline((uintptr_t)area, (uintptr_t)area + 4 * MIB(1), five ? "5-level" : "4-level", &blob));
		CHECK_EQ(quad(&blob, LEVELS_5), five);
		memcpy(area, blob.data, blob.size);
		cpu.cr0 = 0x80000011;
		cpu.cr4 = found[i / 2] | (five ? LA57 : 0);
		cpu.efer = 0x500;
		cpu.s_cet = 0x5;
		execute(area);
		CHECK_EQ(end_at, (uintptr_t)area + 4 * MIB(1));
		CHECK_EQ(cpu.cr0, 0x80010033);
		CHECK_EQ(cpu.cr3, quad(&blob, five ? ROOT_5 : ROOT_4));
		CHECK_EQ(cpu.cr4, PAE | (five ? LA57 : 0));
		CHECK_EQ(cpu.efer, has_no_execute() ? 0xd00 : 0x500);
		CHECK_EQ(cpu.s_cet, has_cet() ? 0 : 0x5);
		CHECK_EQ(cpu.code_segment, 0x10);
		free(blob.data);
	}
	munmap(area, 5 * MIB(1));
}

/* From the other number of levels the way leads through 32-bit code, of which the boot test five-levels shows that it arrives. */
static void changes_levels(void)
{
	unsigned char *area = low_memory(5 * MIB(1));

	if (!CHECK(area != MAP_FAILED))
		return;
	for (int five = 0; five < 2; five++) {
		struct blob blob;

		CHECK_OK(arch_return_trampoline((uintptr_t)area, (uintptr_t)area + 4 * MIB(1), five ? "5-level" : NULL, &blob));
		memcpy(area, blob.data, blob.size);
		cpu.cr4 = five ? 0x20 : 0x1020;
		execute(area);
		/* At the far return into 32-bit code, on the page tables for the levels that are in use until then. */
		CHECK(!memcmp((void *)end_at, "\x48\xcb", 2));
		CHECK_EQ(((uint64_t *)end_stack)[0], end_at + 2);
		CHECK_EQ(((uint64_t *)end_stack)[1], 0x8);
		CHECK_EQ(cpu.cr3, quad(&blob, five ? ROOT_4 : ROOT_5));
		free(blob.data);
	}
	munmap(area, 5 * MIB(1));
}

static void not_above_4_gib(void)
{
	struct blob blob;

	CHECK_FAILS(arch_return_trampoline(0xffff8000, 0x1000, NULL, &blob), "above 4 GiB");
}

static void no_re_entry_point(void)
{
	struct blob blob;

	CHECK_FAILS(arch_return_trampoline(0x1000000, 0, NULL, &blob), "no re-entry point");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 1ULL << 47, NULL, &blob), "no re-entry point");
	CHECK_FAILS(arch_return_trampoline(0x1000000, UINT64_MAX, NULL, &blob), "no re-entry point");
}

static void paging_modes(void)
{
	struct blob named, usual;

	if (CHECK_OK(arch_return_trampoline(0x1000000, 0x1000, "4-level", &named)) &&
	    CHECK_OK(arch_return_trampoline(0x1000000, 0x1000, NULL, &usual))) {
		CHECK_EQ(named.size, usual.size);
		CHECK(!memcmp(named.data, usual.data, usual.size));
		free(named.data);
		free(usual.data);
	}
	CHECK_FAILS(arch_return_trampoline(0x1000000, 0x1000, "6-level", &usual), "6-level is no paging mode of x86_64");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 0x1000, "PAE", &usual), "no paging mode");
	CHECK_FAILS(arch_return_trampoline(0x1000000, 0x1000, "", &usual), "no paging mode");
}

/* Both pieces of code are entered at their start, where a jump has to lead past the parameters. */
static void jump_over_parameters(void)
{
	struct blob purgatory, way_back;

	CHECK_OK(arch_purgatory(0, 0, 0, NULL, &purgatory));
	CHECK_EQ(purgatory.data[0], 0xeb);
	CHECK_EQ(2 + purgatory.data[1], 48);
	CHECK_OK(arch_return_trampoline(0x1000000, 0x1000, NULL, &way_back));
	CHECK_EQ(way_back.data[0], 0xeb);
	CHECK_EQ(2 + way_back.data[1], CODE);
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
	CHECK_EQ(quad(&filled, 8), 0x4400200);
	CHECK_EQ(quad(&filled, 16), 0x4002000);
	CHECK_EQ(quad(&filled, 24), 0x4004042);
	CHECK(!memcmp(filled.data, empty.data, 8));
	CHECK(!memcmp(filled.data + 32, empty.data + 32, empty.size - 32));
	free(empty.data);
	free(filled.data);
}

/*
 * The purgatory goes on when it finds its token, to load a GDT first; else it goes back to its caller, with CR0.WP set, and with the
 * address still on the stack.
 */
static void purgatory_asks_for_a_permit(void)
{
	static const uint64_t token = 0x0123456789abcdef, words[] = { token, 0, token ^ 1, token ^ 1ULL << 63, ~token };
	unsigned char *area = mmap(NULL, 3 * PAGE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t word = 0;
	struct arch_permit permit = { (uintptr_t)&word, token, "4-level" };
	struct blob blob;

	if (!CHECK(area != MAP_FAILED) || !CHECK_OK(arch_purgatory((uintptr_t)area + 2 * PAGE_BYTES - 0x200, 0, 0, &permit, &blob)))
		return;
	CHECK(blob.size <= PAGE_BYTES);
	memcpy(area, blob.data, blob.size);
	free(blob.data);
	area[PAGE_BYTES] = area[2 * PAGE_BYTES] = 0xf4; /* hlt */
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		word = words[i];
		cpu.cr0 = CR0_PG_PE;
		called_from = (uintptr_t)area + PAGE_BYTES;
		execute(area);
		CHECK_EQ(end_at, i ? called_from : (uintptr_t)area + 2 * PAGE_BYTES);
		CHECK_EQ(cpu.cr0, i ? CR0_PG_PE | CR0_WP : CR0_PG_PE);
		if (i)
			CHECK_EQ(end_word, called_from);
		called_from = 0;
	}
	munmap(area, 3 * PAGE_BYTES);
}

static const char *paging_of(const char *vmcoreinfo)
{
	return arch_paging(&(struct blob){ (unsigned char *)vmcoreinfo, strlen(vmcoreinfo) });
}

static void paging(void)
{
	CHECK_STR(paging_of("PAGESIZE=4096\nNUMBER(pgtable_l5_enabled)=0\n"), "4-level");
	CHECK_STR(paging_of(""), "4-level");
	CHECK_STR(paging_of("PAGESIZE=4096\nNUMBER(pgtable_l5_enabled)=1\n"), "5-level");
	CHECK_OK(arch_check_paging(NULL));
	CHECK_OK(arch_check_paging("4-level"));
}

static void kernels(void)
{
	struct bzimage bz = { .xloadflags = 0x7e };

	CHECK_FAILS(arch_check_kernel("bzImage", bz.xloadflags), "not an x86_64 kernel");
	bz.xloadflags = 1;
	CHECK_OK(arch_check_kernel("bzImage", bz.xloadflags));
	CHECK(arch_is_running("x86_64"));
	CHECK(!arch_is_running("i686"));
	CHECK(!arch_is_running("aarch64"));
}

RUN_TESTS(way_back, moves_are_mapped, moves_out_of_reach, moves_run, enters_in_a_known_state, changes_levels, not_above_4_gib,
	  nothing_else_is_mapped, no_re_entry_point, paging_modes, jump_over_parameters, purgatory_parameters, purgatory_asks_for_a_permit,
	  paging, kernels)
