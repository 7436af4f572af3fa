/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "restore/pinned.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/copy.h"
#include "base/io.h"
#include "kernel/pageflags.h"
#include "base/report.h"

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
	struct stat st;

	*pinned = (struct pinned){ .name = name, .fd = fd };
	if (fstat(fd, &st))
		return fail("stat", errno, "%s", name);
	/* Read-only: locking a private mapping that may be written gives each page a copy of its own. */
	return map_pinned(pinned, st.st_size < 0 ? 0 : (uint64_t)st.st_size, PROT_READ, 0);
}

int pinned_new(uint64_t size, const char *name, struct pinned *pinned)
{
	*pinned = (struct pinned){ .name = name, .fd = -1 };
	return map_pinned(pinned, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_NORESERVE);
}

unsigned char *pinned_lock(const struct pinned *pinned, uint64_t offset, size_t size)
{
	if (offset > pinned->size || size > pinned->size - offset) {
		fail("pin", 0, "%s ends before offset %llu", pinned->name, (unsigned long long)(offset + size));
		return NULL;
	}
	/*
	 * This reads large pieces, while the page faults of mlock() would read small ones. If it fails, mlock() meets the
	 * same error.
	 */
	if (pinned->fd >= 0)
		(void)readahead(pinned->fd, (off_t)offset, size);
	if (mlock(pinned->map + offset, size)) {
		/* mlock() says ENOMEM both when memory is short and when a page could not be read: of a file, the step names the latter. */
		fail(pinned->fd >= 0 ? "read" : "pin", errno, "%s at offset %llu", pinned->name, (unsigned long long)offset);
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
