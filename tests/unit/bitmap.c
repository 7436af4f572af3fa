/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One bit for each page frame: the edges of its words, and its end. */
#include "base/bitmap.h"

#include "check.h"

/* None, and around a word and two words of bits. */
static const uint64_t sizes[] = { 0, 1, 7, 8, 63, 64, 65, 127, 128, 129, 200 };

#define BEYOND 70 /* how many bits behind the last one the tests ask for */

/* What bitmap_next() has to return, found by a look at every bit; `set` has a byte for each. */
static uint64_t slow_next(const unsigned char *set, uint64_t from, uint64_t end, bool value)
{
	while (from < end && set[from] != value)
		from++;
	return from < end ? from : end;
}

/* Compares the map with `set` for every question that can be asked. */
static void check_all(const struct bitmap *map, const unsigned char *set)
{
	for (int value = 0; value < 2; value++)
		for (uint64_t end = 0; end <= map->bits + BEYOND; end++)
			for (uint64_t from = 0; from <= end; from++) {
				uint64_t got = bitmap_next(map, from, end, value);

				if (got == slow_next(set, from, end, value))
					continue;
				CHECK_EQ(got, slow_next(set, from, end, value));
				printf("  of %" PRIu64 " bits, from %" PRIu64 " to %" PRIu64 ", value %d\n", map->bits,
				       from, end, value);
				return;
			}
	CHECK(true);
}

static void fill_with(uint64_t bits, bool (*wanted)(uint64_t bit))
{
	unsigned char set[512] = { 0 };
	struct bitmap map;

	if (!CHECK_OK(bitmap_new(&map, bits)))
		return;
	CHECK_EQ(map.bits, bits);
	for (uint64_t bit = 0; bit < bits; bit++)
		if (wanted(bit)) {
			bitmap_set(&map, bit);
			set[bit] = 1;
		}
	check_all(&map, set);
	bitmap_free(&map);
	CHECK(!map.word && !map.bits);
}

static bool none(uint64_t bit)
{
	(void)bit;
	return false;
}

static bool all(uint64_t bit)
{
	return !none(bit);
}

static bool at_borders(uint64_t bit)
{
	return bit % 64 == 0 || bit % 64 == 63;
}

static bool inside_words(uint64_t bit)
{
	return !at_borders(bit);
}

static bool random_runs(uint64_t bit)
{
	return (bit * 2654435761u >> 16 & 15) < (bit / 32 % 2 ? 2 : 13);
}

static void next(void)
{
	static bool (*const kinds[])(uint64_t) = { none, all, at_borders, inside_words, random_runs };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (size_t kind = 0; kind < sizeof(kinds) / sizeof(*kinds); kind++)
			fill_with(sizes[i], kinds[kind]);
}

/* The bits lie in memory as makedumpfile has them, since page_filter_read() reads its bytes right into the words. */
static void bytes_of_words(void)
{
	struct bitmap map;

	if (!CHECK_OK(bitmap_new(&map, 100)))
		return;
	bitmap_set(&map, 0);
	bitmap_set(&map, 15);
	bitmap_set(&map, 66);
	CHECK(!memcmp(map.word, "\x01\x80\0\0\0\0\0\0\x04", 9));
	bitmap_free(&map);
}

/* Bits of the last word behind the last page do not count. */
static void beyond_the_last_bit(void)
{
	struct bitmap map;

	if (!CHECK_OK(bitmap_new(&map, 70)))
		return;
	bitmap_set(&map, 70);
	bitmap_set(&map, UINT64_MAX);
	CHECK_EQ(map.word[0] | map.word[1], 0);
	memset(map.word, 0xff, 16);
	CHECK_EQ(bitmap_next(&map, 70, 100, true), 100);
	CHECK_EQ(bitmap_next(&map, 0, 100, false), 70);
	CHECK_EQ(bitmap_next(&map, 0, UINT64_MAX, false), 70);
	CHECK_EQ(bitmap_next(&map, 90, UINT64_MAX, false), 90);
	CHECK_EQ(bitmap_next(&map, 90, UINT64_MAX, true), UINT64_MAX);
	bitmap_free(&map);
}

/* A sanitizer's option: an allocation that is too large returns NULL, as the C library has it, and does not end the program. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void too_large(void)
{
	struct bitmap map;

	CHECK_FAILS(bitmap_new(&map, UINT64_MAX), "bitmap:");
	bitmap_free(&map);
}

RUN_TESTS(next, bytes_of_words, beyond_the_last_bit, too_large)
