/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short forms for page frames in tests. */
#ifndef KH_PAGES_H
#define KH_PAGES_H

#include "base/bitmap.h"
#include "base/range.h"

/* The address of page frame `n`, and the size of `n` pages. */
#define PAGE(n) ((n) * PAGE_BYTES)

static inline bool page_in(const struct bitmap *map, uint64_t page)
{
	return bitmap_next(map, page, page + 1, true) == page;
}

#endif
