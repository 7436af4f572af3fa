/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/keyvalue.h"

#include <string.h>

const char *keyvalue_next(const char **at, const char *end, const char *key, size_t *size)
{
	size_t length = strlen(key);

	while (*at < end) {
		const char *line = *at;
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t whole = (size_t)((newline ? newline : end) - line);

		*at = newline ? newline + 1 : end;
		if (whole > length && !memcmp(line, key, length) && line[length] == '=') {
			*size = whole - length - 1;
			return line + length + 1;
		}
	}
	return NULL;
}

enum keyvalue_found keyvalue_get(const struct blob *text, const char *key, char *out, size_t room)
{
	const char *at = (const char *)text->data, *end = at + text->size;
	size_t size, other;
	const char *value = keyvalue_next(&at, end, key, &size);

	*out = '\0';
	if (!value)
		return KEYVALUE_MISSING;
	if (size >= room)
		return KEYVALUE_LONG;
	if (keyvalue_next(&at, end, key, &other))
		return KEYVALUE_TWICE;
	memcpy(out, value, size);
	out[size] = '\0';
	return KEYVALUE_OK;
}
