/*
 * A dump in memory that stays where it is. That of a file has the pages of the
 * page cache, read by the disk, neither cleared nor copied, and locked; one that
 * has to be decompressed has pages of its own. The return trampoline takes A's
 * pages from there, when nothing else runs any more.
 */
#ifndef KH_STAGED_H
#define KH_STAGED_H

#include <stddef.h>
#include <stdint.h>

#include "range.h"

/* What makes a kernel move locked pages, too (Documentation/admin-guide/sysctl/vm.rst). */
#define STAGED_KNOBS 2

/* Zero-initialize; staged_free() releases what it holds, also after a failure. */
struct staged {
	const char *name;
	int fd; /* -1: pages of its own */
	unsigned char *map;
	uint64_t size;   /* bytes */
	uint32_t *frame; /* of each page, as staged_find() saw it */
	size_t pages;
	struct staged_copy *copy; /* the pages that have been given another frame, or another content */
	size_t copies, room;
	char *knob[STAGED_KNOBS]; /* what they were set to; NULL where nothing was changed */
};

/* The file open at `fd`, not empty; `fd` and `name` stay the caller's. 0, or -1 and fail(). */
int staged_open(int fd, const char *name, struct staged *staged);

/* `size` bytes of its own, to be filled; `name`, the caller's, is for messages. 0, or -1 and fail(). */
int staged_new(uint64_t size, const char *name, struct staged *staged);

/*
 * From now on the kernel leaves locked pages where they are: locking alone only
 * keeps them in memory, and compaction moves them. 0, or -1 and fail().
 */
int staged_hold(struct staged *staged);

/*
 * Locks `size` bytes from `offset` on, those of a file read. A pointer to them, which is
 * for writing only after staged_new(); NULL and fail(). Threads may do it for different parts.
 */
unsigned char *staged_lock(const struct staged *staged, uint64_t offset, size_t size);

/* Finds the frames of all pages, which have to be locked. 0, or -1 and fail(). */
int staged_find(struct staged *staged);

/* After staged_find(): no page stays in `place`, physical addresses. 0, or -1 and fail(). */
int staged_avoid(struct staged *staged, const struct range *place);

/*
 * After staged_find(): page number `page`, to be written; the file stays as it
 * is. It is given a frame outside `place`. NULL and fail().
 */
unsigned char *staged_write(struct staged *staged, size_t page, const struct range *place);

/* Is every page where it was found? 0, or -1 and fail(). */
int staged_check(const struct staged *staged);

void staged_free(struct staged *staged);

#endif
