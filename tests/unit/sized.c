/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SIZE@ADDR in text. */
#include "base/sized.h"

#include "check.h"

static void right(void)
{
	static const struct { const char *text; uint64_t size, at; } cases[] = {
		{ "48M", 48 << 20, 0 }, { "64M@0x4000000", 64 << 20, 0x4000000 }, { "4096@16M", 4096, 16 << 20 },
		{ "0x3000000@0x1000000", 0x3000000, 0x1000000 }, { "1g@1K", 1 << 30, 1024 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t size, at;

		CHECK_OK(sized_parse(cases[i].text, &size, &at));
		CHECK_EQ(size, cases[i].size);
		CHECK_EQ(at, cases[i].at);
	}
}

static void wrong(void)
{
	static const char *const cases[] = { "", "M", "0", "0@1M", "48M@", "48M@0", "48M@x", "48MB", "48M@1M@1M", "-1", " 1M", "48M@ 1M",
					     "99999999999999999999", "17179869185G" };
	uint64_t size, at;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_true(sized_parse(cases[i], &size, &at) == -1, __FILE__, __LINE__, cases[i]);
}

RUN_TESTS(right, wrong)
