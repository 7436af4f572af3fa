/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/gdt_check.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/report.h"
#include "kernel/kcore.h"

/* How much of the image is read at once, and how many bytes of code from an instruction on are looked at. */
#define PIECE MIB(1)
#define AFTER 256
/* No instruction is longer. */
#define INSTRUCTION_MAX 15
/* The way back from its first control register to its end has about two dozen instructions. */
#define STEPS_MAX 48
/* It restores the registers that its caller expects unchanged: four on i386, six on x86_64. */
#define POPS_MIN 4
/* And of the CPU CR0, CR3 and CR4, in whatever order. */
#define CONTROL_REGISTERS (1u << 0 | 1u << 3 | 1u << 4)

/* What is seen on the way from the load of a control register on. */
struct way {
	bool loads_gdt, restores_flags;
	unsigned int pops;
	unsigned int loaded; /* a bit for each control register */
};

/* The length of a ModRM byte and of what belongs to it (Intel SDM volume 2, 2.1.5), for 32-bit and 64-bit code. */
static size_t operand_length(const unsigned char *modrm)
{
	unsigned int mod = *modrm >> 6, rm = *modrm & 7;
	size_t length = 1;

	if (mod == 3)
		return length;
	if (rm == 4) {
		length++;
		if (mod == 0 && (modrm[1] & 7) == 5)
			return length + 4;
	}
	if (mod == 0 && rm == 5)
		return length + 4;
	return length + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

/* What one instruction does to the way. */
enum step { GOES_ON, RETURNS, UNKNOWN };

/* Takes one of two bytes, as take_instruction() does. */
static enum step take_two_byte_opcode(const unsigned char **at, const unsigned char *op, struct way *way)
{
	bool is_memory = op[2] >> 6 != 3;

	switch (op[1]) {
	case 0x01: /* with a memory operand: sgdt, sidt, lgdt (/2), lidt, smsw, lmsw, invlpg */
		if (!is_memory)
			return UNKNOWN;
		way->loads_gdt |= (op[2] >> 3 & 7) == 2;
		break;
	case 0x22: /* mov to a control register */
		way->loaded |= 1u << (op[2] >> 3 & 7);
		break;
	case 0x00: case 0x1f: case 0x20: case 0xae: /* lldt and ltr, nop, mov from a control register, fences */
		break;
	default:
		return UNKNOWN;
	}
	*at = op + 2 + operand_length(op + 2);
	return GOES_ON;
}

/*
 * Takes one of those instructions that a way back is made of, and moves *at behind it. UNKNOWN for any other, so also for each
 * conditional jump and call: the way back has none.
 */
static enum step take_instruction(const unsigned char **at, struct way *way)
{
	/* On x86_64 40 to 4f are prefixes, of which 8 is REX.W; on i386 they are instructions that are not expected. */
	size_t prefix = ARCH_ELF_CLASS == ELFCLASS64 && (**at & 0xf0) == 0x40;
	const unsigned char *op = *at + prefix;
	bool wide = prefix && (**at & 8);

	switch (*op) {
	case 0x0f:
		return take_two_byte_opcode(at, op, way);
	case 0x01: case 0x03: case 0x09: case 0x0b: case 0x21: case 0x23: case 0x29: case 0x2b: case 0x31: case 0x33: /* add to xor, */
	case 0x85: case 0x89: case 0x8b: case 0x8c: case 0x8d: case 0x8e: /* test, mov, lea, mov of a segment */
		*at = op + 1 + operand_length(op + 1);
		return GOES_ON;
	case 0x83: /* add and the like, of a byte; and of four, as mov's */
		*at = op + 1 + operand_length(op + 1) + 1;
		return GOES_ON;
	case 0x81: case 0xc7:
		*at = op + 1 + operand_length(op + 1) + 4;
		return GOES_ON;
	case 0xb8: case 0xb9: case 0xba: case 0xbb: case 0xbc: case 0xbd: case 0xbe: case 0xbf: /* mov of an immediate */
		*at = op + 1 + (wide ? 8 : 4);
		return GOES_ON;
	case 0xa1: /* mov from an address, which is 8 bytes in 64-bit code */
		*at = op + 1 + (ARCH_ELF_CLASS == ELFCLASS64 ? 8 : 4);
		return GOES_ON;
	case 0x9d: /* popf */
		way->restores_flags = true;
		*at = op + 1;
		return GOES_ON;
	case 0x58: case 0x59: case 0x5a: case 0x5b: case 0x5c: case 0x5d: case 0x5e: case 0x5f: /* pop */
		way->pops += way->restores_flags;
		*at = op + 1;
		return GOES_ON;
	case 0x90: case 0xfa: case 0xfc: /* nop, cli, cld */
		*at = op + 1;
		return GOES_ON;
	case 0xc3: case 0xe9: /* ret; jmp, to the kernel's return thunk */
		return RETURNS;
	default:
		return UNKNOWN;
	}
}

/* Is the load of a control register at `at` the first of a way back? The others follow, the flags, registers and return, in one line. */
static bool is_way_back(const unsigned char *at, struct way *way)
{
	const unsigned char *next = at;
	enum step step = GOES_ON;

	memset(way, 0, sizeof(*way));
	for (unsigned int i = 0; i < STEPS_MAX && step == GOES_ON && next - at < AFTER; i++)
		step = take_instruction(&next, way);
	return step == RETURNS && (way->loaded & CONTROL_REGISTERS) == CONTROL_REGISTERS && way->restores_flags && way->pops >= POPS_MIN;
}

/* What the image has of ways back. */
struct ways {
	size_t found, without_gdt;
};

/* Adds those that begin in the first `size` bytes of `code`. Behind these there have to be AFTER and INSTRUCTION_MAX bytes more. */
static void add_ways(const unsigned char *code, size_t size, struct ways *ways)
{
	const unsigned char *at = code;

	while (at < code + size && (at = memmem(at, (size_t)(code + size + 1 - at), "\x0f\x22", 2))) {
		struct way way;

		if (is_way_back(at, &way)) {
			ways->found++;
			ways->without_gdt += !way.loads_gdt;
		}
		at++;
	}
}

static int add_ways_of_range(const struct kcore_memory *memory, uint64_t direct_map, const struct range *range, unsigned char *buf,
			     struct ways *ways)
{
	for (uint64_t at = range->start; at < range->end; at += PIECE) {
		size_t piece = (size_t)min_u64(PIECE, range->end - at), size = (size_t)min_u64(piece + AFTER, range->end - at);

		if (kcore_memory_read(memory, direct_map + at, buf, size))
			return -1;
		/* Zeros are no part of a way back, so none goes on behind what was read. */
		memset(buf + size, 0, AFTER + INSTRUCTION_MAX);
		add_ways(buf, piece, ways);
	}
	return 0;
}

int gdt_check(const char *path, uint64_t direct_map, const struct ranges *kernel)
{
	unsigned char *buf = malloc(PIECE + 2 * AFTER + INSTRUCTION_MAX);
	struct kcore_memory memory;
	struct ways ways = { 0 };
	int ret = 0;

	if (!buf || kcore_memory_open(&memory, path)) {
		free(buf);
		return buf ? -1 : fail("kernel", ENOMEM, "its code");
	}
	for (size_t i = 0; i < kernel->count && !ret; i++)
		ret = add_ways_of_range(&memory, direct_map, &kernel->item[i], buf, &ways);
	kcore_memory_close(&memory);
	free(buf);
	if (ret)
		return -1;
	if (!ways.found)
		return fail("kernel", 0, "its code for the return from a jump has a form that is not known, so whether it restores its GDT "
			    "cannot be told: it needs another kernel (docs/limits.md)");
	if (ways.without_gdt)
		return fail("kernel", 0, "the running kernel does not restore its GDT after a jump back and would reset the machine: "
			    "it needs a fix (docs/limits.md)");
	return 0;
}
