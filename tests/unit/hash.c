/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checksum. Its values are in images, so they must never change. */
#include "base/hash.h"

#include "check.h"

static void digest(const void *data, size_t size, size_t piece, char text[HASH_TEXT_SIZE])
{
	struct hash *hash = hash_begin();

	for (size_t at = 0; at < size; at += piece)
		hash_add(hash, (const char *)data + at, size - at < piece ? size - at : piece);
	hash_end(hash, text);
}

/* Whether data comes whole or in pieces, as text or as a number, the checksum is the same. */
static void check_same(const void *data, size_t size, const char *text)
{
	char whole[HASH_TEXT_SIZE];

	snprintf(whole, sizeof(whole), "%016" PRIx64, hash_of(data, size));
	CHECK_STR(whole, text);
}

static void known_values(void)
{
	char text[HASH_TEXT_SIZE];

	/* The value that XXH3 publishes for no input. */
	digest("", 0, 1, text);
	CHECK_STR(text, "2d06800538d394c2");
	check_same("", 0, text);
	digest("khibernate\n", 11, 11, text);
	CHECK_STR(text, "dba250abee38c82c");
	check_same("khibernate\n", 11, text);
	/* The text keeps leading zeros. */
	digest("91", 2, 2, text);
	CHECK_STR(text, "004901d6d0084f13");
}

static void pieces_do_not_matter(void)
{
	static unsigned char data[5000];
	char whole[HASH_TEXT_SIZE], pieces[HASH_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 31);
	digest(data, sizeof(data), sizeof(data), whole);
	check_same(data, sizeof(data), whole);
	for (size_t piece = 1; piece < 600; piece += 37) {
		digest(data, sizeof(data), piece, pieces);
		CHECK_STR(pieces, whole);
	}
	data[4999] ^= 1;
	digest(data, sizeof(data), sizeof(data), pieces);
	CHECK(strcmp(pieces, whole) != 0);
}

RUN_TESTS(known_values, pieces_do_not_matter)
