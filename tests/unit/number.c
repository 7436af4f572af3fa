/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in text. */
#include "base/number.h"

#include "check.h"

static int sized(const char *text, uint64_t *out)
{
	const char *rest;

	return number_parse_sized(text, '@', &rest, out);
}

static void with_a_suffix(void)
{
	uint64_t size = 1;
	const char *rest;

	CHECK_OK(sized("0", &size));
	CHECK_EQ(size, 0);
	CHECK_OK(sized("18446744073709551615", &size));
	CHECK_EQ(size, UINT64_MAX);
	CHECK_OK(sized("17179869183G", &size));
	CHECK_EQ(size, 17179869183ULL << 30);
	CHECK_OK(number_parse_sized("0x40M@128M", '@', &rest, &size));
	CHECK_EQ(size, 64 << 20);
	CHECK_STR(rest, "@128M");
	CHECK_EQ(number_parse_sized("64M@128M", '\0', &rest, &size), -1);
	CHECK_EQ(sized("", &size), -1);
	CHECK_EQ(sized("17179869184G", &size), -1);
	CHECK_EQ(sized("18446744073709551616", &size), -1);
	CHECK_EQ(sized("64Q", &size), -1);
	CHECK_EQ(sized("-1", &size), -1);
}

static void whole_text(void)
{
	uint64_t number = 1;

	CHECK_OK(number_parse("ff", 16, &number));
	CHECK_EQ(number, 255);
	CHECK_OK(number_parse("0x10", 0, &number));
	CHECK_EQ(number, 16);
	CHECK_EQ(number_parse("ff", 10, &number), -1);
	CHECK_EQ(number_parse("+1", 10, &number), -1);
	CHECK_EQ(number_parse(" 1", 10, &number), -1);
	CHECK_EQ(number_parse("1 ", 10, &number), -1);
	CHECK_EQ(number_parse("", 10, &number), -1);
	CHECK_EQ(number_parse("18446744073709551616", 10, &number), -1);
}

RUN_TESTS(with_a_suffix, whole_text)
