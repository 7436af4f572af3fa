/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies MIB mebibytes to physical memory at START, through /dev/mem: the part of restoring that is not reading.
 *   memcopy START MIB
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK (1u << 20)

int main(int argc, char **argv)
{
	static unsigned char buf[CHUNK];
	int fd = open("/dev/mem", O_RDWR);
	unsigned long long at;
	long count;

	if (argc != 3 || fd < 0) {
		perror("memcopy");
		return 1;
	}
	at = strtoull(argv[1], NULL, 0);
	count = strtol(argv[2], NULL, 10);
	memset(buf, 0x55, sizeof(buf));
	for (long i = 0; i < count; i++, at += CHUNK) {
		void *to = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)at);

		if (to == MAP_FAILED) {
			perror("memcopy: mmap");
			return 1;
		}
		memcpy(to, buf, CHUNK);
		munmap(to, CHUNK);
	}
	return 0;
}
