/* Putting A's memory back from dump.elf. */
#ifndef KH_RESTORE_H
#define KH_RESTORE_H

#include <stdio.h>

#include "elfcore.h"
#include "meta.h"
#include "physmem.h"

/*
 * Does the core describe memory that may be written? Every PT_LOAD has to lie
 * inside A's RAM and outside the window, none may overlap another, in memory
 * or in the file. Sorts the segments by file offset. 0, or -1 and fail().
 */
int restore_check(struct elfcore *core, const struct meta *meta, unsigned int machine);

/*
 * Reads the dump once from its start to its end: pages go to their own
 * addresses, everything else of A's RAM is filled with zeros, and the
 * checksum is taken on the way; progress goes to `progress_to` unless NULL. 0; or -1 and fail(), when A must not be entered.
 */
int restore_memory(int fd, const char *name, const struct elfcore *core, const struct meta *meta,
		   struct physmem *mem, FILE *progress_to);

#endif
