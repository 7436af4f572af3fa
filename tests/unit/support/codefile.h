/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a made-up kernel shows of its own code: /proc/kallsyms and /proc/kcore. */
#ifndef KH_CODEFILE_H
#define KH_CODEFILE_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of code that /proc/kcore shows, zeros but for an instruction. */
#define CODEFILE_SIZE 8192

struct code_symbol {
	const char *name;
	uint64_t offset; /* where it is in the code */
};

/* The paths of the two files. */
struct codefile {
	char kallsyms[512], kcore[512];
};

/*
 * Makes the files of a kernel that has `instruction` (3 bytes) at `offset` in its code, and `symbols`, of which the last has no name.
 * The files go away when the test ends.
 */
struct codefile codefile_build(const struct code_symbol *symbols, const char *instruction, size_t offset);

#endif
