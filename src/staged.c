#include "staged.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "io.h"
#include "pageflags.h"
#include "report.h"

struct staged_copy {
	size_t page;
	unsigned char *bytes;
};

static const char *const knobs[STAGED_KNOBS] = { "/proc/sys/vm/compact_unevictable_allowed", "/proc/sys/vm/compaction_proactiveness" };

static int set_knob(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return fail("open", errno, "%s", path);
	if (write(fd, value, strlen(value)) != (ssize_t)strlen(value))
		ret = fail("write", errno, "%s", path);
	if (close(fd) && !ret)
		ret = fail("close", errno, "%s", path);
	return ret;
}

int staged_hold(struct staged *staged)
{
	struct blob now;

	for (size_t i = 0; i < STAGED_KNOBS; i++) {
		/* A kernel that does not move pages has not got them. */
		if (access(knobs[i], F_OK) && errno == ENOENT)
			continue;
		if (read_file(knobs[i], 64, &now))
			return -1;
		staged->knob[i] = (char *)now.data;
		if (set_knob(knobs[i], "0\n") || read_file(knobs[i], 64, &now))
			return -1;
		if (strcmp((char *)now.data, "0\n")) {
			free(now.data);
			return fail("stage", 0, "%s does not stay 0", knobs[i]);
		}
		free(now.data);
	}
	return 0;
}

/* With the name and the file, if there is one, already in it. */
static int map_staged(struct staged *staged, uint64_t size, int protection, int flags)
{
	void *map;

	if (!size || size > SIZE_MAX / 2)
		return fail("stage", 0, "%s has %llu bytes", staged->name, (unsigned long long)size);
	map = mmap(NULL, (size_t)size, protection, MAP_PRIVATE | flags, staged->fd, 0);
	if (map == MAP_FAILED)
		return fail("stage", errno, "mmap of %s", staged->name);
	staged->map = map;
	staged->size = size;
	staged->pages = (size_t)(page_up(size) / PAGE_BYTES);
	staged->frame = calloc(staged->pages, sizeof(*staged->frame));
	return staged->frame ? 0 : fail("stage", ENOMEM, "%zu pages", staged->pages);
}

int staged_open(int fd, const char *name, struct staged *staged)
{
	struct stat st;

	*staged = (struct staged){ .name = name, .fd = fd };
	if (fstat(fd, &st))
		return fail("stat", errno, "%s", name);
	/* Not to be written: locking would give each page a copy of its own. */
	return map_staged(staged, st.st_size < 0 ? 0 : (uint64_t)st.st_size, PROT_READ, 0);
}

int staged_new(uint64_t size, const char *name, struct staged *staged)
{
	*staged = (struct staged){ .name = name, .fd = -1 };
	return map_staged(staged, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_NORESERVE);
}

unsigned char *staged_lock(const struct staged *staged, uint64_t offset, size_t size)
{
	if (offset > staged->size || size > staged->size - offset) {
		fail("stage", 0, "%s ends before offset %llu", staged->name, (unsigned long long)(offset + size));
		return NULL;
	}
	/* In large pieces, where page faults would read small ones; mlock() sees what could not be read. */
	if (staged->fd >= 0)
		(void)readahead(staged->fd, (off_t)offset, size);
	if (mlock(staged->map + offset, size)) {
		/* What page faults meet, EFAULT, mlock() calls ENOMEM, too. */
		fail(staged->fd >= 0 ? "read" : "stage", errno, "%s at offset %llu", staged->name, (unsigned long long)offset);
		return NULL;
	}
	return staged->map + offset;
}

/* The frames as they are now, into `frame`. */
static int find(const struct staged *staged, uint32_t *frame)
{
	if (physical_frames(staged->map, staged->pages, frame))
		return -1;
	for (size_t i = 0; i < staged->copies; i++)
		if (physical_frames(staged->copy[i].bytes, 1, &frame[staged->copy[i].page]))
			return -1;
	return 0;
}

int staged_find(struct staged *staged)
{
	return find(staged, staged->frame);
}

static bool inside(const struct range *place, uint32_t frame)
{
	return frame >= place->start / PAGE_BYTES && frame < page_up(place->end) / PAGE_BYTES;
}

/* A locked page outside `place`. Those that it finds inside stay taken, so that the kernel does not offer them again. */
static unsigned char *page_outside(const struct range *place, uint32_t *frame)
{
	for (uint64_t tries = 0; tries <= (place->end - place->start) / PAGE_BYTES + 1; tries++) {
		void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);

		if (page == MAP_FAILED) {
			fail("stage", errno, "a page");
			return NULL;
		}
		if (physical_frames(page, 1, frame))
			return NULL;
		if (!inside(place, *frame))
			return page;
	}
	fail("stage", 0, "no page outside %llx-%llx", (unsigned long long)place->start, (unsigned long long)place->end);
	return NULL;
}

unsigned char *staged_write(struct staged *staged, size_t page, const struct range *place)
{
	struct staged_copy *copy;
	size_t size = PAGE_BYTES;

	for (size_t i = 0; i < staged->copies; i++)
		if (staged->copy[i].page == page)
			return staged->copy[i].bytes;
	if (page >= staged->pages) {
		fail("stage", 0, "%s has no page %zu", staged->name, page);
		return NULL;
	}
	if (staged->copies == staged->room) {
		size_t room = staged->room ? staged->room * 2 : 256;
		struct staged_copy *grown = realloc(staged->copy, room * sizeof(*grown));

		if (!grown) {
			fail("stage", ENOMEM, "%zu pages", room);
			return NULL;
		}
		staged->copy = grown;
		staged->room = room;
	}
	copy = &staged->copy[staged->copies];
	copy->page = page;
	copy->bytes = page_outside(place, &staged->frame[page]);
	if (!copy->bytes)
		return NULL;
	/* The last page of a file may be short. */
	if (staged->size - page * PAGE_BYTES < size)
		size = (size_t)(staged->size - page * PAGE_BYTES);
	copy_memory(copy->bytes, staged->map + page * PAGE_BYTES, size);
	staged->copies++;
	return copy->bytes;
}

int staged_avoid(struct staged *staged, const struct range *place)
{
	for (size_t i = 0; i < staged->pages; i++)
		if (inside(place, staged->frame[i]) && !staged_write(staged, i, place))
			return -1;
	return 0;
}

int staged_check(const struct staged *staged)
{
	uint32_t *now = calloc(staged->pages, sizeof(*now));
	int ret;

	if (!now)
		return fail("stage", ENOMEM, "%zu pages", staged->pages);
	ret = find(staged, now);
	if (!ret && memcmp(now, staged->frame, staged->pages * sizeof(*now)))
		ret = fail("stage", 0, "pages have moved");
	free(now);
	return ret;
}

void staged_free(struct staged *staged)
{
	if (staged->map)
		munmap(staged->map, (size_t)staged->size);
	for (size_t i = 0; i < staged->copies; i++)
		munmap(staged->copy[i].bytes, PAGE_BYTES);
	for (size_t i = 0; i < STAGED_KNOBS; i++)
		if (staged->knob[i]) {
			(void)set_knob(knobs[i], staged->knob[i]);
			free(staged->knob[i]);
		}
	free(staged->copy);
	free(staged->frame);
	memset(staged, 0, sizeof(*staged));
}
