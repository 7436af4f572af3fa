/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is concluded of a kernel's free pages. tests/boot/told asks real kernels. */
#include "kernel/free_pages.h"

#include "check.h"

static const struct free_pages_seen as_they_were = { 1024, 1000, 20, 0 }, cleared = { 1024, 31, 990, 0 },
	poisoned = { 1024, 31, 3, 990 }, used_by_others = { 1024, 500, 200, 0 }, not_seen = { 0 };

static void by_what_is_seen(void)
{
	CHECK_EQ(free_pages_judge(&as_they_were, ""), FREE_PAGES_ANY);
	CHECK_EQ(free_pages_judge(&cleared, ""), FREE_PAGES_ZERO);
	CHECK_EQ(free_pages_judge(&poisoned, ""), FREE_PAGES_KEPT);
	/* In doubt zeros, which never do harm; but poison is never taken for a doubt. */
	CHECK_EQ(free_pages_judge(&used_by_others, ""), FREE_PAGES_ZERO);
	CHECK_EQ(free_pages_judge(&not_seen, ""), FREE_PAGES_ZERO);
	CHECK_EQ(free_pages_judge(&(struct free_pages_seen){ 1024, 767, 257, 0 }, ""), FREE_PAGES_ZERO);
	CHECK_EQ(free_pages_judge(&(struct free_pages_seen){ 1024, 768, 256, 0 }, ""), FREE_PAGES_ANY);
	CHECK_EQ(free_pages_judge(&(struct free_pages_seen){ 1024, 800, 0, 65 }, ""), FREE_PAGES_KEPT);
	CHECK_EQ(free_pages_judge(&(struct free_pages_seen){ 1, 1, 0, 0 }, ""), FREE_PAGES_ANY);
	/* What the command line says of zeros does not count: the kernel may not know it, or have its own default. */
	CHECK_EQ(free_pages_judge(&as_they_were, "init_on_free=1"), FREE_PAGES_ANY);
	CHECK_EQ(free_pages_judge(&cleared, "init_on_free=0"), FREE_PAGES_ZERO);
}

/* Poisoned pages look like zeros where the kernel does not show free pages. */
static void by_the_command_line(void)
{
	static const char *const on[] = {
		"page_poison=1\n", "page-poison=on", "\"page_poison=y\"", "page_poison=\"1\"", "page_poison=0 page_poison=true", "page_poison=t",
		"page_poison=O", "page_poison=ON", "page_poison", "page_poison=", "page_poison=what", "quiet debug_pagealloc=on page_poison=1 -- x",
	};
	static const char *const off[] = {
		"", "page_poison=0", "page_poison=off", "page_poison=OFF", "page_poison=no", "page_poison=false", "page_poison=1 page-poison=n",
		"-- page_poison=1", "xpage_poison=1", "page_poisoning=1", "x=\"page_poison=1\"", "debug_pagealloc=on", "init_on_free=1",
	};

	for (size_t i = 0; i < sizeof(on) / sizeof(*on); i++) {
		check_true(free_pages_judge(&cleared, on[i]) == FREE_PAGES_KEPT, __FILE__, __LINE__, on[i]);
		check_true(free_pages_judge(&not_seen, on[i]) == FREE_PAGES_KEPT, __FILE__, __LINE__, on[i]);
	}
	for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++)
		check_true(free_pages_judge(&cleared, off[i]) == FREE_PAGES_ZERO, __FILE__, __LINE__, off[i]);
}

RUN_TESTS(by_what_is_seen, by_the_command_line)
