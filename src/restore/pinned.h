/*
 * A dump in memory that stays where it is. That of a file has the pages of the
 * page cache, read by the disk, neither cleared nor copied, and locked; one that
 * has to be decompressed has pages of its own. The return trampoline takes A's
 * pages from there, when nothing else runs any more.
 */
#ifndef KH_RESTORE_PINNED_H
#define KH_RESTORE_PINNED_H

#include <stddef.h>
#include <stdint.h>

#include "base/range.h"

/* What makes a kernel move locked pages, too (Documentation/admin-guide/sysctl/vm.rst). */
#define PINNED_KNOBS 2

/* Zero-initialize; pinned_free() releases what it holds, also after a failure. */
struct pinned {
	const char *name;
	int fd; /* -1: pages of its own */
	unsigned char *map;
	uint64_t size;   /* bytes */
	uint32_t *frame; /* of each page, as pinned_find() saw it */
	size_t pages;
	struct pinned_copy *copy; /* the pages that have been given another frame, or another content */
	size_t copies, room;
	char *knob[PINNED_KNOBS]; /* what they were set to; NULL where nothing was changed */
};

/* The file open at `fd`, not empty; `fd` and `name` stay the caller's. 0, or -1 and fail(). */
int pinned_open(int fd, const char *name, struct pinned *pinned);

/* `size` bytes of its own, to be filled; `name`, the caller's, is for messages. 0, or -1 and fail(). */
int pinned_new(uint64_t size, const char *name, struct pinned *pinned);

/*
 * From now on the kernel leaves locked pages where they are: locking alone only
 * keeps them in memory, and compaction moves them. 0, or -1 and fail().
 */
int pinned_hold(struct pinned *pinned);

/*
 * Locks `size` bytes from `offset` on, those of a file read. A pointer to them, which is
 * for writing only after pinned_new(); NULL and fail(). Threads may do it for different parts.
 */
unsigned char *pinned_lock(const struct pinned *pinned, uint64_t offset, size_t size);

/* Finds the frames of all pages, which have to be locked. 0, or -1 and fail(). */
int pinned_find(struct pinned *pinned);

/* After pinned_find(): no page stays in `place`, physical addresses. 0, or -1 and fail(). */
int pinned_avoid(struct pinned *pinned, const struct range *place);

/*
 * After pinned_find(): page number `page`, to be written; the file stays as it
 * is. It is given a frame outside `place`. NULL and fail().
 */
unsigned char *pinned_write(struct pinned *pinned, size_t page, const struct range *place);

/* Is every page where it was found? 0, or -1 and fail(). */
int pinned_check(const struct pinned *pinned);

void pinned_free(struct pinned *pinned);

#endif
