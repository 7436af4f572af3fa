/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that cannot be frozen, in a made-up /proc. */
#include "kernel/stuck.h"

#include "check.h"
#include "fixture.h"

/* What Linux 6.12 writes, up to the flags; `flags` are those of a process, or with PF_KTHREAD of a kernel thread. */
#define PROCESS "4194304"
#define KTHREAD "2129984"
#define STAT(name, state, flags) "71 (" name ") " state " 1 71 71 0 -1 " flags " 120 0 0 0 0 0 0 0 20 0 1 0 912 2453504 1 18446744073709551615\n"

static void add(const char *root, const char *place, const char *stat)
{
	char path[128];

	snprintf(path, sizeof(path), "proc/%s/stat", place);
	fixture_text(root, path, stat);
}

static void finds_the_one(void)
{
	const char *root = fixture_root();
	char text[64];

	CHECK(!stuck_process(root, text, sizeof(text)));
	add(root, "1/task/1", STAT("init", "S", PROCESS));
	add(root, "12/task/12", STAT("kworker/0:1", "D", KTHREAD));
	fixture_text(root, "proc/sys/task/13/stat", STAT("no process", "D", PROCESS));
	fixture_text(root, "proc/14/status", "");
	CHECK(!stuck_process(root, text, sizeof(text)));
	/* One thread of several, with a name that its program chose. */
	add(root, "71/task/71", STAT("cat", "S", PROCESS));
	add(root, "71/task/72", STAT("a) D (\tb", "D", PROCESS));
	CHECK(stuck_process(root, text, sizeof(text)));
	CHECK_STR(text, "a) D (?b (72)");
}

static void malformed(void)
{
	static const char *const lines[] = { "", "71", "71 (cat", "71 cat)", ") (", "71 (cat)", "71 (cat) ", "71 (cat) D", "71 (cat) D 1 2 3 4 5",
					     "71 (cat) D 1 2 3 4 5 x", "71 (cat)D 1 71 71 0 -1 4194304 1" };
	char text[64];

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		const char *root = fixture_root();

		add(root, "71/task/71", lines[i]);
		if (!CHECK(!stuck_process(root, text, sizeof(text))))
			printf("  the line was \"%s\"\n", lines[i]);
	}
}

RUN_TESTS(finds_the_one, malformed)
