/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/physmem.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/range.h"
#include "base/report.h"

/*
 * How much is mapped at a time. Mapping costs time for each page, also for those that nobody reads, so not too much; but a chunk
 * (image/index.h) should mostly lie in one piece.
 */
#define PIECE MIB(4)

int physmem_open(struct physmem *mem, const char *path, const struct elfcore *core)
{
	memset(mem, 0, sizeof(*mem));
	mem->core = core;
	mem->fd = open(path, (core ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	return mem->fd < 0 ? fail("open", errno, "%s", path) : 0;
}

static int unmap(struct physmem *mem)
{
	if (mem->map && munmap(mem->map, (size_t)(mem->end - mem->start)))
		return fail("munmap", errno, "%" PRIx64, mem->start);
	mem->map = NULL;
	return 0;
}

/* Where [start, *stop) lies in the file; *stop is lowered to where something else follows in it. UINT64_MAX and fail(). */
static uint64_t file_offset(const struct physmem *mem, uint64_t start, uint64_t *stop)
{
	const struct core_segment *s;

	if (!mem->core)
		return start;
	s = elfcore_at_paddr(mem->core, start, 1);
	if (!s) {
		fail("vmcore", 0, "nothing at physical address %" PRIx64, start);
		return UINT64_MAX;
	}
	if (*stop - s->paddr > s->filesz)
		*stop = s->paddr + s->filesz;
	return s->offset + (start - s->paddr);
}

void *physmem_at(struct physmem *mem, uint64_t address, uint64_t end, uint64_t *size)
{
	if (!mem->map || address < mem->start || address >= mem->end) {
		uint64_t start = page_down(address);
		uint64_t stop = page_up(end) - start > PIECE ? start + PIECE : page_up(end);
		uint64_t offset = file_offset(mem, start, &stop);
		void *map;

		if (offset == UINT64_MAX || unmap(mem))
			return NULL;
		map = mmap(NULL, (size_t)(stop - start), mem->core ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED,
			   mem->fd, (off_t)offset);
		if (map == MAP_FAILED) {
			fail("mmap", errno, "physical memory %" PRIx64 "-%" PRIx64, start, stop);
			return NULL;
		}
		mem->map = map;
		mem->start = start;
		mem->end = stop;
	}
	*size = (end < mem->end ? end : mem->end) - address;
	return mem->map + (address - mem->start);
}

void physmem_close(struct physmem *mem)
{
	(void)unmap(mem);
	close(mem->fd);
}
