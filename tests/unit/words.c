/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a kernel command line, as lib/cmdline.c and kernel/params.c of Linux 6.12 cut them. */
#include "base/words.h"

#include "check.h"

/* Checks which words are found; each is [name] or [name|value]. */
static void check_words(const char *text, const char *want, int line)
{
	char got[256] = "";
	struct word word;

	for (const char *at = text; words_next(&at, &word);) {
		char *to = got + strlen(got);
		size_t room = sizeof(got) - strlen(got);

		if (word.value)
			snprintf(to, room, "[%.*s|%.*s]", (int)word.name_length, word.name, (int)word.value_length, word.value);
		else
			snprintf(to, room, "[%.*s]", (int)word.name_length, word.name);
		check_true(word.text >= text && word.text + word.length <= at, __FILE__, line, "the word's place");
	}
	check_text(got, want, __FILE__, line, text);
}

#define CHECK_WORDS(text, want) check_words(text, want, __LINE__)

static void spaces(void)
{
	CHECK_WORDS("", "");
	CHECK_WORDS(" \t\n", "");
	CHECK_WORDS("a b=1\tc\nd\v\fe\r f=\n", "[a][b|1][c][d][e][f|]");
	CHECK_WORDS("a\xa0" "b=2", "[a][b|2]");
}

static void values(void)
{
	CHECK_WORDS("root=UUID=1 a==b", "[root|UUID=1][a|=b]");
	/* A name is never empty, so an = at the start belongs to it. */
	CHECK_WORDS("=a =a=b =", "[=a][=a|b][=]");
}

static void quotes(void)
{
	CHECK_WORDS("a=\"b c\" d", "[a|b c][d]");
	CHECK_WORDS("\"a=b c\" d", "[a|b c][d]");
	CHECK_WORDS("\"a b\" c", "[a b][c]");
	CHECK_WORDS("a=b\" \"c d", "[a|b\" \"c][d]");
	CHECK_WORDS("a\" =\"b", "[a\" |b]");
	/* A quote that is never closed reaches to the end, without the newline that /proc/cmdline adds. */
	CHECK_WORDS("a=\"b c\n", "[a|b c]");
	CHECK_WORDS("\"a b\n", "[a b]");
	CHECK_WORDS("a=\"\n", "[a|]");
	CHECK_WORDS("a=\"\" \"\"", "[a|][]");
	CHECK_WORDS("\"", "[]");
	/* At most one pair of quotes is taken away. */
	CHECK_WORDS("a=\"\"b\"\"", "[a|\"b\"]");
	CHECK_WORDS("\"a=\"b c", "[a|b][c]");
	CHECK_WORDS("a=b\"", "[a|b\"]");
}

static void end(void)
{
	CHECK_WORDS("a -- b", "[a]");
	CHECK_WORDS("a \"--\" b", "[a]");
	CHECK_WORDS("--a --=1 - --", "[--a][--|1][-]");
	CHECK_WORDS("a=\"x -- y\" b", "[a|x -- y][b]");
}

static void names(void)
{
	const char *at = "khibernate.dump-level=1";
	struct word word;

	CHECK(words_next(&at, &word));
	CHECK(word_named(&word, "khibernate.dump_level"));
	CHECK(word_begins(&word, "khibernate.", strlen("khibernate.")));
	CHECK(!word_named(&word, "khibernate.dump"));
	CHECK(!word_named(&word, "khibernate.dump_levels"));
	CHECK(!word_named(&word, "khibernate_dump_level"));
	at = "-_-";
	CHECK(words_next(&at, &word) && word_named(&word, "___"));
}

/* The longest come first, and of those that are as long the first in the text. */
static void longest_words(void)
{
	static const char *const text = "aa bbbb c \"d d\" eeeee ffff -- longer-than-all";
	struct word word[4];

	if (CHECK_EQ(words_longest(text, word, 4), 4)) {
		CHECK(!strncmp(word[0].text, "\"d d\"", 5) && !strncmp(word[1].text, "eeeee", 5));
		CHECK(!strncmp(word[2].text, "bbbb", 4) && !strncmp(word[3].text, "ffff", 4));
	}
	CHECK_EQ(words_longest(text, word, 1), 1);
	CHECK(!strncmp(word[0].text, "\"d d\"", 5));
	CHECK_EQ(words_longest("a", word, 4), 1);
	CHECK_EQ(words_longest("-- a", word, 4), 0);
}

RUN_TESTS(longest_words, spaces, values, quotes, end, names)
