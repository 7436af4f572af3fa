/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the CPU can do, by CPUID: a kernel has patched itself for that, and programs have chosen their code by it. */
#ifndef KH_KERNEL_CPU_H
#define KH_KERNEL_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPU_WORDS 12
#define CPU_STATES 63
#define CPU_TEXT_SIZE (CPU_WORDS * 9 + 1)
/* Of the names of features that are missing, which are cut off there. */
#define CPU_MISSING_SIZE 640

struct cpu {
	uint32_t word[CPU_WORDS];       /* feature bits; what a kernel or a program may switch is 0 */
	uint64_t enabled, supported;    /* XCR0, and the bits that it may have; 0 without XSAVE */
	uint32_t state_end[CPU_STATES]; /* of each bit's state in the standard XSAVE area, bytes */
};

/* Of the CPU that this runs on. */
void cpu_read(struct cpu *cpu);

/* The feature bits as hexadecimal words with commas between. */
void cpu_features_text(const struct cpu *cpu, char text[CPU_TEXT_SIZE]);

/*
 * Has `now` all that `saved`, a text of cpu_features_text(), says? More is fine. With `microcode_comes`, features that microcode
 * brings may be missing, too, since the kernel that is resumed loads its own again; `coming` gets their names, or "".
 * 0, or -1 and fail() with the names of those that are missing.
 */
int cpu_features_check(const char *saved, const struct cpu *now, bool microcode_comes, char coming[CPU_MISSING_SIZE]);

/* Bytes of the standard XSAVE area for the states in `mask`; 0 for none. */
uint32_t cpu_xsave_size(const struct cpu *cpu, uint64_t mask);

/* Can `now` save the states `enabled` in an area of `size` bytes? 0, or -1 and fail(). */
int cpu_xsave_check(uint64_t enabled, uint32_t size, const struct cpu *now);

#endif
