/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding A's list of backup pages in a made-up vmcore. */
#include "save/backup_pages.h"

#include <elf.h>

#include "check.h"
#include "corefile.h"
#include "fixture.h"
#include "pages.h"

/* The flags of an entry of the list (include/linux/kexec.h, Linux 6.12). */
enum { DESTINATION = 1, INDIRECTION = 2, DONE = 4, SOURCE = 8, WORDS = PAGE_BYTES / sizeof(long) };

/* The page frames of A's memory are these two ranges. What lies before and between them is low memory and the window. */
enum { FIRST = 0x200, FIRST_COUNT = 0x40, SECOND = 0x300, SECOND_COUNT = 0x100 };

static struct core_segment segments[] = {
	{ .type = PT_NOTE, .offset = 0x400, .filesz = 0x100, .paddr = 0, .memsz = PAGE(16) },
	{ .type = PT_LOAD, .offset = PAGE(1), .paddr = PAGE(FIRST), .filesz = PAGE(FIRST_COUNT), .memsz = PAGE(FIRST_COUNT) },
	{ .type = PT_LOAD, .offset = PAGE(1 + FIRST_COUNT), .paddr = PAGE(SECOND), .filesz = PAGE(SECOND_COUNT),
	  .memsz = PAGE(SECOND_COUNT) },
};
static const struct elfcore core = { .segment = segments, .count = 3 };

static struct blob memory;
static struct bitmap kept;
static struct range window;

static unsigned long *page_of(uint64_t frame)
{
	uint64_t at = frame >= SECOND ? 1 + FIRST_COUNT + frame - SECOND : 1 + frame - FIRST;

	return (unsigned long *)(memory.data + PAGE(at));
}

static unsigned long entry(uint64_t frame, unsigned int flag)
{
	return (unsigned long)(PAGE(frame) | flag);
}

/* Begins with a vmcore in which all pages are kept, and hold zeros. */
static void begin(void)
{
	memory = corefile_build(ELFCLASS64, EM_X86_64, segments, 3, 0);
	window = (struct range){ PAGE(0x100), PAGE(0x104), 0 };
	if (bitmap_new(&kept, SECOND + SECOND_COUNT))
		abort();
	for (uint64_t frame = FIRST; frame < SECOND + SECOND_COUNT; frame++)
		bitmap_set(&kept, frame);
}

static int find(struct backup_pages *s)
{
	const char *root = fixture_root();
	char path[512];

	memset(s, 0, sizeof(*s));
	for (uint64_t frame = FIRST; frame < SECOND + SECOND_COUNT; frame++)
		if (frame < FIRST + FIRST_COUNT || frame >= SECOND)
			backup_pages_look(s, frame, page_of(frame));
	fixture_write(root, "vmcore", memory.data, memory.size);
	snprintf(path, sizeof(path), "%s/vmcore", root);
	return backup_pages_find(path, &core, &kept, &window, s);
}

static void end(void)
{
	free(memory.data);
	bitmap_free(&kept);
}

/* Describes what was found: "to<from+count" for each run, or "none". */
static void tell(const struct backup_pages *s, char text[512])
{
	snprintf(text, 512, "%s", s->found ? "" : "none");
	for (size_t i = 0; i < s->count && s->found; i++)
		sprintf(text + strlen(text), "%s%x<%x+%x", i ? " " : "", (unsigned int)s->run[i].to, (unsigned int)s->run[i].from,
			(unsigned int)s->run[i].count);
}

static void check_found(const char *want, int line)
{
	struct backup_pages s;
	char got[512];

	if (check_success(find(&s), __FILE__, line, want)) {
		tell(&s, got);
		check_text(got, want, __FILE__, line, want);
	}
	backup_pages_free(&s);
	CHECK(!s.run && !s.count && !s.starts);
}

#define CHECK_FOUND(want) check_found(want, __LINE__)

/* Puts a list of two pages at `frame`. It names some low memory, and the window, of which a page is its own backup page. */
static void put_list(uint64_t frame)
{
	unsigned long *e = page_of(frame);

	*e++ = entry(1, DESTINATION);
	*e++ = entry(0x310, SOURCE);
	*e++ = entry(0x311, SOURCE);
	*e++ = entry(0x208, SOURCE);
	*e++ = entry(0x100, DESTINATION);
	*e++ = entry(0x312, SOURCE);
	*e++ = entry(frame + 1, INDIRECTION);
	e = page_of(frame + 1);
	*e++ = entry(0x313, SOURCE);
	*e++ = entry(0x102, SOURCE);
	*e++ = entry(0x314, SOURCE);
	*e++ = DONE;
}

static void a_list(void)
{
	begin();
	put_list(0x220);
	CHECK_FOUND("3<208+1 1<310+2 100<312+2 103<314+1");
	end();
}

static void a_full_page(void)
{
	unsigned long *e;

	begin();
	window = (struct range){ PAGE(1), PAGE(0x81), 0 };
	e = page_of(0x220);
	e[0] = entry(1, DESTINATION);
	e[1] = entry(0x300, SOURCE);
	for (size_t i = 2; i < WORDS - 0x80; i++)
		e[i] = entry(2, DESTINATION);
	for (size_t i = 1; i < 0x80; i++)
		e[WORDS - 0x81 + i] = entry(0x300 + i, SOURCE);
	e[WORDS - 1] = entry(0x221, INDIRECTION);
	page_of(0x221)[0] = DONE;
	CHECK_FOUND("1<300+80");
	e[WORDS - 1] = DONE;
	CHECK_FOUND("1<300+80");
	e[WORDS - 1] = entry(2, DESTINATION);
	CHECK_FOUND("none");
	end();
}

static void no_list(void)
{
	begin();
	CHECK_FOUND("none");
	page_of(0x220)[0] = entry(1, DESTINATION);
	CHECK_FOUND("none");
	put_list(0x220);
	page_of(0x220)[0] = entry(0xa0, DESTINATION);
	CHECK_FOUND("none");
	page_of(0x220)[0] = entry(0, DESTINATION);
	CHECK_FOUND("none");
	/* Low memory need not begin at its first page. */
	page_of(0x220)[0] = entry(2, DESTINATION);
	CHECK_FOUND("4<208+1 2<310+2 100<312+2 103<314+1");
	end();
}

/* Each of these makes the list a wrong one, such as one that is left of a kernel that was loaded before, and whose pages others have now. */
static void broken_lists(void)
{
	static const struct {
		uint64_t frame;
		size_t at;
		unsigned long value;
	} wrong[] = {
		{ 0x221, 3, 0 },                                 /* it has no end */
		{ 0x221, 2, PAGE(0x314) | SOURCE | DESTINATION }, /* an entry of two kinds */
		{ 0x221, 2, PAGE(0x314) | SOURCE | 16 },         /* an entry of no kind */
		{ 0x220, 0, PAGE(1) | SOURCE },                  /* it does not begin with a destination */
		{ 0x220, 4, PAGE(0x205) | DESTINATION },         /* a destination in A's memory */
		{ 0x220, 4, PAGE(0x104) | DESTINATION },         /* a destination in no memory */
		{ 0x220, 4, (unsigned long)-1 << 12 | DESTINATION },
		{ 0x220, 4, PAGE(0xff) | DESTINATION },          /* not all of the window has a source */
		{ 0x221, 2, DONE },
		{ 0x221, 0, PAGE(0x100) | DESTINATION },         /* again not all of it */
		{ 0x220, 2, PAGE(1) | DESTINATION },             /* a destination twice */
		{ 0x221, 2, PAGE(0x310) | SOURCE },              /* a source twice */
		{ 0x221, 2, PAGE(0x150) | SOURCE },              /* a source outside of A's memory */
		{ 0x221, 2, PAGE(0x400) | SOURCE },              /* a source in no memory */
		{ 0x220, 6, PAGE(0x150) | INDIRECTION },
		{ 0x220, 6, PAGE(0x220) | INDIRECTION },         /* a page of the list that leads to itself */
		{ 0x220, 6, (unsigned long)-1 << 12 | INDIRECTION },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		begin();
		put_list(0x220);
		page_of(wrong[i].frame)[wrong[i].at] = wrong[i].value;
		CHECK_FOUND("none");
		end();
	}
}

static void pages_not_kept(void)
{
	static const uint64_t lost[] = { 0x220, 0x221, 0x310, 0x314 };

	for (size_t i = 0; i < sizeof(lost) / sizeof(*lost); i++) {
		begin();
		put_list(0x220);
		kept.word[lost[i] / 64] &= ~(1ULL << lost[i] % 64);
		CHECK_FOUND("none");
		end();
	}
}

/* Of two good lists either may be the wrong one, so none is taken. A single good one is taken, whatever else there is. */
static void several(void)
{
	begin();
	put_list(0x220);
	put_list(0x230);
	CHECK_FOUND("none");
	page_of(0x231)[3] = 0;
	CHECK_FOUND("3<208+1 1<310+2 100<312+2 103<314+1");
	memcpy(page_of(0x210), page_of(0x230), PAGE_BYTES);
	CHECK_FOUND("3<208+1 1<310+2 100<312+2 103<314+1");
	end();
	begin();
	for (uint64_t frame = 0x330; frame < 0x330 + 2 * BACKUP_STARTS_MAX; frame++) {
		page_of(frame)[0] = entry(1, DESTINATION);
		page_of(frame)[1] = entry(0x310, SOURCE);
	}
	CHECK_FOUND("none");
	end();
}

/* A page of a run is a source for another page, too. */
static void overlapping_sources(void)
{
	unsigned long *e;

	begin();
	e = page_of(0x220);
	*e++ = entry(1, DESTINATION);
	for (uint64_t i = 0; i < 8; i++)
		*e++ = entry(0x310 + i, SOURCE);
	*e++ = entry(0x314, SOURCE);
	*e++ = entry(0x100, DESTINATION);
	for (uint64_t i = 0; i < 4; i++)
		*e++ = entry(0x320 + i, SOURCE);
	*e++ = DONE;
	CHECK_FOUND("none");
	page_of(0x220)[9] = entry(0x318, SOURCE);
	CHECK_FOUND("1<310+9 100<320+4");
	end();
}

static void no_file(void)
{
	struct backup_pages s = { .start = { 0x220 }, .starts = 1 };

	begin();
	CHECK_FAILS(backup_pages_find("/none/vmcore", &core, &kept, &window, &s), "open: /none/vmcore");
	s.starts = 0;
	CHECK_OK(backup_pages_find("/none/vmcore", &core, &kept, &window, &s));
	backup_pages_free(&s);
	end();
}

RUN_TESTS(a_list, a_full_page, no_list, broken_lists, pages_not_kept, several, overlapping_sources, no_file)
