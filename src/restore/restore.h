/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting A's memory back from dump.elf. */
#ifndef KH_RESTORE_RESTORE_H
#define KH_RESTORE_RESTORE_H

#include <stdio.h>

#include "elf/elfcore.h"
#include "image/index.h"
#include "image/meta.h"
#include "kernel/physmem.h"
#include "restore/pinned.h"

/*
 * Checks that the dump describes memory that may be written, and all of it. First drops the views, which show the window and
 * low memory to debuggers (layout_add_views()) and are not restored. Every other PT_LOAD has to lie inside A's
 * RAM and outside the window; no two may overlap, neither in memory nor in the file of `dump_size` bytes; and no page of
 * the file may belong to no segment. Leaves the segments sorted by file offset. 0, or -1 and fail().
 */
int restore_check(struct elfcore *core, const struct meta *meta, uint64_t dump_size, unsigned int machine);

/*
 * Reads and verifies the ELF headers of the dump in the open file, in whose chunks they lie as `index` says. 0 and a core that
 * elfcore_free() frees, or -1 and fail().
 */
int restore_headers(int fd, const char *name, const struct index *index, struct elfcore *core);

struct restore_input {
	int fd;
	const char *name;   /* of the file at `fd`, for messages */
	const char *memory; /* what A's memory is written to: "/dev/mem", in tests a file; NULL: the dump is only verified */
	const struct index *index;
	const struct elfcore *core; /* by restore_check() */
	const struct meta *meta;
	FILE *progress; /* NULL: quiet */
	const struct pinned *pinned; /* only where `memory` is NULL: the verified dump is pinned there; or NULL */
};

/*
 * Reads and verifies all of the dump once, with several threads; with a memory, writes each page to its own address and clears
 * what has to be zero. 0; or -1 and fail(): A must not be entered.
 */
int restore_memory(const struct restore_input *in);

/*
 * What of A's memory has to be cleared: pages that were left out of the dump because they are zero. If free pages were left out
 * as well, zero pages are those that a PT_LOAD has memory for, but no data (p_memsz beyond p_filesz); otherwise they are
 * all that no PT_LOAD has data for. 0 and normalized ranges that the caller frees, or -1 and fail().
 */
int restore_zeros(const struct restore_input *in, struct ranges *zeros);

#endif
