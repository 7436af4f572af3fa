/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "restore/pinned.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/copy.h"
#include "base/io.h"
#include "base/report.h"
#include "image/index.h"
#include "kernel/pageflags.h"

/* What is locked at a time at most: the pages of a chunk (image/index.h). */
#define CHUNK_PAGES (CHUNK_BYTES / PAGE_BYTES)

struct pinned_copy {
	size_t page;
	unsigned char *bytes;
};

static const char *const knobs[PINNED_KNOBS] = {
	"/proc/sys/vm/compact_unevictable_allowed",
	"/proc/sys/vm/compaction_proactiveness",
};

int pinned_hold(struct pinned *pinned)
{
	struct blob now;

	for (size_t i = 0; i < PINNED_KNOBS; i++) {
		/* A kernel without compaction has no such file, and leaves pages where they are anyway. */
		if (access(knobs[i], F_OK) && errno == ENOENT)
			continue;
		if (read_file(knobs[i], 64, &now))
			return -1;
		pinned->knob[i] = (char *)now.data;
		if (write_setting(knobs[i], "0\n") || read_file(knobs[i], 64, &now))
			return -1;
		if (strcmp((char *)now.data, "0\n")) {
			free(now.data);
			return fail("pin", 0, "%s does not stay 0", knobs[i]);
		}
		free(now.data);
	}
	return 0;
}

/* Maps the memory, of which the name and the file, if there is one, are already set. */
static int map_pinned(struct pinned *pinned, uint64_t size, int protection, int flags)
{
	void *map;

	if (!size || size > SIZE_MAX / 2)
		return fail("pin", 0, "%s has %llu bytes", pinned->name, (unsigned long long)size);
	map = mmap(NULL, (size_t)size, protection, MAP_PRIVATE | flags, pinned->fd, 0);
	if (map == MAP_FAILED)
		return fail("pin", errno, "mmap of %s", pinned->name);
	pinned->map = map;
	pinned->size = size;
	pinned->pages = (size_t)(page_up(size) / PAGE_BYTES);
	pinned->frame = calloc(pinned->pages, sizeof(*pinned->frame));
	return pinned->frame ? 0 : fail("pin", ENOMEM, "%zu pages", pinned->pages);
}

int pinned_open(int fd, const char *name, struct pinned *pinned)
{
	char path[32];
	struct stat st;

	*pinned = (struct pinned){ .name = name, .fd = fd };
	if (fstat(fd, &st))
		return fail("stat", errno, "%s", name);
	/* The caller's may go around the page cache, and this one must not. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	pinned->cached = open(path, O_RDONLY | O_CLOEXEC);
	if (pinned->cached < 0)
		return fail("open", errno, "%s", name);
	/* Read-only: locking a private mapping that may be written gives each page a copy of its own. */
	return map_pinned(pinned, st.st_size < 0 ? 0 : (uint64_t)st.st_size, PROT_READ, 0);
}

int pinned_new(uint64_t size, const char *name, struct pinned *pinned)
{
	*pinned = (struct pinned){ .name = name, .fd = -1, .cached = -1 };
	return map_pinned(pinned, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_NORESERVE);
}

/* Waits until the page at `offset` of the file is in the page cache. 0, or -1 and fail() if it could not be read. */
static int wait_for_page(const struct pinned *pinned, uint64_t offset)
{
	unsigned char byte;

	return pread_exact(pinned->cached, &byte, 1, offset, pinned->name);
}

/*
 * Reads [offset, offset + size) of the file into the page cache, in large pieces. mlock() would read the pages, too, but one by
 * one; and where the disk fails, the page fault behind it tries again for ever (seen with Linux 6.12).
 */
static int read_ahead(const struct pinned *pinned, uint64_t offset, size_t size)
{
	unsigned char there[CHUNK_PAGES];
	size_t pages = (size_t)(page_up(size) / PAGE_BYTES);

	if (offset % PAGE_BYTES || pages > CHUNK_PAGES)
		return fail("pin", 0, "%zu bytes at offset %llu are no chunk", size, (unsigned long long)offset);
	(void)readahead(pinned->cached, (off_t)offset, size);
	/* When the last page has come, the others have as a rule: only those that have not are asked for one by one. */
	if (wait_for_page(pinned, offset + (pages - 1) * PAGE_BYTES))
		return -1;
	if (mincore(pinned->map + offset, size, there))
		return fail("pin", errno, "mincore of %s", pinned->name);
	for (size_t i = 0; i < pages; i++)
		if (!(there[i] & 1) && wait_for_page(pinned, offset + i * PAGE_BYTES))
			return -1;
	return 0;
}

unsigned char *pinned_lock(const struct pinned *pinned, uint64_t offset, size_t size)
{
	if (offset > pinned->size || size > pinned->size - offset) {
		fail("pin", 0, "%s ends before offset %llu", pinned->name, (unsigned long long)(offset + size));
		return NULL;
	}
	if (pinned->fd >= 0 && read_ahead(pinned, offset, size))
		return NULL;
	if (mlock(pinned->map + offset, size)) {
		fail("pin", errno, "%s at offset %llu", pinned->name, (unsigned long long)offset);
		return NULL;
	}
	return pinned->map + offset;
}

/* Which frames the pages lie in now. */
static int find(const struct pinned *pinned, uint32_t *frame)
{
	if (physical_frames(pinned->map, pinned->pages, frame))
		return -1;
	for (size_t i = 0; i < pinned->copies; i++)
		if (physical_frames(pinned->copy[i].bytes, 1, &frame[pinned->copy[i].page]))
			return -1;
	return 0;
}

int pinned_find(struct pinned *pinned)
{
	return find(pinned, pinned->frame);
}

static bool inside(const struct range *place, uint32_t frame)
{
	return frame >= place->start / PAGE_BYTES && frame < page_up(place->end) / PAGE_BYTES;
}

/* A new locked page outside `place`. Pages inside of it that the kernel gives stay allocated, or it would give them again. */
static unsigned char *page_outside(const struct range *place, uint32_t *frame)
{
	for (uint64_t tries = 0; tries <= (place->end - place->start) / PAGE_BYTES + 1; tries++) {
		void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);

		if (page == MAP_FAILED) {
			fail("pin", errno, "a page");
			return NULL;
		}
		if (physical_frames(page, 1, frame))
			return NULL;
		if (!inside(place, *frame))
			return page;
	}
	fail("pin", 0, "no page outside %llx-%llx", (unsigned long long)place->start, (unsigned long long)place->end);
	return NULL;
}

unsigned char *pinned_write(struct pinned *pinned, size_t page, const struct range *place)
{
	struct pinned_copy *copy;
	size_t size = PAGE_BYTES;

	for (size_t i = 0; i < pinned->copies; i++)
		if (pinned->copy[i].page == page)
			return pinned->copy[i].bytes;
	if (page >= pinned->pages) {
		fail("pin", 0, "%s has no page %zu", pinned->name, page);
		return NULL;
	}
	copy = array_grown("pin", pinned->copy, sizeof(*copy), pinned->copies, &pinned->room);
	if (!copy)
		return NULL;
	pinned->copy = copy;
	copy = &pinned->copy[pinned->copies];
	copy->page = page;
	copy->bytes = page_outside(place, &pinned->frame[page]);
	if (!copy->bytes)
		return NULL;
	/* The last page of a file may be short. */
	if (pinned->size - page * PAGE_BYTES < size)
		size = (size_t)(pinned->size - page * PAGE_BYTES);
	copy_memory(copy->bytes, pinned->map + page * PAGE_BYTES, size);
	pinned->copies++;
	return copy->bytes;
}

int pinned_avoid(struct pinned *pinned, const struct range *place)
{
	for (size_t i = 0; i < pinned->pages; i++)
		if (inside(place, pinned->frame[i]) && !pinned_write(pinned, i, place))
			return -1;
	return 0;
}

int pinned_check(const struct pinned *pinned)
{
	uint32_t *now = calloc(pinned->pages, sizeof(*now));
	int ret;

	if (!now)
		return fail("pin", ENOMEM, "%zu pages", pinned->pages);
	ret = find(pinned, now);
	if (!ret && memcmp(now, pinned->frame, pinned->pages * sizeof(*now)))
		ret = fail("pin", 0, "pages have moved");
	free(now);
	return ret;
}

void pinned_free(struct pinned *pinned)
{
	if (pinned->map)
		munmap(pinned->map, (size_t)pinned->size);
	/* The name is there once one of them was opened or made. */
	if (pinned->name && pinned->cached >= 0)
		close(pinned->cached);
	for (size_t i = 0; i < pinned->copies; i++)
		munmap(pinned->copy[i].bytes, PAGE_BYTES);
	for (size_t i = 0; i < PINNED_KNOBS; i++)
		if (pinned->knob[i]) {
			(void)write_setting(knobs[i], pinned->knob[i]);
			free(pinned->knob[i]);
		}
	free(pinned->copy);
	free(pinned->frame);
	memset(pinned, 0, sizeof(*pinned));
}
