/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holding other processes: one of our own, which a made-up /proc names, and which counts as long as it runs. */
#include "kernel/hold.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "base/units.h"

static atomic_uint *counter;

static void count_signals(int number)
{
	(void)number;
	atomic_fetch_add(counter + 1, 1);
}

/* Does the counter advance within a time that is long enough for a process that runs? */
static bool runs(void)
{
	unsigned int before = atomic_load(counter);

	for (int i = 0; i < 200; i++) {
		usleep(1000);
		if (atomic_load(counter) != before)
			return true;
	}
	return false;
}

static pid_t start_counting(void)
{
	pid_t child = fork();

	if (!child) {
		signal(SIGUSR1, count_signals);
		for (;;) {
			atomic_fetch_add(counter, 1);
			usleep(100);
		}
	}
	return child;
}

static void held_and_let_go(void)
{
	const char *root = fixture_root();
	char path[128];
	struct hold hold;
	pid_t child;

	/* Only root may hold a process that is not its child. */
	if (!CHECK(1) || geteuid())
		return;
	counter = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!CHECK(counter != MAP_FAILED))
		return;
	child = start_counting();
	if (!CHECK(child > 0))
		return;
	/* What is no process, and one that is not there, are passed over; so is whoever holds. */
	fixture_text(root, "proc/cpuinfo", "");
	fixture_text(root, "proc/4194303/task/4194303/stat", "");
	snprintf(path, sizeof(path), "proc/%d/task/%d/stat", getpid(), getpid());
	fixture_text(root, path, "");
	snprintf(path, sizeof(path), "proc/%d/task/%d/stat", child, child);
	fixture_text(root, path, "");
	CHECK(runs());
	for (int i = 0; i < 3; i++) {
		hold_others(root, &hold);
		CHECK(hold.holder);
		CHECK(!runs());
		/* A signal waits. */
		kill(child, SIGUSR1);
		CHECK(!runs());
		CHECK_EQ(atomic_load(counter + 1), (unsigned int)i);
		hold_end(&hold);
		CHECK(runs());
		CHECK_EQ(atomic_load(counter + 1), (unsigned int)i + 1);
		hold_end(&hold);
	}
	/* When the holder is killed, nobody stays held. */
	hold_others(root, &hold);
	CHECK(!runs());
	kill(hold.holder, SIGKILL);
	hold_end(&hold);
	CHECK(runs());
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

RUN_TESTS(held_and_let_go)
