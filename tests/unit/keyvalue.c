/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking up lines KEY=VALUE. */
#include "base/keyvalue.h"

#include "check.h"

static enum keyvalue_found get(const char *text, const char *key, char value[8])
{
	return keyvalue_get(&(struct blob){ (unsigned char *)text, strlen(text) }, key, value, 8);
}

static void values(void)
{
	static const char text[] = "NUMBER(a)=1\nNUMBER(ab)=22\nEMPTY=\n\nLONG=12345678\nFITS=1234567\nlast=4";
	char value[8];

	CHECK_EQ(get(text, "NUMBER(a)", value), KEYVALUE_OK);
	CHECK_STR(value, "1");
	CHECK_EQ(get(text, "NUMBER(ab)", value), KEYVALUE_OK);
	CHECK_STR(value, "22");
	CHECK_EQ(get(text, "FITS", value), KEYVALUE_OK);
	CHECK_STR(value, "1234567");
	CHECK_EQ(get(text, "last", value), KEYVALUE_OK);
	CHECK_STR(value, "4");
	CHECK_EQ(get(text, "EMPTY", value), KEYVALUE_OK);
	CHECK_STR(value, "");
	CHECK_EQ(get(text, "LONG", value), KEYVALUE_LONG);
	CHECK_STR(value, "");
	/* A key that only begins or ends like this one is another. */
	CHECK_EQ(get(text, "NUMBER", value), KEYVALUE_MISSING);
	CHECK_EQ(get(text, "b)", value), KEYVALUE_MISSING);
	CHECK_EQ(get(" A=y\nBA=y\nA\n", "A", value), KEYVALUE_MISSING);
	CHECK_EQ(get("", "A", value), KEYVALUE_MISSING);
}

/* A key that is there twice is an error, as it cannot be known which one is meant. */
static void twice(void)
{
	char value[8];

	CHECK_EQ(get("A=1\nB=2\nA=3\n", "A", value), KEYVALUE_TWICE);
	CHECK_STR(value, "");
	CHECK_EQ(get("A=1\nB=2\nA=3\n", "B", value), KEYVALUE_OK);
}

/* Nothing is read that follows the text in memory. */
static void end_of_the_text(void)
{
	char value[8];

	CHECK_EQ(keyvalue_get(&(struct blob){ (unsigned char *)"A=yes", 3 }, "A", value, 8), KEYVALUE_OK);
	CHECK_STR(value, "y");
	CHECK_EQ(keyvalue_get(&(struct blob){ (unsigned char *)"A=y", 1 }, "A", value, 8), KEYVALUE_MISSING);
}

static void one_after_another(void)
{
	static const char text[] = "A=1\nB=2\nA=\nA=33";
	const char *at = text, *end = text + strlen(text);
	size_t size;

	CHECK(keyvalue_next(&at, end, "A", &size) == text + 2);
	CHECK_EQ(size, 1);
	CHECK(keyvalue_next(&at, end, "A", &size) == text + 10);
	CHECK_EQ(size, 0);
	CHECK(keyvalue_next(&at, end, "A", &size) == text + 13);
	CHECK_EQ(size, 2);
	CHECK(!keyvalue_next(&at, end, "A", &size));
}

RUN_TESTS(values, twice, end_of_the_text, one_after_another)
