/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

int number_parse(const char *text, int base, uint64_t *out)
{
	char *end;

	/* strtoull takes a sign and leading space, which no format of ours has. */
	if (!isxdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*out = strtoull(text, &end, base);
	return errno || end == text || *end ? -1 : 0;
}

int number_parse_sized(const char *text, char stop, const char **rest, uint64_t *out)
{
	unsigned int shift = 0;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*out = strtoull(text, &end, 0);
	if (errno)
		return -1;
	switch (*end) {
	case 'K': case 'k': shift = 10; break;
	case 'M': case 'm': shift = 20; break;
	case 'G': case 'g': shift = 30; break;
	default: break;
	}
	if (shift)
		end++;
	if ((*end && *end != stop) || *out > UINT64_MAX >> shift)
		return -1;
	*out <<= shift;
	*rest = end;
	return 0;
}
