/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of ranges: what is done with them, and their text. */
#include "check.h"
#include "fixture.h"

static void check_list(const struct ranges *list, bool with_types, const char *want, int line)
{
	char *text = ranges_text(list, with_types);

	check_text(text, want, __FILE__, line, "list");
	free(text);
}

#define CHECK_LIST(list, want) check_list(list, false, want, __LINE__)
#define CHECK_TYPED(list, want) check_list(list, true, want, __LINE__)

static void add(void)
{
	struct ranges list = { 0 };

	CHECK_OK(ranges_add(&list, 0x1000, 0x1000, 1));
	CHECK_OK(ranges_add(&list, 0x2000, 0x1000, 1));
	CHECK_EQ(list.count, 0);
	/* These are more items than the first allocation has room for. */
	for (uint64_t i = 0; i < 100; i++)
		CHECK_OK(ranges_add(&list, i * 0x2000, i * 0x2000 + 0x1000, 0));
	CHECK_EQ(list.count, 100);
	CHECK_EQ(ranges_total(&list), 100 * 0x1000);
	CHECK_EQ(list.item[99].start, 99 * 0x2000);
	ranges_free(&list);
	CHECK_EQ(list.count, 0);
	CHECK(!list.item);
}

static void normalize(void)
{
	struct ranges list = fixture_ranges("3000-4000:1,1000-2000:1,2000-3000:1,4000-5000:2,6000-7000:2");

	CHECK_OK(ranges_normalize(&list));
	CHECK_TYPED(&list, "1000-4000:1,4000-5000:2,6000-7000:2");
	CHECK_OK(ranges_normalize(&list));
	CHECK_EQ(list.count, 3);
	ranges_free(&list);
	CHECK_OK(ranges_normalize(&list));
	CHECK_EQ(list.count, 0);
}

static void normalize_refuses_overlap(void)
{
	static const char *const overlaps[] = {
		"1000-3000,2000-4000", "1000-9000,2000-3000", "1000-2000,1000-2000",
		"2000-2001,1000-2001", "1000-2000,2000-3000,2fff-4000", "1000-2000:1,1fff-3000:2",
	};

	for (size_t i = 0; i < sizeof(overlaps) / sizeof(*overlaps); i++) {
		struct ranges list = fixture_ranges(overlaps[i]);

		CHECK_FAILS(ranges_normalize(&list), "overlaps");
		ranges_free(&list);
	}
}

static void resolve(void)
{
	static const struct { const char *list, *resolved; } cases[] = {
		{ "3000-4000:1,1000-2000:1,2000-3000:1", "1000-4000:1" },
		{ "1000-3000:1,2000-4000:1", "1000-4000:1" },
		{ "1000-9000:1,2000-3000:2", "1000-2000:1,2000-3000:2,3000-9000:1" },
		{ "2000-3000:2,1000-9000:1,2800-5000:4", "1000-2000:1,2000-2800:2,2800-5000:4,5000-9000:1" },
		{ "1000-9000:2,2000-3000:1", "1000-9000:2" },
		{ "1000-2000:1,1000-2000:1", "1000-2000:1" },
		{ "1000-2000:1,3000-4000:1,1000-1001:7", "1000-1001:7,1001-2000:1,3000-4000:1" },
		{ "1000-8000:1,2000-3000:3,7000-9000:2", "1000-2000:1,2000-3000:3,3000-7000:1,7000-9000:2" },
		{ "0-ffffffffffffffff:1,fffffffffffffffe-ffffffffffffffff:2", "0-fffffffffffffffe:1,fffffffffffffffe-ffffffffffffffff:2" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ranges list = fixture_ranges(cases[i].list);

		CHECK_OK(ranges_resolve(&list));
		CHECK_TYPED(&list, cases[i].resolved);
		ranges_free(&list);
	}
}

/* The first list is what a kernel made of RAM in which a boot loader had left a PCI card's ROM. */
static void to_pages(void)
{
	static const struct { const char *list, *pages; } cases[] = {
		{ "3decd018-3ded6c58,900000-3decd018,3ded6c58-3eeb7000", "900000-3eeb7000" },
		{ "100000-100010,100010-1ffe0000", "100000-1ffe0000" },
		{ "1001-1800,1800-2000", "" },
		{ "1001-1800,1800-3001", "2000-3000" },
		{ "1000-1800,1801-3000", "2000-3000" },
		{ "1000-1800:1,1800-3000:2", "2000-3000" },
		{ "1000-2800,2000-4000,2400-2500", "1000-4000" },
		{ "fffffffffffff001-ffffffffffffffff", "" },
		{ "800-ffffffffffffffff", "1000-fffffffffffff000" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct ranges list = fixture_ranges(cases[i].list);

		CHECK_OK(ranges_to_pages(&list));
		CHECK_LIST(&list, cases[i].pages);
		ranges_free(&list);
	}
}

static void sets(void)
{
	struct ranges a = fixture_ranges("1000-3000:1,4000-6000:2,8000-9000:1"), b = fixture_ranges("2000-5000,8800-a000"), out = { 0 };

	CHECK_OK(ranges_common(&a, &b, &out));
	CHECK_TYPED(&out, "2000-3000:1,4000-5000:2,8800-9000:1");
	ranges_free(&out);
	CHECK_OK(ranges_of_type(&a, 1, &out));
	CHECK_OK(ranges_append(&out, &b));
	CHECK_TYPED(&out, "1000-3000:1,8000-9000:1,2000-5000:0,8800-a000:0");
	ranges_free(&out);
	CHECK_OK(ranges_subtract(&a, &b));
	CHECK_TYPED(&a, "1000-2000:1,5000-6000:2,8000-8800:1");
	CHECK_OK(ranges_subtract(&a, &out));
	CHECK_EQ(a.count, 3);
	ranges_free(&a);
	CHECK_OK(ranges_common(&a, &b, &out));
	CHECK_EQ(out.count, 0);
	ranges_free(&b);
}

static void cut(void)
{
	static const struct {
		uint64_t start, end;
		const char *left;
	} cuts[] = {
		{ 0x0, 0x1000, "1000-3000,4000-6000" },
		{ 0x3000, 0x4000, "1000-3000,4000-6000" },
		{ 0x6000, 0x9000, "1000-3000,4000-6000" },
		{ 0x0, 0x2000, "2000-3000,4000-6000" },
		{ 0x1000, 0x3000, "4000-6000" },
		{ 0x2000, 0x5000, "1000-2000,5000-6000" },
		{ 0x4800, 0x5000, "1000-3000,4000-4800,5000-6000" },
		{ 0x5fff, 0x6000, "1000-3000,4000-5fff" },
		{ 0x0, 0x6000, "" },
		{ 0x0, UINT64_MAX, "" },
		/* Nothing is cut out here; but a range in which the place lies is split. */
		{ 0x2000, 0x2000, "1000-2000,2000-3000,4000-6000" },
		{ 0x3000, 0x3000, "1000-3000,4000-6000" },
		{ 0x3800, 0x3800, "1000-3000,4000-6000" },
		{ 0x4000, 0x4000, "1000-3000,4000-6000" },
		{ 0x9000, 0x9000, "1000-3000,4000-6000" },
	};

	for (size_t i = 0; i < sizeof(cuts) / sizeof(*cuts); i++) {
		struct ranges list = fixture_ranges("1000-3000,4000-6000");

		CHECK_OK(ranges_cut(&list, cuts[i].start, cuts[i].end));
		CHECK_LIST(&list, cuts[i].left);
		ranges_free(&list);
	}
}

static void cut_keeps_types(void)
{
	struct ranges list = fixture_ranges("1000-9000:7");

	CHECK_OK(ranges_cut(&list, 0x3000, 0x4000));
	CHECK_TYPED(&list, "1000-3000:7,4000-9000:7");
	ranges_free(&list);
}

static void contain(void)
{
	struct ranges list = fixture_ranges("1000-3000,4000-6000");

	CHECK(ranges_contain(&list, 0x1000, 0x3000));
	CHECK(ranges_contain(&list, 0x4000, 0x4001));
	CHECK(ranges_contain(&list, 0x5fff, 0x6000));
	CHECK(!ranges_contain(&list, 0xfff, 0x1001));
	CHECK(!ranges_contain(&list, 0x2000, 0x3001));
	CHECK(!ranges_contain(&list, 0x2000, 0x5000));
	CHECK(!ranges_contain(&list, 0x3000, 0x4000));
	CHECK(!ranges_contain(&list, 0x6000, 0x7000));
	ranges_free(&list);
	CHECK(!ranges_contain(&list, 0x1000, 0x2000));
}

static void touch(void)
{
	struct ranges list = fixture_ranges("1000-3000,4000-6000");

	CHECK(!ranges_touch(&list, 0x0, 0x1000));
	CHECK(!ranges_touch(&list, 0x3000, 0x4000));
	CHECK(!ranges_touch(&list, 0x6000, UINT64_MAX));
	CHECK(ranges_touch(&list, 0x0, 0x1001) == &list.item[0]);
	CHECK(ranges_touch(&list, 0x2fff, 0x3000) == &list.item[0]);
	CHECK(ranges_touch(&list, 0x2000, 0x5000) == &list.item[0]);
	CHECK(ranges_touch(&list, 0x5fff, 0x9000) == &list.item[1]);
	ranges_free(&list);
}

static void text_round_trip(void)
{
	static const char *const texts[] = {
		"", "0-1", "1000-2000", "1000-9f000,100000-7ffe0000,100000000-180000000",
		"0-ffffffffffffffff", "fffffffffffffffe-ffffffffffffffff",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct ranges list = fixture_ranges(texts[i]);

		CHECK_LIST(&list, texts[i]);
		ranges_free(&list);
	}
}

static void typed_text_round_trip(void)
{
	/* Several entries that are as long as one can be, so that the buffer of the text has to be large enough. */
	static const char longest[] = "fffffffffffffffd-fffffffffffffffe:ffffffff,"
				      "fffffffffffffffd-fffffffffffffffe:ffffffff,"
				      "fffffffffffffffd-fffffffffffffffe:ffffffff";
	struct ranges list = fixture_ranges(longest);

	CHECK_TYPED(&list, longest);
	ranges_free(&list);
	list = fixture_ranges("1000-2000:1,3000-4000:a");
	CHECK_EQ(list.item[1].type, 10);
	CHECK_TYPED(&list, "1000-2000:1,3000-4000:a");
	CHECK_LIST(&list, "1000-2000,3000-4000");
	ranges_free(&list);
}

static void parse_appends(void)
{
	struct ranges list = fixture_ranges("1000-2000");

	CHECK_OK(ranges_parse(&list, "3000-4000"));
	CHECK_LIST(&list, "1000-2000,3000-4000");
	ranges_free(&list);
}

static void malformed_text(void)
{
	static const char *const texts[] = {
		",", "1000", "1000-", "-2000", "-", "1000-1000", "2000-1000", "1000-2000,,3000-4000",
		",1000-2000", "1000-2000:", "1000-2000:g", "1000-2000:1:2", "1000-2000:100000000",
		"1000-2000-3000", "1000-2000 ", " 1000-2000", "1000 -2000", "1000- 2000", "1000--2000",
		"+1000-2000", "1000-2000;3000-4000", "xyz-2000", "1000-20g0", "10000000000000000-20000000000000000",
		"1000-10000000000000000", "1000:1-2000",
		"0000000000000000000000000000000000000000000000000000000000001000-2000",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct ranges list = { 0 };

		if (!CHECK_FAILS(ranges_parse(&list, texts[i]), "no range"))
			printf("  the text was \"%s\"\n", texts[i]);
		ranges_free(&list);
	}
}

static void alignment(void)
{
	CHECK_EQ(page_down(0x1fff), 0x1000);
	CHECK_EQ(page_up(0x1001), 0x2000);
	CHECK_EQ(page_up(0x1000), 0x1000);
	CHECK_EQ(align_up(1, MIB(2)), MIB(2));
	CHECK_EQ(align_up(MIB(2), MIB(2)), MIB(2));
	CHECK_EQ(MIB(4096), 1ULL << 32);
}

RUN_TESTS(add, normalize, normalize_refuses_overlap, resolve, to_pages, sets, cut, cut_keeps_types, contain, touch, text_round_trip,
	  typed_text_round_trip, parse_appends, malformed_text, alignment)
