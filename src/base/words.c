/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/words.h"

#include <string.h>

/* The kernel's isspace() (lib/ctype.c, Linux 6.12) knows Latin-1's no-break space, too. */
#define NO_BREAK_SPACE 0xa0

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == NO_BREAK_SPACE;
}

/* The length of the word at `text`: up to white space outside of quotes, as next_arg() (lib/cmdline.c, Linux 6.12) has it. */
static size_t word_length(const char *text)
{
	bool quoted = false;
	size_t length = 0;

	/* The newline at the very end is no part of the command line: /proc/cmdline appends it. */
	while (text[length] && (quoted || !is_space(text[length])) && (text[length] != '\n' || text[length + 1]))
		quoted ^= text[length++] == '"';
	return length;
}

/* Names and values are what next_arg() makes of a word: at most one pair of quotes goes, whether it is closed or not. */
static void take_apart(struct word *word)
{
	bool quoted = *word->text == '"';
	const char *name = word->text + quoted, *end = word->text + word->length, *equals = NULL;

	/* A name has one character at least, even if that is a '='. */
	if (name < end)
		equals = memchr(name + 1, '=', (size_t)(end - name - 1));
	if (equals && equals + 1 < end && equals[1] == '"') {
		word->value = equals + 2;
		end -= end > word->value && end[-1] == '"';
	} else {
		word->value = equals ? equals + 1 : NULL;
		end -= quoted && end > name && end[-1] == '"';
	}
	word->name = name;
	word->name_length = (size_t)((equals ? equals : end) - name);
	word->value_length = equals ? (size_t)(end - word->value) : 0;
}

bool words_next(const char **at, struct word *word)
{
	while (is_space(**at))
		(*at)++;
	word->text = *at;
	word->length = word_length(*at);
	if (!word->length)
		return false;
	*at += word->length;
	take_apart(word);
	return word->value || word->name_length != 2 || memcmp(word->name, "--", 2);
}

size_t words_longest(const char *text, struct word *longest, size_t count)
{
	struct word word;
	size_t found = 0;

	while (words_next(&text, &word)) {
		size_t at = found;

		for (; at && longest[at - 1].length < word.length; at--)
			if (at < count)
				longest[at] = longest[at - 1];
		if (at < count)
			longest[at] = word;
		found += found < count;
	}
	return found;
}

bool word_begins(const struct word *word, const char *name, size_t length)
{
	if (word->name_length < length)
		return false;
	for (size_t i = 0; i < length; i++)
		if ((word->name[i] == '-' ? '_' : word->name[i]) != name[i])
			return false;
	return true;
}

bool word_named(const struct word *word, const char *name)
{
	size_t length = strlen(name);

	return word->name_length == length && word_begins(word, name, length);
}
