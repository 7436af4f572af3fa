/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps MIB of memory in which each page says where it lies: the 8 bytes "KTEST-PF" and its page frame number, 64 bits.
 *
 *   stamps MIB
 *
 * Returns when all is set up; a child process stays and keeps the memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* Bits of an entry of /proc/self/pagemap (Documentation/admin-guide/mm/pagemap.rst, Linux 6.12). */
#define PRESENT (1ULL << 63)
#define FRAME ((1ULL << 55) - 1)

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "stamps: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const unsigned char magic[] = { 'K', 'T', 'E', 'S', 'T', '-', 'P', 'F' };

static void stamp(unsigned char *page, int pagemap)
{
	uint64_t entry;

	if (pread(pagemap, &entry, sizeof(entry), (off_t)((uintptr_t)page / PAGE * sizeof(entry))) != sizeof(entry))
		die("pagemap");
	if (!(entry & PRESENT) || !(entry & FRAME)) {
		errno = 0;
		die("a page frame");
	}
	entry &= FRAME;
	memcpy(page, magic, sizeof(magic));
	memcpy(page + sizeof(magic), &entry, sizeof(entry));
}

int main(int argc, char **argv)
{
	size_t size = argc == 2 ? strtoul(argv[1], NULL, 10) << 20 : 0;
	int pagemap, done[2];
	unsigned char *memory;
	char byte;

	if (!size || pipe(done) < 0)
		die("usage: stamps MIB");
	/* The child allocates the memory, since what was the parent's would get other page frames when it is written to. */
	if (fork()) {
		close(done[1]);
		return read(done[0], &byte, 1) == 1 ? 0 : 1;
	}
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (pagemap < 0)
		die("/proc/self/pagemap");
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	/* Without huge pages, as the kernel may split one and move its pages. A kernel that has none fails here, which is as good. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 0xa5, size);
	if (mlock(memory, size) < 0)
		die("mlock");
	for (size_t at = 0; at < size; at += PAGE)
		stamp(memory + at, pagemap);
	if (write(done[1], "", 1) != 1)
		die("write");
	/* Whoever reads this command's output up to its end must not have to wait for the child. */
	for (int fd = 0; fd <= done[1] || fd <= pagemap; fd++)
		close(fd);
	for (;;)
		pause();
}
