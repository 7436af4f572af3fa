/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/search.h"

#include <string.h>

size_t search_first(const void *list, size_t count, uint64_t value, bool (*ends_behind)(const void *list, size_t item, uint64_t value))
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ends_behind(list, middle, value))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

size_t search_name(const char *const *list, size_t count, const char *name)
{
	size_t i = 0;

	while (i < count && strcmp(name, list[i]))
		i++;
	return i;
}
