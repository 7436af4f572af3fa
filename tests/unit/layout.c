/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How kept pages become PT_LOADs: small pictures, and random pages, which are compared with a page-by-page model. */
#include "save/layout.h"

#include <elf.h>

#include "check.h"
#include "corefile.h"
#include "pages.h"

/* Makes the bitmaps of a picture, which has a character for each page from page `first` on: D data, 0 zeros, . not kept. */
static void draw(const char *picture, uint64_t first, struct bitmap *kept, struct bitmap *zero)
{
	uint64_t bits = first + strlen(picture);

	if (bitmap_new(kept, bits) || bitmap_new(zero, bits))
		abort();
	for (uint64_t page = first; page < bits; page++) {
		if (picture[page - first] != '.')
			bitmap_set(kept, page);
		if (picture[page - first] == '0')
			bitmap_set(zero, page);
	}
}

/* Describes a layout: for each segment the page at which it begins, then its pages of data + its pages of zeros. */
static void tell(const struct layout *layout, uint64_t first, char text[512])
{
	*text = '\0';
	for (size_t i = 0; i < layout->count; i++) {
		const struct core_segment *s = &layout->segment[i];

		sprintf(text + strlen(text), "%s%d:%d+%d", i ? " " : "", (int)(s->paddr / PAGE_BYTES - first),
			(int)(s->filesz / PAGE_BYTES), (int)((s->memsz - s->filesz) / PAGE_BYTES));
	}
}

/* Lays out a core whose one PT_LOAD has the picture's pages, from page `first` and address `vaddr` on. */
static int lay_out(const char *picture, uint64_t first, uint64_t vaddr, size_t max, struct layout *layout)
{
	struct core_segment segment[] = {
		{ .type = PT_NOTE, .offset = 0x400, .filesz = 0x100 },
		{ .type = PT_LOAD, .offset = 0x1000, .vaddr = vaddr, .paddr = PAGE(first), .filesz = PAGE(strlen(picture)),
		  .memsz = PAGE(strlen(picture)) },
	};
	const struct elfcore core = { .segment = segment, .count = 2 };
	struct bitmap kept, zero;
	int ret;

	draw(picture, first, &kept, &zero);
	ret = layout_make(&core, &kept, &zero, max, layout);
	bitmap_free(&kept);
	bitmap_free(&zero);
	return ret;
}

static void check_picture(const char *picture, size_t max, const char *want, int line)
{
	struct layout layout;
	char got[512];

	if (check_success(lay_out(picture, 100, 0, max, &layout), __FILE__, line, picture)) {
		tell(&layout, 100, got);
		check_text(got, want, __FILE__, line, picture);
		layout_free(&layout);
		CHECK(!layout.segment && !layout.count);
	}
}

#define CHECK_PICTURE(picture, max, want) check_picture(picture, max, want, __LINE__)

static void runs(void)
{
	CHECK_PICTURE("DDDD", 9, "0:4+0");
	CHECK_PICTURE(".DD.", 9, "1:2+0");
	CHECK_PICTURE("D.DD.DDD", 9, "0:1+0 2:2+0 5:3+0");
	/* Zeros behind data are the end of its PT_LOAD, whatever follows. */
	CHECK_PICTURE("DD00", 9, "0:2+2");
	CHECK_PICTURE("DD00..D0", 9, "0:2+2 6:1+1");
	CHECK_PICTURE("DD00DD", 9, "0:2+2 4:2+0");
	CHECK_PICTURE("D0D0D0", 9, "0:1+1 2:1+1 4:1+1");
	/* Zeros before data need a PT_LOAD of their own. */
	CHECK_PICTURE("00DD", 9, "0:0+2 2:2+0");
	CHECK_PICTURE("DD.00D", 9, "0:2+0 3:0+2 5:1+0");
	CHECK_PICTURE("0000", 9, "0:0+4");
	CHECK_PICTURE("0.00", 9, "0:0+1 2:0+2");
	CHECK_PICTURE("....", 9, "");
	CHECK_PICTURE("....", 0, "");
	CHECK_PICTURE("D", 1, "0:1+0");
}

static void limit(void)
{
	/* With too few PT_LOADs short runs of zeros or of pages that are not kept become data: first those of one page, then of up to three. */
	CHECK_PICTURE("D.DD00DD....D", 4, "0:1+0 2:2+2 6:2+0 12:1+0");
	CHECK_PICTURE("D.DD00DD....D", 3, "0:4+2 6:2+0 12:1+0");
	CHECK_PICTURE("D.DD00DD....D", 2, "0:8+0 12:1+0");
	CHECK_PICTURE("D.DD00DD....D", 1, "0:13+0");
	/* Zeros at the end of a run need no PT_LOAD, so they stay zeros. */
	CHECK_PICTURE("D0D0", 1, "0:3+1");
	CHECK_PICTURE("00D0.0D00", 1, "0:7+2");
	CHECK_PICTURE("0000", 1, "0:0+4");
	CHECK_PICTURE("0...0", 1, "0:4+1");
}

static void limit_that_cannot_be_kept(void)
{
	struct layout layout;

	CHECK_FAILS(lay_out(".D.D.", 100, 0, 0, &layout), "1 PT_LOADs, 0 fit");
	layout_free(&layout);
}

/* Where there was no zero scan, no page is known to be zero. */
static void no_zeros_known(void)
{
	struct core_segment segment = { .type = PT_LOAD, .paddr = PAGE(100), .memsz = PAGE(8) };
	const struct elfcore core = { .segment = &segment, .count = 1 };
	struct bitmap kept, unused, zero;
	struct layout layout;
	char got[512];

	draw("D.DDDD.D", 100, &kept, &unused);
	if (!CHECK_OK(bitmap_new(&zero, 0)))
		return;
	if (CHECK_OK(layout_make(&core, &kept, &zero, 9, &layout))) {
		tell(&layout, 100, got);
		CHECK_STR(got, "0:1+0 2:4+0 7:1+0");
		layout_free(&layout);
	}
	bitmap_free(&kept);
	bitmap_free(&unused);
	bitmap_free(&zero);
}

/* Where a bitmap has fewer bits than there are pages, the other pages are not kept. */
static void short_bitmap(void)
{
	struct core_segment segment = { .type = PT_LOAD, .paddr = PAGE(100), .memsz = PAGE(1000) };
	const struct elfcore core = { .segment = &segment, .count = 1 };
	struct bitmap kept, zero;
	struct layout layout;
	char got[512];

	draw("D.DD00", 100, &kept, &zero);
	if (CHECK_OK(layout_make(&core, &kept, &zero, 9, &layout))) {
		tell(&layout, 100, got);
		CHECK_STR(got, "0:1+0 2:2+2");
		layout_free(&layout);
	}
	bitmap_free(&kept);
	bitmap_free(&zero);
}

static void virtual_addresses(void)
{
	struct layout layout;

	if (CHECK_OK(lay_out("D.0D", 100, 0xc0064000, 9, &layout)) && CHECK_EQ(layout.count, 3)) {
		CHECK_EQ(layout.segment[0].vaddr, 0xc0064000);
		CHECK_EQ(layout.segment[1].vaddr, 0xc0066000);
		CHECK_EQ(layout.segment[2].vaddr, 0xc0067000);
	}
	layout_free(&layout);
	if (CHECK_OK(lay_out("D.0D", 100, 0, 9, &layout)) && CHECK_EQ(layout.count, 3))
		for (size_t i = 0; i < 3; i++)
			CHECK_EQ(layout.segment[i].vaddr, 0);
	layout_free(&layout);
}

static void parts_of_pages(void)
{
	static const struct core_segment bad[] = {
		{ .type = PT_LOAD, .paddr = 0x1800, .memsz = 0x1000 }, { .type = PT_LOAD, .paddr = 0x1000, .memsz = 0x1001 },
	};
	struct bitmap kept, zero;
	struct layout layout;

	draw("DDDD", 0, &kept, &zero);
	for (size_t i = 0; i < 2; i++) {
		const struct elfcore core = { .segment = (struct core_segment *)&bad[i], .count = 1 };

		CHECK_FAILS(layout_make(&core, &kept, &zero, 9, &layout), "is not whole pages");
		layout_free(&layout);
	}
	bitmap_free(&kept);
	bitmap_free(&zero);
}

static void find(void)
{
	/* There are segments without data at the start, between others, and at the end. */
	static const char picture[] = "0.DD.0.0.D.DDD0.0";
	static const struct {
		uint64_t offset;
		size_t want;
	} cases[] = { { 0, 1 }, { PAGE(2) - 1, 1 }, { PAGE(2), 4 }, { PAGE(3) - 1, 4 }, { PAGE(3), 5 }, { PAGE(6) - 1, 5 },
		      { PAGE(6), 7 }, { UINT64_MAX, 7 } };
	struct layout layout;

	if (CHECK_OK(lay_out(picture, 0, 0, 99, &layout)) && CHECK_EQ(layout.count, 7))
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
			CHECK_EQ(layout_find(&layout, cases[i].offset), cases[i].want);
	layout_free(&layout);
}

static void check_view(const struct core_segment *got, struct core_segment want)
{
	CHECK_EQ(got->type, PT_LOAD);
	CHECK_EQ(got->flags, PF_R);
	CHECK_EQ(got->paddr, PAGE(want.paddr));
	CHECK_EQ(got->vaddr, want.vaddr);
	CHECK_EQ(got->offset, PAGE(want.offset));
	CHECK_EQ(got->filesz, PAGE(want.filesz));
	CHECK_EQ(got->memsz, PAGE(want.memsz));
}

static void views(void)
{
	/* Page frames 100 to 117. In the data, pages 102 and 103 come first. */
	static const char picture[] = "0.DD.0.0.D.DDD000.";
	struct core_segment segment = { .type = PT_LOAD, .vaddr = PAGE(0x80064), .paddr = PAGE(100), .memsz = PAGE(18) };
	const struct elfcore core = { .segment = &segment, .count = 1 };
	struct backup_run run[] = {
		{ 20, 99, 2 },  /* its first page is in no segment */
		{ 5, 102, 1 },  /* only a part is in a segment */
		{ 7, 103, 8 },  /* it covers several segments, and pages that are in none */
		{ 40, 112, 3 }, /* it has data, and then zeros */
		{ 30, 115, 1 }, { 35, 117, 1 },
	};
	const struct backup_pages backup = { .run = run, .count = 6 };
	struct bitmap kept, zero;
	struct layout layout;

	draw(picture, 100, &kept, &zero);
	if (CHECK_OK(layout_make(&core, &kept, &zero, 99, &layout)) &&
	    CHECK_OK(layout_add_views(&layout, &core, &backup)) && CHECK_EQ(layout.views, 8)) {
		check_view(&layout.view[0], (struct core_segment){ .paddr = 5, .offset = 0, .filesz = 1, .memsz = 1, .vaddr = PAGE(0x80005) });
		check_view(&layout.view[1], (struct core_segment){ .paddr = 7, .offset = 1, .filesz = 1, .memsz = 1, .vaddr = PAGE(0x80007) });
		check_view(&layout.view[2], (struct core_segment){ .paddr = 9, .offset = 2, .memsz = 1, .vaddr = PAGE(0x80009) });
		check_view(&layout.view[3], (struct core_segment){ .paddr = 11, .offset = 2, .memsz = 1, .vaddr = PAGE(0x8000b) });
		check_view(&layout.view[4], (struct core_segment){ .paddr = 13, .offset = 2, .filesz = 1, .memsz = 1, .vaddr = PAGE(0x8000d) });
		check_view(&layout.view[5], (struct core_segment){ .paddr = 21, .offset = 0, .memsz = 1, .vaddr = PAGE(0x80015) });
		check_view(&layout.view[6], (struct core_segment){ .paddr = 30, .offset = 6, .memsz = 1, .vaddr = PAGE(0x8001e) });
		check_view(&layout.view[7], (struct core_segment){ .paddr = 40, .offset = 4, .filesz = 2, .memsz = 3, .vaddr = PAGE(0x80028) });
	}
	layout_free(&layout);
	CHECK(!layout.view && !layout.views);
	/* Segments of a core without virtual addresses have none either. */
	segment.vaddr = 0;
	if (CHECK_OK(layout_make(&core, &kept, &zero, 99, &layout)) &&
	    CHECK_OK(layout_add_views(&layout, &core, &backup)) && CHECK_EQ(layout.views, 8))
		CHECK_EQ(layout.view[7].vaddr, 0);
	layout_free(&layout);
	bitmap_free(&kept);
	bitmap_free(&zero);
}

/* If there were more views than any window needs, there are none. */
static void too_many_views(void)
{
	enum { RUNS = LAYOUT_VIEWS_MAX + 1, BITS = 2 * RUNS };
	struct core_segment segment = { .type = PT_LOAD, .memsz = PAGE(BITS) };
	const struct elfcore core = { .segment = &segment, .count = 1 };
	struct backup_pages backup = { .run = calloc(RUNS, sizeof(struct backup_run)), .count = RUNS };
	struct bitmap kept, zero;
	struct layout layout;

	if (!backup.run || bitmap_new(&kept, BITS) || bitmap_new(&zero, 0))
		abort();
	for (uint64_t i = 0; i < RUNS; i++) {
		backup.run[i] = (struct backup_run){ i, 2 * i, 1 };
		bitmap_set(&kept, 2 * i);
	}
	if (CHECK_OK(layout_make(&core, &kept, &zero, RUNS, &layout)))
		CHECK_FAILS(layout_add_views(&layout, &core, &backup), "more than 65536 views");
	CHECK_EQ(layout.views, 0);
	CHECK_EQ(layout.count, RUNS);
	layout_free(&layout);
	free(backup.run);
	bitmap_free(&kept);
	bitmap_free(&zero);
}

/* Several PT_LOADs, not in the order of addresses. Two lie side by side, and one has a single page. */
static const struct core_segment several[] = {
	{ .type = PT_LOAD, .vaddr = 0x80100000, .paddr = PAGE(256), .memsz = PAGE(130) },
	{ .type = PT_NOTE, .offset = 0x400, .paddr = PAGE(64), .filesz = 0x100, .memsz = PAGE(20) },
	{ .type = PT_LOAD, .vaddr = 0, .paddr = PAGE(386), .memsz = PAGE(64) },
	{ .type = PT_LOAD, .vaddr = 0x8003f000, .paddr = PAGE(63), .memsz = PAGE(66) },
	{ .type = PT_LOAD, .vaddr = 0x80001000, .paddr = PAGE(1), .memsz = PAGE(1) },
};

enum { SEVERAL = sizeof(several) / sizeof(*several), BITS = 500 };

/* Random bitmaps: of 16 pages `left_out` are not kept and `zeros` are zero, in runs of about `run` pages. */
static void draw_random(struct bitmap *kept, struct bitmap *zero, long left_out, long zeros, long run)
{
	bool is_kept = true, is_zero = false;

	if (bitmap_new(kept, BITS) || bitmap_new(zero, BITS))
		abort();
	for (uint64_t page = 0; page < BITS; page++) {
		if (lrand48() % run == 0) {
			is_kept = lrand48() % 16 >= left_out;
			is_zero = lrand48() % 16 < zeros;
		}
		if (is_kept)
			bitmap_set(kept, page);
		if (is_kept && is_zero)
			bitmap_set(zero, page);
	}
}

/* The PT_LOAD of `several` in which page `page` is, or NULL. */
static const struct core_segment *origin(uint64_t page)
{
	for (size_t i = 0; i < SEVERAL; i++)
		if (several[i].type == PT_LOAD && PAGE(page) - several[i].paddr < several[i].memsz)
			return &several[i];
	return NULL;
}

/* How many PT_LOADs there are if nothing is merged: data begins one unless it follows data, zeros unless they follow a kept page. */
static size_t count_runs(const struct bitmap *kept, const struct bitmap *zero)
{
	size_t count = 0;

	for (uint64_t page = 0; page < BITS; page++) {
		bool goes_on = page && origin(page - 1) == origin(page) && page_in(kept, page - 1);

		if (origin(page) && page_in(kept, page) && !(goes_on && (page_in(zero, page) || !page_in(zero, page - 1))))
			count++;
	}
	return count;
}

/* Checks what holds for every layout: each segment lies in one PT_LOAD, and the data of all lies one after another. */
static void check_segments(const struct layout *layout)
{
	uint64_t offset = 0;

	for (size_t i = 0; i < layout->count; i++) {
		const struct core_segment *s = &layout->segment[i], *from = origin(s->paddr / PAGE_BYTES);

		CHECK_EQ(s->type, PT_LOAD);
		CHECK_EQ(s->offset, offset);
		CHECK(s->memsz && s->filesz <= s->memsz && s->filesz % PAGE_BYTES == 0);
		if (CHECK(from != NULL)) {
			CHECK(s->paddr + s->memsz <= from->paddr + from->memsz);
			CHECK_EQ(s->vaddr, from->vaddr ? from->vaddr + (s->paddr - from->paddr) : 0);
		}
		offset += s->filesz;
	}
	CHECK_EQ(layout->data, offset);
}

/* Of how many pages the layout says something else than the bitmaps. If `merged`, any page may be data. */
static size_t count_wrong(const struct layout *layout, const struct bitmap *kept, const struct bitmap *zero, bool merged)
{
	size_t wrong = 0;

	for (uint64_t page = 0; page < BITS; page++) {
		enum place data = page_in(zero, page) ? PLACE_ZEROS : PLACE_DATA;
		enum place want = origin(page) && page_in(kept, page) ? data : PLACE_NOWHERE;
		uint64_t offset;
		enum place got = corefile_place(layout->segment, layout->count, PAGE(page), &offset);

		wrong += got != want && !(merged && origin(page) && got == PLACE_DATA);
	}
	return wrong;
}

static void random_filters(void)
{
	const struct elfcore core = { .segment = (struct core_segment *)several, .count = SEVERAL };

	for (int i = 0; i < 400; i++) {
		struct bitmap kept, zero;
		struct layout whole, merged;
		size_t max;

		draw_random(&kept, &zero, i % 17, i / 17 % 17, 1 + i % 7);
		if (CHECK_OK(layout_make(&core, &kept, &zero, BITS, &whole))) {
			check_segments(&whole);
			CHECK_EQ(whole.count, count_runs(&kept, &zero));
			CHECK_EQ(count_wrong(&whole, &kept, &zero, false), 0);
		}
		max = whole.count / 2 + 4;
		if (CHECK_OK(layout_make(&core, &kept, &zero, max, &merged))) {
			check_segments(&merged);
			CHECK(merged.count <= max);
			CHECK_EQ(count_wrong(&merged, &kept, &zero, true), 0);
		}
		layout_free(&whole);
		layout_free(&merged);
		bitmap_free(&kept);
		bitmap_free(&zero);
	}
}

RUN_TESTS(runs, limit, limit_that_cannot_be_kept, no_zeros_known, short_bitmap, virtual_addresses, parts_of_pages, find, views, too_many_views,
	  random_filters)
