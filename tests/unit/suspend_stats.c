/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel has counted of suspends that failed, in a made-up /sys as Linux 6.12.117 has it (kernel/power/main.c), and which driver a device
 * has.
 */
#include "kernel/suspend_stats.h"

#include <unistd.h>

#include "check.h"
#include "fixture.h"

#define STATS "sys/power/suspend_stats/"

static const char *const names[] = { "failed_prepare", "failed_suspend", "failed_suspend_late", "failed_suspend_noirq" };

static void set(const char *root, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), STATS "%s", name);
	fixture_text(root, path, text);
}

static const char *fresh(void)
{
	const char *root = fixture_root();

	for (size_t i = 0; i < STEP_COUNT; i++)
		set(root, names[i], "0\n");
	/* As it is when no device has ever failed. */
	set(root, "last_failed_dev", "\n");
	return root;
}

static void each_step(void)
{
	const char *root = fresh();
	struct suspend_counts before, after;
	struct suspend_stats stats;

	suspend_stats_open(root, &stats);
	suspend_stats_read(&stats, &before);
	CHECK(before.known);
	CHECK_STR(before.device, "");
	for (size_t i = 0; i < STEP_COUNT; i++) {
		CHECK_EQ(suspend_stats_failed(&before, &before), STEP_COUNT);
		set(root, names[i], "17\n");
		set(root, "last_failed_dev", "0000:00:04.0\n");
		suspend_stats_read(&stats, &after);
		CHECK(after.known);
		CHECK_EQ(suspend_stats_failed(&before, &after), i);
		CHECK_STR(after.device, "0000:00:04.0");
		before = after;
	}
	suspend_stats_close(&stats);
}

static void not_counted(void)
{
	static const char *const texts[] = { "", "\n", "x\n", "-1\n", "99999999999999999999999999\n", "1 2\n" };
	const char *root = fixture_root();
	struct suspend_counts counts;
	struct suspend_stats stats;

	suspend_stats_open(root, &stats);
	suspend_stats_read(&stats, &counts);
	CHECK(!counts.known);
	CHECK_STR(counts.device, "");
	suspend_stats_close(&stats);
	root = fresh();
	suspend_stats_open(root, &stats);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		set(root, "failed_suspend", texts[i]);
		suspend_stats_read(&stats, &counts);
		CHECK(!counts.known);
	}
	suspend_stats_close(&stats);
}

/* A device's name is its driver's word, and of any length that the kernel keeps. */
static void strange_names(void)
{
	const char *root = fresh();
	struct suspend_counts counts;
	struct suspend_stats stats;
	char name[200];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	suspend_stats_open(root, &stats);
	set(root, "last_failed_dev", name);
	suspend_stats_read(&stats, &counts);
	CHECK(counts.known);
	CHECK_EQ(strlen(counts.device), SUSPEND_DEVICE_SIZE - 1);
	set(root, "last_failed_dev", "a\033[2Jb\nc\n");
	suspend_stats_read(&stats, &counts);
	CHECK_STR(counts.device, "a?[2Jb");
	suspend_stats_close(&stats);
}

static void drivers(void)
{
	const char *root = fixture_root();
	char path[512], name[16];

	CHECK(!suspend_driver_of(root, "eth0", name, sizeof(name)));
	fixture_text(root, "sys/bus/pci/devices/0000:00:04.0/uevent", "");
	fixture_text(root, "sys/bus/platform/devices/stubborn.0/uevent", "");
	snprintf(path, sizeof(path), "%s/sys/bus/platform/devices/stubborn.0/driver", root);
	CHECK_EQ(symlink("../../../bus/platform/drivers/stubborn", path), 0);
	CHECK(suspend_driver_of(root, "stubborn.0", name, sizeof(name)));
	CHECK_STR(name, "stubborn");
	CHECK(!suspend_driver_of(root, "0000:00:04.0", name, sizeof(name)));
	CHECK(!suspend_driver_of(root, "stubborn.1", name, sizeof(name)));
	CHECK(!suspend_driver_of(root, "", name, sizeof(name)));
	CHECK(!suspend_driver_of(root, "../devices/stubborn.0", name, sizeof(name)));
}

RUN_TESTS(each_step, not_counted, strange_names, drivers)
