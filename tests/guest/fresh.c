/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes new pages from the kernel, MIB of them, and prints how many are not zero, as they have to be.
 *
 *   fresh MIB
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

int main(int argc, char **argv)
{
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 0) << 20, dirty = 0;
	unsigned char *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED) {
		perror("fresh");
		return 1;
	}
	for (size_t at = 0; at < size; at += PAGE) {
		/* A page that is only read would be the kernel's one page of zeros; writing comes first. */
		volatile unsigned char *last = pages + at + PAGE - 1;

		*last = 0;
		dirty += pages[at] || memcmp(pages + at, pages + at + 1, PAGE - 1);
	}
	printf("%zu\n", dirty);
	return 0;
}
