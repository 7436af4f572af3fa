/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying and clearing, with every size and alignment around the code's steps: it is done, and no other byte is touched. */
#include "base/copy.h"

#include <sys/mman.h>

#include "check.h"

#define SIZES 301
#define ALIGNMENTS 18
#define GUARD 64
#define AREA (GUARD + ALIGNMENTS + SIZES + GUARD)

static const size_t large[] = {
	4095, 4096, 4097, 65536 + 63, 65536 + 64, 65536 + 65, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, (3 << 20) + 127,
};

#define LARGE (sizeof(large) / sizeof(*large))

/* Fills with bytes that differ from their neighbours and from those 16, 32 and 64 bytes away, and are neither 0 nor a guard's. */
static void fill(unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(1 + i % 251);
}

/* Has an area of `size` bytes, at `at`, `part` bytes like `inner` (zeros if NULL), and `guard` everywhere else? */
static bool holds(const unsigned char *area, size_t size, size_t at, const unsigned char *inner, size_t part,
		  unsigned char guard)
{
	for (size_t i = 0; i < size; i++) {
		bool inside = i >= at && i - at < part;

		if (area[i] != (!inside ? guard : inner ? inner[i - at] : 0))
			return false;
	}
	return true;
}

static void copies_of_any_alignment(void)
{
	static unsigned char from[AREA], kept[AREA], to[AREA];

	fill(from, sizeof(from));
	memcpy(kept, from, sizeof(kept));
	for (size_t size = 0; size < SIZES; size++)
		for (size_t s = 0; s < ALIGNMENTS; s++)
			for (size_t d = 0; d < ALIGNMENTS; d++) {
				memset(to, 0xff, sizeof(to));
				copy_memory(to + GUARD + d, from + GUARD + s, size);
				if (!CHECK(holds(to, sizeof(to), GUARD + d, from + GUARD + s, size, 0xff)))
					printf("  %zu bytes from alignment %zu to %zu\n", size, s, d);
			}
	CHECK(!memcmp(from, kept, sizeof(from)));
}

static void clearing_of_any_alignment(void)
{
	static unsigned char to[AREA];

	for (size_t size = 0; size < SIZES; size++)
		for (size_t d = 0; d < ALIGNMENTS; d++) {
			memset(to, 0xff, sizeof(to));
			clear_memory(to + GUARD + d, size);
			if (!CHECK(holds(to, sizeof(to), GUARD + d, NULL, size, 0xff)))
				printf("  %zu bytes at alignment %zu\n", size, d);
		}
}

static void large_areas(void)
{
	for (size_t i = 0; i < LARGE; i++)
		for (size_t k = 0; k < 4; k++) {
			const size_t d = GUARD + k * 5, s = k * 3, area = large[i] + 3 * GUARD;
			unsigned char *from = malloc(large[i] + s), *to = malloc(area);

			fill(from, large[i] + s);
			memset(to, 0xff, area);
			copy_memory(to + d, from + s, large[i]);
			if (!CHECK(holds(to, area, d, from + s, large[i], 0xff)))
				printf("  %zu bytes from alignment %zu to %zu\n", large[i], s, d);
			memset(to, 0xff, area);
			clear_memory(to + d, large[i]);
			if (!CHECK(holds(to, area, d, NULL, large[i], 0xff)))
				printf("  %zu bytes at alignment %zu\n", large[i], d);
			free(from);
			free(to);
		}
}

/* Memory without any before it or behind it, so that an access beyond either edge ends the test. */
static unsigned char *lone_page(size_t size)
{
	unsigned char *at = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at + size, size, PROT_READ | PROT_WRITE)) {
		perror("mmap");
		exit(EXIT_FAILURE);
	}
	return at + size;
}

static void edges_of_memory(void)
{
	const size_t page = 4096;
	unsigned char *from = lone_page(page), *to = lone_page(page);

	fill(from, page);
	for (size_t size = 0; size < SIZES; size++) {
		const size_t end = page - size;

		memset(to, 0xff, page);
		copy_memory(to + end, from, size);
		CHECK(holds(to, page, end, from, size, 0xff));
		memset(to, 0xff, page);
		copy_memory(to, from + end, size);
		CHECK(holds(to, page, 0, from + end, size, 0xff));
		clear_memory(to, size);
		CHECK(holds(to, page, 0, NULL, size, 0xff));
		memset(to, 0xff, page);
		clear_memory(to + end, size);
		CHECK(holds(to, page, end, NULL, size, 0xff));
	}
	copy_memory(to, from, page);
	CHECK(!memcmp(to, from, page));
	clear_memory(to, page);
	CHECK(holds(to, page, 0, NULL, page, 0xff));
	munmap(from - page, 3 * page);
	munmap(to - page, 3 * page);
}

RUN_TESTS(copies_of_any_alignment, clearing_of_any_alignment, large_areas, edges_of_memory)
