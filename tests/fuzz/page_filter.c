/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the page filter. The input: makedumpfile's flattened stream, as far as its bitmap. */
#include "save/page_filter.h"

#include "fuzz.h"

/* The pages of a machine with 512 MiB. */
#define PAGES 0x20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fixture_fd(data, size);
	struct bitmap kept;

	if (!page_filter_read(fd, PAGES, &kept)) {
		uint64_t page = bitmap_next(&kept, 0, kept.bits, true);

		PROMISE(kept.bits && kept.bits <= PAGES && page <= kept.bits && bitmap_next(&kept, page, kept.bits + 1, false) <= kept.bits + 1);
	}
	bitmap_free(&kept);
	close(fd);
	return 0;
}
