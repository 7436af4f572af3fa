/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a made-up kernel shows of its own code: /proc/kallsyms and /proc/kcore. */
#ifndef KH_CODEFILE_H
#define KH_CODEFILE_H

#include <stddef.h>
#include <stdint.h>

/* Of the code that /proc/kcore shows; the rest of it is zeros. */
#define CODEFILE_SIZE 8192

struct code_symbol {
	const char *name;
	uint64_t offset; /* in the code */
};

/* Paths of the two files. */
struct codefile {
	char kallsyms[512], kcore[512];
};

/*
 * A kernel with `instruction` (3 bytes) at `offset` in its code, and with `symbols`, up to one without a name.
 * The files go away when the test ends.
 */
struct codefile codefile_build(const struct code_symbol *symbols, const char *instruction, size_t offset);

#endif
