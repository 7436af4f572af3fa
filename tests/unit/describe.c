/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hibernate.meta is put together from several sources, which must not contradict each other. */
#include "image/describe.h"

#include "check.h"
#include "fixture.h"

static int describe(const char *first, const char *second, struct blob *lines)
{
	struct description_part part[] = {
		{ "A's", fixture_blob(first, strlen(first)) },
		{ "B's", fixture_blob(second, strlen(second)) },
	};
	int ret = describe_image("ready", part, 2, lines);

	free(part[0].text.data);
	free(part[1].text.data);
	return ret;
}

static void joined(void)
{
	struct blob lines;

	if (CHECK_OK(describe("id=1\ndevice=a\ndevice=b\n", "ram=1-2\nnote=a=b\n", &lines))) {
		CHECK_STR((char *)lines.data, "format=2\nstate=ready\nid=1\ndevice=a\ndevice=b\nram=1-2\nnote=a=b\n");
		CHECK_EQ(lines.size, strlen((char *)lines.data));
		free(lines.data);
	}
	if (CHECK_OK(describe("", "", &lines))) {
		CHECK_STR((char *)lines.data, "format=2\nstate=ready\n");
		free(lines.data);
	}
}

static void refused(void)
{
	static const struct {
		const char *first, *second, *says;
	} cases[] = {
		{ "ram=1\n", "ram=1\n", "ram is in A's and in B's" },
		{ "state=ready\n", "", "A's: state is not its to say" },
		{ "", "format=2\n", "B's: format is not" },
		{ "", "sum=1\n", "sum is not" },
		{ "ram=1", "", "A's: its last line has no end" },
		{ "\n", "", "no KEY=VALUE" },
		{ "=1\n", "", "no KEY=VALUE: =1" },
		{ "a b=1\n", "", "no KEY=VALUE" },
		{ "just words\n", "", "no KEY=VALUE" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct blob lines;

		CHECK_FAILS(describe(cases[i].first, cases[i].second, &lines), cases[i].says);
	}
}

RUN_TESTS(joined, refused)
