/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/bitmap.h"

#include <errno.h>
#include <stdlib.h>

#include "base/report.h"

#define WORD_BITS 64

int bitmap_new(struct bitmap *map, uint64_t bits)
{
	uint64_t words = bits / WORD_BITS + (bits % WORD_BITS != 0);

	*map = (struct bitmap){ NULL, bits };
	/* One word more than needed, so that an empty map has memory, too, and a NULL pointer always means failure. */
	if (words < SIZE_MAX / sizeof(*map->word))
		map->word = calloc((size_t)words + 1, sizeof(*map->word));
	return map->word ? 0 : fail("bitmap", ENOMEM, "%llu pages", (unsigned long long)bits);
}

void bitmap_free(struct bitmap *map)
{
	free(map->word);
	*map = (struct bitmap){ 0 };
}

void bitmap_set(struct bitmap *map, uint64_t bit)
{
	if (bit < map->bits)
		map->word[bit / WORD_BITS] |= 1ULL << bit % WORD_BITS;
}

uint64_t bitmap_next(const struct bitmap *map, uint64_t from, uint64_t end, bool value)
{
	uint64_t last = end < map->bits ? end : map->bits;
	uint64_t beyond = from > last ? from : last;

	while (from < last) {
		uint64_t word = map->word[from / WORD_BITS];

		if (!value)
			word = ~word;
		word >>= from % WORD_BITS;
		if (word) {
			from += (uint64_t)__builtin_ctzll(word);
			if (from < last)
				return from;
			break;
		}
		from += WORD_BITS - from % WORD_BITS;
	}
	return !value && beyond < end ? beyond : end;
}
