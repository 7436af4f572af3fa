/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GDT check: whether the code of a kernel's jump loads a GDT, and where that code begins and ends. */
#include "kexec/gdt_check.h"

#include "check.h"
#include "codefile.h"
#include "fixture.h"

/* The first bytes of an lgdt whose address is 32 bits: relative to %rip on x86_64, absolute on i386. */
#define LGDT "\x0f\x01\x15"
/* How many bytes of the code are looked at. */
#define LIMIT 2048

static int check(const struct code_symbol *symbols, const char *const *starts, const char *end, const char *instruction,
		 size_t offset)
{
	struct codefile files = codefile_build(symbols, instruction, offset);

	return gdt_check(files.kallsyms, files.kcore, &(struct arch_jump_code){ starts, end });
}

static const char *const start[] = { "start", NULL };

static void instructions(void)
{
	static const struct code_symbol symbols[] = { { "start", 0 }, { 0 } };

	/* lgdt with a 32-bit address, with (%eax), with 8(%ebp) and with 256(%ebx). */
	CHECK_OK(check(symbols, start, NULL, LGDT, 0));
	CHECK_OK(check(symbols, start, NULL, "\x0f\x01\x10", 1000));
	CHECK_OK(check(symbols, start, NULL, "\x0f\x01\x55", 1001));
	CHECK_OK(check(symbols, start, NULL, "\x0f\x01\x93", 1002));
	/* Other instructions: lidt, sgdt, xgetbv, lar. */
	CHECK_FAILS(check(symbols, start, NULL, "\x0f\x01\x1d", 0), "does not restore its GDT");
	CHECK_FAILS(check(symbols, start, NULL, "\x0f\x01\x05", 0), "GDT");
	CHECK_FAILS(check(symbols, start, NULL, "\x0f\x01\xd0", 0), "GDT");
	CHECK_FAILS(check(symbols, start, NULL, "\x0f\x02\x15", 0), "GDT");
}

static void code_without_an_end(void)
{
	static const struct code_symbol symbols[] = { { "start", 0x100 }, { "end", 0x200 }, { 0 } };

	CHECK_OK(check(symbols, start, NULL, LGDT, 0x300));
	CHECK_OK(check(symbols, start, NULL, LGDT, 0x100 + LIMIT - 3));
	CHECK_FAILS(check(symbols, start, NULL, LGDT, 0x100 + LIMIT - 2), "GDT");
	CHECK_FAILS(check(symbols, start, NULL, LGDT, 0xff), "GDT");
	/* If the symbol that should end the code is not there, nothing ends it early. */
	CHECK_OK(check(symbols, start, "another", LGDT, 0x300));
}

static void code_with_an_end(void)
{
	static const struct code_symbol symbols[] = { { "start", 0x100 }, { "end", 0x200 }, { 0 } };

	CHECK_OK(check(symbols, start, "end", LGDT, 0x100));
	CHECK_OK(check(symbols, start, "end", LGDT, 0x200 - 3));
	CHECK_FAILS(check(symbols, start, "end", LGDT, 0x200 - 2), "GDT");
	CHECK_FAILS(check(symbols, start, "end", LGDT, 0x200), "GDT");
	CHECK_FAILS(check(symbols, start, "end", LGDT, 0x300), "GDT");
}

/* A symbol before the start is another function's local one of the same name. */
static void end_before_the_start(void)
{
	static const struct code_symbol before[] = { { "end", 0x100 }, { "start", 0x200 }, { 0 } };
	static const struct code_symbol both[] = { { "end", 0x100 }, { "end", 0x400 }, { "start", 0x200 }, { 0 } };

	CHECK_OK(check(before, start, "end", LGDT, 0x500));
	CHECK_OK(check(both, start, "end", LGDT, 0x300));
	CHECK_FAILS(check(both, start, "end", LGDT, 0x500), "GDT");
}

static void end_too_far(void)
{
	static const struct code_symbol beyond[] = { { "start", 0 }, { "end", LIMIT + 0x100 }, { 0 } };
	static const struct code_symbol just[] = { { "start", 0 }, { "end", LIMIT - 1 }, { 0 } };

	CHECK_OK(check(beyond, start, "end", LGDT, LIMIT - 3));
	CHECK_FAILS(check(beyond, start, "end", LGDT, LIMIT - 2), "GDT");
	CHECK_FAILS(check(just, start, "end", LGDT, LIMIT - 3), "GDT");
}

/* Nothing is read behind the end of the code. */
static void end_of_memory(void)
{
	static const struct code_symbol symbols[] = { { "start", CODEFILE_SIZE - 16 }, { "end", CODEFILE_SIZE }, { 0 } };

	CHECK_OK(check(symbols, start, "end", LGDT, CODEFILE_SIZE - 3));
	CHECK_FAILS(check(symbols, start, NULL, LGDT, CODEFILE_SIZE - 3), "nothing at");
}

static void names_of_the_start(void)
{
	static const char *const starts[] = { "start", "newer_start", NULL };
	static const struct code_symbol newer[] = { { "newer_start", 0x1000 }, { 0 } };
	static const struct code_symbol both[] = { { "newer_start", 0 }, { "start", 0x1000 }, { 0 } };
	static const struct code_symbol others[] = { { "start_of_another", 0 }, { "art", 0 }, { 0 } };

	CHECK_OK(check(newer, starts, NULL, LGDT, 0x1000));
	CHECK_OK(check(both, starts, NULL, LGDT, 0x1000));
	CHECK_FAILS(check(both, starts, NULL, LGDT, 0), "GDT");
	CHECK_FAILS(check(newer, start, NULL, LGDT, 0x1000), "does not show relocate_kernel");
	CHECK_FAILS(check(others, starts, NULL, LGDT, 0), "does not show relocate_kernel");
}

/* kptr_restrict makes all addresses zeros. Code that cannot be looked at does not pass. */
static void hidden_addresses(void)
{
	static const struct code_symbol symbols[] = { { "start", 0 }, { 0 } };
	struct codefile files = codefile_build(symbols, LGDT, 0);
	const char *root = fixture_root();
	char hidden[512];

	fixture_text(root, "kallsyms", "00000000 T start\n00000000 t end\n");
	snprintf(hidden, sizeof(hidden), "%s/kallsyms", root);
	CHECK_FAILS(gdt_check(hidden, files.kcore, &(struct arch_jump_code){ start, "end" }), "does not show relocate_kernel");
	CHECK_FAILS(gdt_check("/none", files.kcore, &(struct arch_jump_code){ start, NULL }), "does not show relocate_kernel");
	CHECK_FAILS(gdt_check(files.kallsyms, "/none", &(struct arch_jump_code){ start, NULL }), "open");
	CHECK_OK(gdt_check(files.kallsyms, files.kcore, &(struct arch_jump_code){ start, NULL }));
}

RUN_TESTS(instructions, code_without_an_end, code_with_an_end, end_before_the_start, end_too_far, end_of_memory,
	  names_of_the_start, hidden_addresses)
