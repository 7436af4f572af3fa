/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/sized.h"

#include "base/number.h"

int sized_parse(const char *text, uint64_t *size, uint64_t *at)
{
	const char *rest;

	*at = 0;
	if (number_parse_sized(text, '@', &rest, size) || !*size)
		return -1;
	if (!*rest)
		return 0;
	return number_parse_sized(rest + 1, '\0', &rest, at) || !*at ? -1 : 0;
}
