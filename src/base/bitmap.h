/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One bit for each page frame. */
#ifndef KH_BASE_BITMAP_H
#define KH_BASE_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

struct bitmap {
	uint64_t *word; /* bit n is bit n % 64 of word n / 64, which on a little-endian machine is bit n % 8 of byte n / 8 */
	uint64_t bits;
};

/* Makes a map of `bits` bits, all of them 0. 0, or -1 and fail() without memory. bitmap_free() frees. */
int bitmap_new(struct bitmap *map, uint64_t bits);
void bitmap_free(struct bitmap *map);

void bitmap_set(struct bitmap *map, uint64_t bit);

/* The first bit from `from` on, before `end`, that is `value`; `end` if there is none. Beyond the last bit all are 0. */
uint64_t bitmap_next(const struct bitmap *map, uint64_t from, uint64_t end, bool value);

#endif
