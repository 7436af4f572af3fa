/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the walk along a kernel's page tables. The input: /proc/kcore. */
#include "kernel/filter_reads.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bitmap pages = { 0 };
	char path[32];
	int fd;

	input_path(data, size, &fd, path);
	if (!filter_reads(path, MIB(64), &pages))
		PROMISE(filter_reads_last(&pages, 0, MIB(64)) <= MIB(64));
	bitmap_free(&pages);
	close(fd);
	return 0;
}
