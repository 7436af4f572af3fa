/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binary search. */
#include "base/search.h"

#include "check.h"

static bool ends_behind(const void *list, size_t item, uint64_t value)
{
	return ((const uint64_t *)list)[item] > value;
}

static void first_behind(void)
{
	static const uint64_t ends[] = { 2, 2, 5, 7, 7, 7, 9 };
	const size_t count = sizeof(ends) / sizeof(*ends);

	for (size_t n = 0; n <= count; n++)
		for (uint64_t value = 0; value < 11; value++) {
			size_t want = 0;

			while (want < n && ends[want] <= value)
				want++;
			CHECK_EQ(search_first(ends, n, value, ends_behind), want);
		}
}

RUN_TESTS(first_behind)
