#include "physmem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "range.h"
#include "report.h"

/* A piece this large costs 64 KiB of page tables, which come out of the window. */
#define PIECE MIB(32)

int physmem_open(struct physmem *mem, const char *path)
{
	memset(mem, 0, sizeof(*mem));
	mem->fd = open(path, O_RDWR | O_CLOEXEC);
	return mem->fd < 0 ? fail("open", errno, "%s", path) : 0;
}

static int unmap(struct physmem *mem)
{
	if (mem->map && munmap(mem->map, (size_t)(mem->end - mem->start)))
		return fail("munmap", errno, "%" PRIx64, mem->start);
	mem->map = NULL;
	return 0;
}

void *physmem_at(struct physmem *mem, uint64_t address, uint64_t end, uint64_t *size)
{
	if (!mem->map || address < mem->start || address >= mem->end) {
		uint64_t start = page_down(address);
		uint64_t stop = page_up(end) - start > PIECE ? start + PIECE : page_up(end);
		void *map;

		if (unmap(mem))
			return NULL;
		map = mmap(NULL, (size_t)(stop - start), PROT_READ | PROT_WRITE, MAP_SHARED, mem->fd, (off_t)start);
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
