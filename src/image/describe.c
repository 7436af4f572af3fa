/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/describe.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/keyvalue.h"
#include "base/report.h"
#include "image/meta.h"

#define KEY_MAX 64

/* The key of the line at `line`, which ends at `end`. 0, or -1 and fail(). */
static int key_of(const struct description_part *part, const char *line, const char *end, char key[KEY_MAX])
{
	size_t size = 0;

	while (line + size < end && (isalnum((unsigned char)line[size]) || line[size] == '_'))
		size++;
	if (!size || size >= KEY_MAX || line + size == end || line[size] != '=' || memchr(line, '\0', (size_t)(end - line)))
		return fail("metadata", 0, "%s: no KEY=VALUE: %.*s", part->name, (int)(end - line < 60 ? end - line : 60), line);
	memcpy(key, line, size);
	key[size] = '\0';
	return 0;
}

static bool has_key(const struct blob *text, const char *key)
{
	const char *at = (const char *)text->data;
	size_t size;

	return text->size && keyvalue_next(&at, at + text->size, key, &size);
}

/* Are all lines of part `i` KEY=VALUE, with keys that it may have and that no part before it has? 0, or -1 and fail(). */
static int check_part(const struct description_part *part, size_t i)
{
	const char *at = (const char *)part[i].text.data, *end = at + part[i].text.size, *newline;
	char key[KEY_MAX];

	for (; at < end; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			return fail("metadata", 0, "%s: its last line has no end", part[i].name);
		if (key_of(&part[i], at, newline, key))
			return -1;
		if (!strcmp(key, "format") || !strcmp(key, "state") || !strcmp(key, "sum"))
			return fail("metadata", 0, "%s: %s is not its to say", part[i].name, key);
		for (size_t other = 0; other < i; other++)
			if (has_key(&part[other].text, key))
				return fail("metadata", 0, "%s is in %s and in %s", key, part[other].name, part[i].name);
	}
	return 0;
}

int describe_image(const char *state, const struct description_part *part, size_t count, struct blob *lines)
{
	char head[64];
	size_t size = (size_t)snprintf(head, sizeof(head), "format=%d\nstate=%s\n", META_FORMAT, state), at = size;

	for (size_t i = 0; i < count; i++) {
		if (check_part(part, i))
			return -1;
		size += part[i].text.size;
	}
	lines->data = malloc(size + 1);
	if (!lines->data)
		return fail("metadata", ENOMEM, "%zu bytes", size);
	memcpy(lines->data, head, at);
	for (size_t i = 0; i < count; i++) {
		if (part[i].text.size)
			memcpy(lines->data + at, part[i].text.data, part[i].text.size);
		at += part[i].text.size;
	}
	lines->data[size] = '\0';
	lines->size = size;
	return 0;
}
