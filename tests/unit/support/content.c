/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "content.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[] = { "kernel ", "page ", "jump\n", "0x", "ffff", "memory, ", "\t", "the " };

static void fill_with_text(char *to, size_t size)
{
	while (size) {
		const char *word = words[lrand48() % (long)(sizeof(words) / sizeof(*words))];
		size_t length = strlen(word) < size ? strlen(word) : size;

		memcpy(to, word, length);
		to += length;
		size -= length;
	}
}

void content_fill(void *to, size_t size, enum content content)
{
	unsigned char *bytes = to;

	if (content == CONTENT_TEXT)
		fill_with_text(to, size);
	else if (content == CONTENT_ZERO)
		memset(to, 0, size);
	else
		for (size_t i = 0; i < size; i++)
			bytes[i] = (unsigned char)(lrand48() >> 12);
}
