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
 * Does the core describe memory that may be written? Drops the views of the
 * window and of low memory (layout_add_views()); every other PT_LOAD has to lie
 * inside A's RAM and outside the window, none may overlap another, in memory
 * or in the file of `dump_size` bytes. Sorts the segments by file offset. 0, or -1 and fail().
 */
int restore_check(struct elfcore *core, const struct meta *meta, uint64_t dump_size, unsigned int machine);

/*
 * Reads the headers of the dump that lies, as `index` says, in the open file:
 * 0 and a core that elfcore_free() frees, or -1 and fail().
 */
int restore_headers(int fd, const char *name, const struct index *index, struct elfcore *core);

struct restore_input {
	int fd;
	const char *name, *memory; /* of the stored dump; "/dev/mem" but in tests, NULL to verify only */
	const struct index *index;
	const struct elfcore *core; /* checked */
	const struct meta *meta;
	FILE *progress; /* NULL: quiet */
	const struct pinned *pinned; /* with a memory of NULL: where the dump is locked, once it is verified; NULL: it is read only */
};

/*
 * Reads and verifies the dump once, with several threads: pages go to their
 * own addresses, and what has to be zero is cleared, if there is a memory. 0; or -1 and fail(),
 * when A must not be entered.
 */
int restore_memory(const struct restore_input *in);

/*
 * What of A's memory has to be zero: where pages were left out because they
 * are, and, unless the rest is free memory, all of the rest. 0 and normalized ranges that
 * the caller frees, or -1 and fail().
 */
int restore_zeros(const struct restore_input *in, struct ranges *zeros);

#endif
