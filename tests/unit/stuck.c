/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that cannot be frozen, in a made-up /proc. */
#include "kernel/stuck.h"

#include "check.h"
#include "fixture.h"

/* What Linux 6.12.117 writes of a process (a sleep) and of a kernel thread, with other names, states and, for the process, groups. */
#define PROCESS(name, state) "71 (" name ") " state " 1 71 71 0 -1 4194304 38 0 0 0 0 3 0 0 20 0 1 0 626 335872 0 18446744073709551615 " \
	"4198400 4198493 140731934228368 0 0 0 0 0 0 1 0 0 17 1 0 0 0 0 0 4206622 4206623 1025499136 140731934232424 140731934232435 " \
	"140731934232435 140731934232551 0\n"
#define KTHREAD(name, state) "9 (" name ") " state " 2 0 0 0 -1 69238880 0 0 0 0 0 2 0 0 20 0 1 0 43 0 0 18446744073709551615 0 0 0 0 0 0 0 " \
	"2147483647 0 1 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

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
	add(root, "1/task/1", PROCESS("init", "S"));
	add(root, "9/task/9", KTHREAD("kworker/0:1-events", "D"));
	fixture_text(root, "proc/sys/task/13/stat", PROCESS("no process", "D"));
	fixture_text(root, "proc/14/status", "");
	CHECK(!stuck_process(root, text, sizeof(text)));
	/* One thread of several, with a name that its program chose. */
	add(root, "71/task/71", PROCESS("cat", "S"));
	add(root, "71/task/72", PROCESS("a) D (\tb", "D"));
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
