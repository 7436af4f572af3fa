/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/sealed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/report.h"

static const char key[] = "\nsum=";

static void digest_of(const void *lines, size_t size, char digest[HASH_TEXT_SIZE])
{
	snprintf(digest, HASH_TEXT_SIZE, "%016" PRIx64, hash_of(lines, size));
}

int sealed_check(const char *step, const struct blob *text)
{
	const char *start = (const char *)text->data, *last = NULL;
	char digest[HASH_TEXT_SIZE];

	if (strlen(start) != text->size)
		return fail(step, 0, "it holds a NUL");
	for (const char *at = start; (at = strstr(at, key)); at++)
		last = at;
	if (!last)
		return fail(step, 0, "it has no checksum: torn");
	digest_of(start, (size_t)(last + 1 - start), digest);
	last += sizeof(key) - 1;
	if (strncmp(last, digest, HASH_TEXT_SIZE - 1) || strcmp(last + HASH_TEXT_SIZE - 1, "\n"))
		return fail(step, 0, "its checksum is wrong: %s, not %.16s", digest, last);
	return 0;
}

int sealed_make(const char *step, const void *lines, size_t size, struct blob *out)
{
	const char *text = lines;
	char digest[HASH_TEXT_SIZE];

	if (!size || text[size - 1] != '\n')
		return fail(step, 0, "not whole lines: torn");
	if (size > SEALED_MAX - SEALED_LINE)
		return fail(step, 0, "more than %d bytes", SEALED_MAX - SEALED_LINE);
	digest_of(lines, size, digest);
	out->size = size + SEALED_LINE;
	out->data = malloc(out->size + 1);
	if (!out->data)
		return fail(step, ENOMEM, "%zu bytes", out->size);
	memcpy(out->data, lines, size);
	snprintf((char *)out->data + size, SEALED_LINE + 1, "sum=%s\n", digest);
	return 0;
}
