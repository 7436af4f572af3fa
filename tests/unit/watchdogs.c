/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which watchdogs run: by their state, by who has them open, and by their time that runs. The files have the form of
 * drivers/watchdog/watchdog_dev.c and fs/proc/fd.c, Linux 6.12.
 */
#include "checks/watchdogs.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"

static char text[400];

static enum watchdogs look(const char *root)
{
	return watchdogs_look(root, text, sizeof(text));
}

/* The process PID, with this name, has `target` open. */
static void opened(const char *root, const char *pid, const char *name, const char *target)
{
	char path[512];

	snprintf(path, sizeof(path), "proc/%s/comm", pid);
	fixture_text(root, path, name);
	snprintf(path, sizeof(path), "proc/%s/fd/none", pid);
	fixture_text(root, path, "");
	snprintf(path, sizeof(path), "%s/proc/%s/fd/3", root, pid);
	CHECK(!symlink(target, path));
}

static void by_their_state(void)
{
	const char *root = fixture_root();

	CHECK_EQ(look(root), WATCHDOGS_NONE);
	/* What Linux 6.1.192 shows of QEMU's i6300esb. */
	fixture_text(root, "sys/class/watchdog/watchdog0/state", "inactive\n");
	fixture_text(root, "sys/class/watchdog/watchdog0/nowayout", "1\n");
	fixture_text(root, "sys/class/misc/watchdog/dev", "10:130\n");
	CHECK_EQ(look(root), WATCHDOGS_NONE);
	fixture_text(root, "sys/class/watchdog/watchdog1/state", "active\n");
	fixture_text(root, "sys/class/watchdog/watchdog1/nowayout", "0\n");
	CHECK_EQ(look(root), WATCHDOGS_RUNNING);
	CHECK_STR(text, " /sys/class/watchdog/watchdog1");
	fixture_text(root, "sys/class/watchdog/watchdog0/state", "active\n");
	fixture_text(root, "sys/class/watchdog/watchdog1/state", "inactive\n");
	opened(root, "1", "systemd\n", "/dev/watchdog0");
	opened(root, "2", "other\n", "/dev/watchdog1");
	CHECK_EQ(look(root), WATCHDOGS_RUNNING);
	CHECK_STR(text, " /sys/class/watchdog/watchdog0, opened by systemd (1), which cannot be stopped once it runs (nowayout)");
}

/* A kernel without CONFIG_WATCHDOG_SYSFS has the folders only, and a driver of the old kind not even one. */
static void without_state(void)
{
	const char *root = fixture_root();

	fixture_text(root, "sys/class/watchdog/watchdog0/dev", "248:0\n");
	fixture_text(root, "sys/class/misc/watchdog/dev", "10:130\n");
	opened(root, "7", "sh\n", "/dev/null");
	CHECK_EQ(look(root), WATCHDOGS_UNKNOWN);
	CHECK_STR(text, " /sys/class/watchdog/watchdog0");
	/* The first one's other name. */
	opened(root, "30", "watchdogd\n", "/dev/watchdog");
	CHECK_EQ(look(root), WATCHDOGS_RUNNING);
	CHECK_STR(text, " /sys/class/watchdog/watchdog0, opened by watchdogd (30)");

	root = fixture_root();
	fixture_text(root, "sys/class/misc/watchdog/dev", "10:130\n");
	CHECK_EQ(look(root), WATCHDOGS_UNKNOWN);
	CHECK_STR(text, " /dev/watchdog");
	/* Beside it one of the class, which is not its node then (watchdog_cdev_register()). */
	fixture_text(root, "sys/class/watchdog/watchdog1/state", "inactive\n");
	CHECK_EQ(look(root), WATCHDOGS_UNKNOWN);
	CHECK_STR(text, " /dev/watchdog");
	opened(root, "30", "a name that is longer than any is", "/dev/watchdog");
	CHECK_EQ(look(root), WATCHDOGS_RUNNING);
	CHECK_STR(text, " /dev/watchdog, opened by a process (30)");
}

/* Started by firmware, and kept content by the kernel: "inactive", but its time runs. */
static void by_their_time(void)
{
	const char *root = fixture_root();
	pid_t child;

	fixture_text(root, "sys/class/watchdog/watchdog0/state", "inactive\n");
	fixture_text(root, "sys/class/watchdog/watchdog0/timeleft", "60\n");
	CHECK_EQ(look(root), WATCHDOGS_NONE);
	child = fork();
	if (!child) {
		/* Time that runs, for as long as the other process lives. */
		char path[600];

		snprintf(path, sizeof(path), "%s/sys/class/watchdog/watchdog0/timeleft", root);
		for (int left = 59; getppid() != 1; left = left > 10 ? left - 1 : 59) {
			if (write_text(path, "%d\n", left))
				_exit(1);
			nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
		}
		_exit(0);
	}
	CHECK(child > 0);
	CHECK_EQ(look(root), WATCHDOGS_RUNNING);
	CHECK_STR(text, " /sys/class/watchdog/watchdog0");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

RUN_TESTS(by_their_state, without_state, by_their_time)
