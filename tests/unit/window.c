/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The choice of the window, and reading what the user asks for. */
#include "kexec/window.h"
#include "save/work.h"

#include "arch/arch.h"
#include "check.h"
#include "fixture.h"

/* Stands for the look into /proc/kpageflags: `context` is a list of ranges, the obstacles, or NULL for an error. */
static uint64_t last_obstacle(void *context, uint64_t start, uint64_t end)
{
	const struct ranges *blocked = context;
	uint64_t last = 0;

	if (!blocked) {
		fail("obstacle", 0, "cannot be read");
		return UINT64_MAX;
	}
	for (size_t i = 0; i < blocked->count; i++) {
		const struct range *r = &blocked->item[i];

		if (r->start < end && start < r->end && r->end > last)
			last = r->end < end ? r->end : end;
	}
	return last;
}

static int choose(struct window_request request, const char *ram_text, const char *blocked_text,
		  struct range *window)
{
	struct ranges ram = fixture_ranges(ram_text), blocked = fixture_ranges(blocked_text);
	int ret = window_choose(&request, &ram, last_obstacle, &blocked, window);

	ranges_free(&ram);
	ranges_free(&blocked);
	return ret;
}

static void check_choice(struct window_request request, const char *ram, const char *blocked,
			 uint64_t start, uint64_t end, int line)
{
	struct range window = { 0 };

	check_forget_failure();
	check_success(choose(request, ram, blocked, &window), __FILE__, line, "window_choose");
	check_equal(window.start, start, __FILE__, line, "window.start");
	check_equal(window.end, end, __FILE__, line, "window.end");
}

#define CHECK_CHOICE(request, ram, blocked, start, end) \
	check_choice((struct window_request)request, ram, blocked, start, end, __LINE__)
#define R(...) { __VA_ARGS__ }

/* The RAM of a machine, all of it below the highest address for a window on any architecture. */
#define PC "1000-9f000,100000-20000000"

/* The size that most tests ask for. */
#define SIZE .size = MIB(64)

static void usual_size(void)
{
	CHECK_CHOICE(R(0), PC, "", MIB(16), MIB(64));
	CHECK_CHOICE(R(.at = 0x8000000), PC, "", 0x8000000, 0xb000000);
	/* B needs more memory with more RAM. These are 16 GiB, and a page more. */
	CHECK_CHOICE(R(0), "1000000-21000000,100000000-4e0000000", "", MIB(16), MIB(64));
	CHECK_CHOICE(R(0), "1000000-21001000,100000000-4e0000000", "", MIB(16), MIB(80));
	/* These are 64 GiB, and 256 GiB more. */
	CHECK_CHOICE(R(0), "1000000-21000000,100000000-10e0000000", "", MIB(16), MIB(80));
	CHECK_CHOICE(R(0), "1000000-21000000,100000000-50e0000000", "", MIB(16), MIB(144));
}

/* The window of a machine with 16 GiB has room for all that it needs. With more RAM, a larger window has room for what grows with RAM. */
static void large_enough(void)
{
	const uint64_t gib = 1ULL << 30, most = 4096 * gib;

	CHECK_EQ(window_usual(64 * gib), MIB(64));
	CHECK_EQ(window_usual(64 * gib + 1), MIB(64));
	CHECK_EQ(window_usual(65 * gib), MIB(66));
	CHECK_EQ(save_work(64 * gib), MIB(7));
	for (uint64_t ram = gib; ram <= most; ram += gib)
		if (!CHECK(window_usual(ram) >= WINDOW_DEFAULT + 2 * (save_work(ram) - save_work(ram < 16 * gib ? ram : 16 * gib))))
			break;
	for (uint64_t ram = gib; ram < most; ram += gib)
		if (!CHECK(window_usual(ram) <= window_usual(ram + gib)))
			break;
}

static void lowest_that_fits(void)
{
	CHECK_CHOICE(R(SIZE), PC, "", MIB(16), MIB(80));
	CHECK_CHOICE(R(.size = MIB(32)), PC, "", MIB(16), MIB(48));
	CHECK_CHOICE(R(SIZE), "100000-4000000,8000000-40000000", "", 0x8000000, 0xc000000);
	/* The start is aligned upwards in a range of RAM, in which the end has to fit, too. */
	CHECK_CHOICE(R(SIZE), "100000-1100000,3001000-40000000", "", 0x3200000, 0x7200000);
	CHECK_CHOICE(R(SIZE), "3001000-7001000,8000000-c000000", "", 0x8000000, 0xc000000);
}

static void obstacles(void)
{
	CHECK_CHOICE(R(SIZE), PC, "1000000-1001000", 0x1200000, 0x5200000);
	CHECK_CHOICE(R(SIZE), PC, "1000000-3000000", 0x3000000, 0x7000000);
	CHECK_CHOICE(R(SIZE), PC, "4fff000-5000000", 0x5000000, 0x9000000);
	CHECK_CHOICE(R(SIZE), PC, "5000000-5001000", 0x1000000, 0x5000000);
	CHECK_CHOICE(R(SIZE), PC, "2000000-2001000,6000000-6001000", 0x6200000, 0xa200000);
	/* If there is no room after a range's last obstacle, the next range is tried. */
	CHECK_CHOICE(R(SIZE), "1000000-6000000,8000000-c000000", "3000000-3001000", 0x8000000, 0xc000000);
}

static void no_room(void)
{
	struct range window;

	CHECK_FAILS(choose((struct window_request){ SIZE }, "1000000-4fff000", "", &window), "no 64 MiB");
	CHECK_FAILS(choose((struct window_request){ SIZE }, "", "", &window), "no 64 MiB");
	CHECK_FAILS(choose((struct window_request){ SIZE }, "100000-8000000", "4000000-4001000", &window), "no 64 MiB");
	CHECK_FAILS(choose((struct window_request){ .size = MIB(8192) }, "100000000-400000000", "", &window), "no 8192 MiB");
	CHECK_FAILS(choose((struct window_request){ .size = UINT64_MAX - 0xfff }, PC, "", &window), "MiB");
}

static void obstacle_unknown(void)
{
	struct ranges ram = fixture_ranges(PC);
	struct window_request request = { 0 };
	struct range window;

	CHECK_FAILS(window_choose(&request, &ram, last_obstacle, NULL, &window), "cannot be read");
	ranges_free(&ram);
}

static void fixed_address(void)
{
	struct range window;

	CHECK_CHOICE(R(SIZE, .at = 0x8000000), PC, "", 0x8000000, 0xc000000);
	CHECK_CHOICE(R(.at = 0x8000000, .size = MIB(2)), PC, "7fff000-8000000,8200000-9000000", 0x8000000, 0x8200000);
	/* The window ends exactly where RAM does. */
	CHECK_CHOICE(R(SIZE, .at = 0x1c000000), PC, "", 0x1c000000, 0x20000000);
	CHECK_FAILS(choose((struct window_request){ SIZE, .at = 0x1c200000 }, PC, "", &window), "no 64 MiB");
	CHECK_FAILS(choose((struct window_request){ SIZE, .at = 0x8000000 }, PC, "9000000-9001000", &window), "holds memory");
	CHECK_FAILS(choose((struct window_request){ SIZE, .at = 0x28000000 }, PC, "", &window), "no 64 MiB");
	/* The address is in a hole, and there is RAM after it. */
	CHECK_FAILS(choose((struct window_request){ SIZE, .at = 0x2000000 }, "1000000-2000000,3000000-20000000", "", &window), "no 64 MiB");
	CHECK_FAILS(choose((struct window_request){ SIZE, .at = MIB(14) }, PC, "", &window), "not between");
	CHECK_FAILS(choose((struct window_request){ SIZE, .at = MIB(4096) }, "100000000-200000000", "", &window), "not between");
	CHECK_FAILS(choose((struct window_request){ .at = 0xffffffffffe00000, .size = MIB(4) }, PC, "", &window), "window");
}

static void limits(void)
{
	struct range window;

	CHECK_CHOICE(R(SIZE, .min = 0x8000000), PC, "", 0x8000000, 0xc000000);
	CHECK_CHOICE(R(SIZE, .min = 0x8000001), PC, "", 0x8200000, 0xc200000);
	CHECK_CHOICE(R(SIZE, .min = 0x1000), PC, "", 0x1000000, 0x5000000);
	CHECK_CHOICE(R(SIZE, .max = 0x5000000), PC, "", 0x1000000, 0x5000000);
	CHECK_CHOICE(R(SIZE, .min = 0x8000000, .max = 0xc000000), PC, "", 0x8000000, 0xc000000);
	CHECK_FAILS(choose((struct window_request){ SIZE, .max = 0x4fff000 }, PC, "", &window), "no 64 MiB");
	CHECK_FAILS(choose((struct window_request){ SIZE, .min = 0x8000000, .max = 0xbfff000 }, PC, "", &window), "no 64 MiB");
	CHECK_FAILS(choose((struct window_request){ SIZE, .min = 0x8000000, .max = 0x7000000 }, PC, "", &window), "no 64 MiB");
}

/* A limit at the end of all addresses must not become address 0 when it is rounded up. */
static void limit_at_the_end_of_all_addresses(void)
{
	struct range window;

	CHECK_FAILS(choose((struct window_request){ SIZE, .min = UINT64_MAX }, "0-40000000", "", &window), "no 64 MiB");
}

/* RAM that begins at `start` and goes on above the highest address for a window. */
static const char *ram_from(uint64_t start)
{
	static char text[64];
	uint64_t end = ARCH_WINDOW_HIGHEST + MIB(2048);

	snprintf(text, sizeof(text), "%" PRIx64 "-%" PRIx64, start, end);
	return text;
}

static void highest_edge(void)
{
	const uint64_t end = ARCH_WINDOW_HIGHEST, last = end - MIB(64);
	struct range window;
	char refusal[64];

	CHECK_CHOICE(R(SIZE), ram_from(last), "", last, end);
	CHECK_FAILS(choose((struct window_request){ SIZE }, ram_from(last + PAGE_BYTES), "", &window), "no 64 MiB");
	CHECK_FAILS(choose((struct window_request){ SIZE }, ram_from(end), "", &window), "no 64 MiB");
	CHECK_FAILS(choose((struct window_request){ SIZE, .max = 2 * end }, ram_from(end), "", &window), "no 64 MiB");
	CHECK_CHOICE(R(SIZE, .at = last), ram_from(last), "", last, end);
	snprintf(refusal, sizeof(refusal), "is not between 16 MiB and %u MiB", ARCH_ELF_CLASS == ELFCLASS64 ? 4096 : 768);
	CHECK_FAILS(choose((struct window_request){ SIZE, .at = last + MIB(2) }, ram_from(last), "", &window), refusal);
}

static void parse(void)
{
	static const struct {
		const char *text;
		uint64_t size, at;
	} good[] = {
		{ "64M", MIB(64), 0 }, { "64m@128m", MIB(64), MIB(128) }, { "65536K@0x8000000", MIB(64), MIB(128) },
		{ "1g@1G", MIB(1024), MIB(1024) }, { "4096", 4096, 0 }, { "0x4000000@0x2000000", MIB(64), MIB(32) },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct window_request request = { 0 };

		CHECK_OK(window_parse(good[i].text, &request));
		CHECK_EQ(request.size, good[i].size);
		CHECK_EQ(request.at, good[i].at);
	}
}

static void parse_garbage(void)
{
	static const char *const bad[] = {
		"", "@", "@128M", "M", "64M@", "64M@M", "64M@0", "0", "0@128M", "-64M", "+64M", " 64M", "64 M", "64M ",
		"64MM", "64T", "64M@128M@256M", "64M@128MB", "64M@-1", "sixty", "0x", "64M,128M", "64M@ 128M",
		"1000", "64M@1000", "64M@1M", "64M@129M",
		"18446744073709551616", "17179869184G", "0x10000000000000000", "18014398509481984K",
		"64M@18446744073709551616", "64M@17179869184G", "99999999999999999999999999",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct window_request request = { 0 };

		if (!CHECK_FAILS(window_parse(bad[i], &request), "window"))
			printf("  the text was \"%s\"\n", bad[i]);
	}
}

static void ranges_of_metadata(void)
{
	static const char *const bad[] = {
		"", "-", "4000000", "4000000-", "-7000000", "7000000-4000000", "4000000-4000000", "4000001-7000000", "4000000-7000800",
		"4000000-7000000,8000000-9000000", "4000000-7000000:1", "fffff000-100001000", "64M-112M", "0x4000000@0x3000000",
	};
	struct range window = { 1, 2, 0 };
	char text[WINDOW_TEXT_SIZE];

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!CHECK_FAILS(window_range_parse(bad[i], &window), "window: not START-END"))
			printf("  it was \"%s\"\n", bad[i]);
	CHECK_EQ(window.start, 1);
	CHECK_OK(window_range_parse("4000000-7000000", &window));
	CHECK_EQ(window.start, 0x4000000);
	CHECK_EQ(window.end, 0x7000000);
	window_range_text(&window, text);
	CHECK_STR(text, "4000000-7000000");
	CHECK_OK(window_range_parse("ffe00000-100000000", &window));
	window_range_text(&window, text);
	CHECK_STR(text, "ffe00000-100000000");
}

/* A window that is printed for the kernel command line is read as the same window. */
static void there_and_back(void)
{
	const struct range window = { 0x4000000, 0x7000000, 0 };
	struct window_request request = { 0 };
	char text[WINDOW_TEXT_SIZE];

	window_text(&window, text);
	CHECK_STR(text, "0x3000000@0x4000000");
	CHECK_OK(window_parse(text, &request));
	CHECK_EQ(request.at, window.start);
	CHECK_EQ(request.size, window.end - window.start);
}

RUN_TESTS(ranges_of_metadata, there_and_back,
	  usual_size, large_enough, lowest_that_fits, obstacles, no_room, obstacle_unknown, fixed_address, limits,
	  limit_at_the_end_of_all_addresses, highest_edge, parse, parse_garbage)
