/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page filter: makedumpfile's bitmap is read from streams as it writes them, and wrong streams are refused. */
#include "save/page_filter.h"

#include <endian.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "pages.h"

/* Where the header's fields are, by makedumpfile's diskdump_mod.h for the machine that the test is built for, and the header's size. */
enum {
	WIDE = sizeof(long) == 8, BLOCK_SIZE = WIDE ? 428 : 416, SUB_BLOCKS = BLOCK_SIZE + 4, BITMAP_BLOCKS = BLOCK_SIZE + 8,
	MAX_MAPNR = BLOCK_SIZE + 12, DUMP_HEADER = WIDE ? 464 : 452
};

/* So many pages that each bitmap needs two blocks, of which the second is not full. */
#define PAGES (PAGE_BYTES * 8 + 12345)
#define HALF (2 * PAGE_BYTES)
#define BITMAP_1 (2 * PAGE_BYTES)
#define BITMAP_2 (BITMAP_1 + HALF)

struct stream {
	unsigned char data[65536];
	size_t size;
};

static unsigned char dump_header[DUMP_HEADER], bitmap[HALF];

static void add(struct stream *s, const void *data, size_t size)
{
	memcpy(s->data + s->size, data, size);
	s->size += size;
}

/* Adds the head of a piece, which says where its bytes belong in the file, and how many they are. */
static void add_head(struct stream *s, int64_t offset, int64_t size)
{
	const uint64_t head[] = { htobe64((uint64_t)offset), htobe64((uint64_t)size) };

	add(s, head, sizeof(head));
}

static void add_piece(struct stream *s, uint64_t offset, const void *data, size_t size)
{
	add_head(s, (int64_t)offset, (int64_t)size);
	add(s, data, size);
}

static void put(size_t at, uint32_t value)
{
	memcpy(dump_header + at, &value, sizeof(value));
}

/* Begins a stream with its own header, the file's header, and what makedumpfile writes before the bitmaps, in its order. */
static void begin(struct stream *s)
{
	static const char signature[4096] = "makedumpfile", notes[300] = "VMCOREINFO", sub_header[104];

	s->size = 0;
	add(s, signature, sizeof(signature));
	add_piece(s, 0, dump_header, sizeof(dump_header));
	add_piece(s, 4200, notes, sizeof(notes));
	add_piece(s, 4096, sub_header, sizeof(sub_header));
}

/* Makes header and bitmaps right again. */
static void reset(void)
{
	memset(dump_header, 0x55, sizeof(dump_header));
	memcpy(dump_header, "KDUMP   ", 8);
	put(BLOCK_SIZE, PAGE_BYTES);
	put(SUB_BLOCKS, 1);
	put(BITMAP_BLOCKS, 2 * HALF / PAGE_BYTES);
	put(MAX_MAPNR, PAGES);
	for (size_t i = 0; i < HALF; i++)
		bitmap[i] = (unsigned char)(i * 37 + i / 256);
	/* Behind the bit of the last page there is junk. */
	memset(bitmap + PAGES / 8 + 1, 0xff, HALF - PAGES / 8 - 1);
}

static void add_pages(struct stream *s)
{
	static const unsigned char page[PAGE_BYTES] = { 0 };

	add_piece(s, BITMAP_2 + HALF, page, 24);
	add_piece(s, BITMAP_2 + HALF + 24, page, PAGE_BYTES);
	add_head(s, -1, -1);
}

/* Adds the first bitmap, which is not the one that counts, and the second one, each in pieces of `size` bytes. */
static void add_bitmaps(struct stream *s, size_t size)
{
	static const unsigned char there[HALF] = { 0xa5 };

	for (size_t at = 0; at < HALF; at += size)
		add_piece(s, BITMAP_1 + at, there + at, at + size < HALF ? size : HALF - at);
	for (size_t at = 0; at < HALF; at += size)
		add_piece(s, BITMAP_2 + at, bitmap + at, at + size < HALF ? size : HALF - at);
}

/* Reads the page filter for a vmcore with `pages`. */
static int filter_of_pages(const struct stream *s, uint64_t pages, struct bitmap *kept)
{
	int fd = fixture_fd(s->data, s->size), ret = page_filter_read(fd, pages, kept);

	close(fd);
	return ret;
}

static int filter_of(const struct stream *s, struct bitmap *kept)
{
	return filter_of_pages(s, PAGES, kept);
}

/* Checks that `kept` says the same as the bitmap in the stream. */
static void check_kept(const struct bitmap *kept)
{
	size_t wrong = 0;

	CHECK_EQ(kept->bits, PAGES);
	for (uint64_t page = 0; page < PAGES; page++)
		wrong += page_in(kept, page) != (bitmap[page / 8] >> page % 8 & 1);
	CHECK_EQ(wrong, 0);
	CHECK_EQ(bitmap_next(kept, PAGES, PAGES + 64, true), PAGES + 64);
}

static void check_read(const struct stream *s)
{
	struct bitmap kept;

	if (CHECK_OK(filter_of(s, &kept)))
		check_kept(&kept);
	bitmap_free(&kept);
}

static void check_refused(const struct stream *s, const char *says, int line)
{
	struct bitmap kept;

	check_forget_failure();
	check_failure(filter_of(s, &kept), says, __FILE__, line, "page_filter_read");
	bitmap_free(&kept);
}

#define CHECK_REFUSED(s, says) check_refused(s, says, __LINE__)

static void as_makedumpfile_writes_it(void)
{
	static const size_t sizes[] = { PAGE_BYTES, HALF, 1000, 4097 };
	struct stream s;

	reset();
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		begin(&s);
		add_bitmaps(&s, sizes[i]);
		add_pages(&s);
		check_read(&s);
	}
}

/* With little memory makedumpfile works in cycles: it decides about some pages, and writes these, before it looks at the next ones. */
static void in_cycles(void)
{
	static const unsigned char page[PAGE_BYTES] = { 0 };
	struct stream s;

	reset();
	begin(&s);
	add_piece(&s, BITMAP_1, page, HALF / 2);
	add_piece(&s, BITMAP_2, bitmap, HALF / 2);
	add_piece(&s, BITMAP_2 + HALF, page, PAGE_BYTES);
	add_piece(&s, BITMAP_1 + HALF / 2, page, HALF / 2);
	add_piece(&s, BITMAP_2 + HALF / 2, bitmap + HALF / 2, HALF / 2);
	add_pages(&s);
	check_read(&s);
}

/* A piece that reaches from the first bitmap into the second; one that repeats bytes; and one that goes on behind the bitmaps. */
static void pieces_across_borders(void)
{
	unsigned char both[HALF + PAGE_BYTES] = { 0 };
	struct stream s;

	reset();
	memcpy(both + PAGE_BYTES, bitmap, HALF);
	begin(&s);
	add_piece(&s, BITMAP_2 - PAGE_BYTES, both, PAGE_BYTES + 100);
	add_piece(&s, BITMAP_2 - PAGE_BYTES, both, PAGE_BYTES + 500);
	memmove(both, both + PAGE_BYTES, HALF);
	add_piece(&s, BITMAP_2 + 500, both + 500, sizeof(both) - 500);
	check_read(&s);
}

static void holes_and_wrong_order(void)
{
	struct stream s;

	reset();
	begin(&s);
	add_piece(&s, BITMAP_2 + 8, bitmap + 8, HALF - 8);
	CHECK_REFUSED(&s, "leaves out bytes from 16384 to 16392");
	begin(&s);
	add_piece(&s, BITMAP_2, bitmap, 100);
	add_piece(&s, BITMAP_2 + 101, bitmap + 101, HALF - 101);
	CHECK_REFUSED(&s, "leaves out");
	begin(&s);
	add_piece(&s, BITMAP_2 + PAGE_BYTES, bitmap + PAGE_BYTES, PAGE_BYTES);
	add_piece(&s, BITMAP_2, bitmap, PAGE_BYTES);
	CHECK_REFUSED(&s, "leaves out");
	s.size = 4096;
	add_piece(&s, 1, dump_header + 1, sizeof(dump_header) - 1);
	CHECK_REFUSED(&s, "leaves out bytes from 0 to 1");
}

static void truncated(void)
{
	struct bitmap kept;
	struct stream s;
	size_t enough;
	int fd;

	reset();
	begin(&s);
	add_bitmaps(&s, PAGE_BYTES);
	/* The stream may end behind the last page's bit, but not before it. */
	enough = s.size - HALF + (PAGES + 7) / 8;
	fd = fixture_fd(s.data, s.size);
	for (size_t size = s.size; size--;) {
		CHECK(!ftruncate(fd, (off_t)size) && !lseek(fd, 0, SEEK_SET));
		if (size >= enough)
			CHECK_OK(page_filter_read(fd, PAGES, &kept));
		else
			CHECK_FAILS(page_filter_read(fd, PAGES, &kept), "early");
		bitmap_free(&kept);
	}
	close(fd);
}

static void other_signatures(void)
{
	struct stream s;

	reset();
	for (size_t at = 0; at < sizeof("makedumpfile"); at++) {
		begin(&s);
		add_bitmaps(&s, HALF);
		s.data[at] ^= 0x20;
		CHECK_REFUSED(&s, "no flattened stream");
	}
	for (size_t at = 0; at < 8; at++) {
		reset();
		dump_header[at] ^= 0x20;
		begin(&s);
		add_bitmaps(&s, HALF);
		CHECK_REFUSED(&s, "header of another kind");
	}
	/* The signature is that of an older format. */
	reset();
	memcpy(dump_header, "DISKDUMP", 8);
	begin(&s);
	CHECK_REFUSED(&s, "header of another kind");
}

static void absurd_headers(void)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *says;
	} cases[] = {
		{ BLOCK_SIZE, 0, "another kind" }, { BLOCK_SIZE, 8192, "another kind" }, { BLOCK_SIZE, UINT32_MAX, "another kind" },
		{ SUB_BLOCKS, 0, "another kind" }, { SUB_BLOCKS, UINT32_MAX, "another kind" },
		{ SUB_BLOCKS, 1 << 30, "another kind" }, { SUB_BLOCKS, INT32_MAX, "another kind" },
		{ BITMAP_BLOCKS, 1, "another kind" }, { BITMAP_BLOCKS, UINT32_MAX, "another kind" },
		{ BITMAP_BLOCKS, UINT32_MAX - 1, "another kind" },
		{ MAX_MAPNR, 0, "another kind" }, { MAX_MAPNR, UINT32_MAX, "another kind" },
		/* These bitmaps are too small for the pages. */
		{ BITMAP_BLOCKS, 0, "a bitmap of 0 bytes" }, { BITMAP_BLOCKS, 2, "a bitmap of 4096 bytes for 45113 pages" },
		{ MAX_MAPNR, HALF * 8 + 1, "a bitmap of 8192 bytes" }, { MAX_MAPNR, UINT32_MAX - 1, "a bitmap of 8192 bytes" },
	};
	struct stream s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		reset();
		put(cases[i].at, cases[i].value);
		begin(&s);
		add_bitmaps(&s, HALF);
		CHECK_REFUSED(&s, cases[i].says);
	}
}

/* The pages need all bits of the bitmap. */
static void full_bitmap(void)
{
	struct bitmap kept;
	struct stream s;

	reset();
	put(MAX_MAPNR, HALF * 8);
	begin(&s);
	add_bitmaps(&s, HALF);
	if (CHECK_OK(filter_of_pages(&s, HALF * 8, &kept)))
		CHECK(kept.bits == HALF * 8 && !memcmp(kept.word, bitmap, HALF));
	bitmap_free(&kept);
}

/* A stream with more pages than the vmcore has is refused, as memory would have to be found for them. */
static void pages_of_another_machine(void)
{
	struct bitmap kept;
	struct stream s;

	reset();
	begin(&s);
	add_bitmaps(&s, HALF);
	CHECK_FAILS(filter_of_pages(&s, PAGES - 1, &kept), "of 45113 pages, the vmcore of 45112");
	CHECK(!kept.word);
	if (CHECK_OK(filter_of_pages(&s, PAGES + 1, &kept)))
		check_kept(&kept);
	bitmap_free(&kept);
}

static void absurd_pieces(void)
{
	static const struct {
		int64_t offset, size;
	} cases[] = {
		{ -1, -1 }, { -1, 4096 }, { INT64_MIN, 4096 }, { BITMAP_2, 0 }, { BITMAP_2, -1 }, { BITMAP_2, INT64_MIN },
		{ BITMAP_2, INT64_MAX }, { INT64_MAX, INT64_MAX }, { 0, 1LL << 40 },
	};
	struct stream s;

	reset();
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		begin(&s);
		add_head(&s, cases[i].offset, cases[i].size);
		add_bitmaps(&s, HALF);
		CHECK_REFUSED(&s, "ends before its bitmap");
		s.size = 4096;
		add_head(&s, cases[i].offset, cases[i].size);
		add(&s, dump_header, sizeof(dump_header));
		CHECK_REFUSED(&s, "ends before its bitmap");
	}
	/* The piece is as far away in the file as it can be. */
	begin(&s);
	add_piece(&s, INT64_MAX, bitmap, 1);
	add_bitmaps(&s, HALF);
	check_read(&s);
}

/* A program takes makedumpfile's place, which writes a stream and then goes on to write. */
static void from_the_program(void)
{
	static const char script[] = "#!/bin/sh\n[ \"$1 $2 $3\" = '-F -d 16' ] && exec cat \"$4\" /dev/zero\n";
	const char *root = fixture_root(), *old_path = getenv("PATH");
	char path[512], program[512], new_path[4096];
	struct bitmap kept;
	struct stream s;

	reset();
	begin(&s);
	add_bitmaps(&s, PAGE_BYTES);
	fixture_write(root, "vmcore", s.data, s.size);
	fixture_text(root, "makedumpfile", script);
	snprintf(path, sizeof(path), "%s/vmcore", root);
	snprintf(program, sizeof(program), "%s/makedumpfile", root);
	snprintf(new_path, sizeof(new_path), "%s:%s", root, old_path);
	if (!CHECK(!chmod(program, 0700) && !setenv("PATH", new_path, 1)))
		return;
	if (CHECK_OK(page_filter_run(path, 16, PAGES, &kept)))
		check_kept(&kept);
	bitmap_free(&kept);
	/* A program that ends without a word is reported, too. */
	CHECK_FAILS(page_filter_run(path, 17, PAGES, &kept), "early");
	CHECK(!chmod(program, 0600) && !setenv("PATH", root, 1));
	CHECK_FAILS(page_filter_run(path, 16, PAGES, &kept), "makedumpfile: start");
}

RUN_TESTS(as_makedumpfile_writes_it, in_cycles, pieces_across_borders, holes_and_wrong_order, truncated, other_signatures,
	  absurd_headers, full_bitmap, pages_of_another_machine, absurd_pieces, from_the_program)
