/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump that is pinned: it lies in memory whose page frames do not change, so
 * that the return trampoline finds A's pages there when no kernel runs any
 * more. An uncompressed dump is pinned in the page cache, where the disk has put
 * it: its pages are neither cleared nor copied. One that has to be decompressed gets
 * pages of its own.
 */
#ifndef KH_RESTORE_PINNED_H
#define KH_RESTORE_PINNED_H

#include <stddef.h>
#include <stdint.h>

#include "base/range.h"

/* How many settings make a kernel move even locked pages (Documentation/admin-guide/sysctl/vm.rst). */
#define PINNED_KNOBS 2

/* Zero-initialize; pinned_free() releases what it holds, also after a failure. */
struct pinned {
	const char *name;
	int fd;     /* of the file that is pinned; -1: the pages are its own */
	int cached; /* the same file, opened once more to be read through the page cache */
	unsigned char *map;
	uint64_t size;   /* bytes */
	uint32_t *frame; /* the number of the frame that each page lies in, as pinned_find() saw it */
	size_t pages;
	struct pinned_copy *copy; /* pages that were replaced: they needed another frame, or another content */
	size_t copies, room;
	char *knob[PINNED_KNOBS]; /* those settings as they were, to be put back; NULL where nothing was changed */
};

/* Maps the file open at `fd`, which is not empty; `fd` and `name` stay the caller's. 0, or -1 and fail(). */
int pinned_open(int fd, const char *name, struct pinned *pinned);

/*
 * Maps `size` bytes of memory of its own, to be filled; `name`, which stays the caller's, is for messages. 0, or -1 and
 * fail().
 */
int pinned_new(uint64_t size, const char *name, struct pinned *pinned);

/*
 * From now on the kernel leaves locked pages where they are: locking alone only
 * keeps them in memory, and compaction moves them. 0, or -1 and fail().
 */
int pinned_hold(struct pinned *pinned);

/*
 * Locks `size` bytes, those of one chunk at most, from `offset` on, a page's start; reads those of a file. A pointer to them,
 * through which only what pinned_new() made may be written; or NULL and fail(). Threads may do this at the same time for
 * different parts.
 */
unsigned char *pinned_lock(const struct pinned *pinned, uint64_t offset, size_t size);

/* Finds out the frames of all pages, which have to be locked. 0, or -1 and fail(). */
int pinned_find(struct pinned *pinned);

/* After pinned_find(): replaces all pages that lie in `place`, a range of physical addresses. 0, or -1 and fail(). */
int pinned_avoid(struct pinned *pinned, const struct range *place);

/*
 * After pinned_find(): replaces page number `page` by a copy whose frame lies outside `place`, and which may be
 * written: the file stays as it is. A pointer to the copy, or NULL and fail().
 */
unsigned char *pinned_write(struct pinned *pinned, size_t page, const struct range *place);

/* Does every page still lie in the frame that pinned_find() saw? 0, or -1 and fail(). */
int pinned_check(const struct pinned *pinned);

void pinned_free(struct pinned *pinned);

#endif
