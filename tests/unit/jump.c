/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The jump and the way back, over a made-up kernel that suspends its devices as kernel_kexec() does, with and without "kexec_core: Fix
 * error code path in the KEXEC_JUMP flow".
 */
#include "kexec/jump.h"

#include <errno.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "kernel/suspend_stats.h"

#define FOR_EVER (-1)
#define DEVICES 12
#define STATS "sys/power/suspend_stats/"

struct device {
	const char *name;
	enum suspend_step step; /* in which it refuses */
	int times;              /* how often it still does */
	bool done;              /* it is on the list of those that are suspended */
};

struct model {
	const char *root;
	struct device device[DEVICES]; /* in the order in which they are suspended */
	bool fixed, uncounted, diverted, no_way;
	bool in_b;          /* B was entered, and has come back */
	int unfrozen, unfrozen_later; /* how often a process cannot be frozen, from the start and on the way back */
	int timer;          /* how often a timer cannot be stopped: that is not counted */
	int err;            /* that a device fails with */
	unsigned int jumps; /* tried */
	unsigned int failed[STEP_COUNT];
};

static void write_counts(const struct model *m)
{
	static const char *const names[] = { "failed_prepare", "failed_suspend", "failed_suspend_late", "failed_suspend_noirq" };
	char path[128], text[32];

	for (size_t i = 0; i < STEP_COUNT; i++) {
		snprintf(path, sizeof(path), STATS "%s", names[i]);
		snprintf(text, sizeof(text), "%u\n", m->failed[i]);
		fixture_text(m->root, path, text);
	}
}

static void count(struct model *m, enum suspend_step step, const char *device)
{
	char text[32];

	m->failed[step]++;
	if (m->uncounted)
		return;
	write_counts(m);
	/* dpm_prepare() leaves no name. */
	snprintf(text, sizeof(text), "%s\n", device);
	if (step != STEP_PREPARE)
		fixture_text(m->root, STATS "last_failed_dev", text);
}

static void resume(struct model *m)
{
	for (size_t i = 0; i < DEVICES; i++)
		m->device[i].done = false;
}

static bool refuses(struct device *d, enum suspend_step step)
{
	if (!d->name || d->step != step || !d->times)
		return false;
	d->times -= d->times > 0;
	return true;
}

/* The devices in one step; whether all of them let themselves be suspended. */
static bool pass(struct model *m, enum suspend_step step)
{
	for (size_t i = 0; i < DEVICES; i++) {
		struct device *d = &m->device[i];

		if (step == STEP_SUSPEND && d->done)
			continue;
		d->done = step == STEP_PREPARE ? d->done : true;
		if (refuses(d, step)) {
			count(m, step, d->name);
			return false;
		}
	}
	return true;
}

static int jump(void *context)
{
	struct model *m = context;

	m->jumps++;
	if (m->unfrozen && m->unfrozen-- > 0)
		return EBUSY;
	for (enum suspend_step step = 0; step < STEP_COUNT; step++)
		if (!pass(m, step)) {
			if (m->fixed || step > STEP_SUSPEND)
				resume(m);
			return m->err;
		}
	resume(m);
	if (m->timer && m->timer-- > 0)
		return EIO;
	m->in_b = m->in_b || !m->diverted;
	return 0;
}

static int divert(void *context)
{
	struct model *m = context;

	m->diverted = true;
	m->unfrozen = m->unfrozen_later;
	return m->no_way ? ENOMEM : 0;
}

static struct model fresh(bool fixed)
{
	struct model m = { .root = fixture_root(), .fixed = fixed, .err = EBUSY };

	write_counts(&m);
	fixture_text(m.root, STATS "last_failed_dev", "\n");
	return m;
}

static int try(struct model *m)
{
	struct jumper jumper = { m->root, jump, divert, m };

	return jump_by(&jumper);
}

static bool all_resumed(const struct model *m)
{
	bool all = true;

	for (size_t i = 0; i < DEVICES; i++)
		all = all && !m->device[i].done;
	return all;
}

/* The jump has to fail with this text, and to leave devices and B alone. */
static void expect_back(struct model *m, const char *text, unsigned int most_jumps)
{
	CHECK_FAILS(try(m), text);
	CHECK(!strstr(fail_text(), "restart"));
	CHECK(all_resumed(m));
	CHECK(!m->in_b);
	if (!CHECK(m->jumps <= most_jumps))
		printf("  it was tried %u times\n", m->jumps);
}

static void nobody_refuses(void)
{
	struct model m = fresh(false);

	CHECK_OK(try(&m));
	CHECK(m.in_b && !m.diverted);
	CHECK_EQ(m.jumps, 1);
}

static void one_refuses(void)
{
	for (int fixed = 0; fixed < 2; fixed++)
		for (int times = FOR_EVER; times < 3; times++)
			for (size_t at = 0; at < DEVICES && times; at++) {
				static const char text[] = "it could not be suspended: 0000:00:04.0: unload that driver, or unplug the device (";
				struct model m = fresh(fixed);

				m.device[at] = (struct device){ "0000:00:04.0", STEP_SUSPEND, times, false };
				expect_back(&m, text, JUMP_SAME);
			}
}

static void names_the_driver(void)
{
	struct model m = fresh(false);
	char path[512];

	m.device[1] = (struct device){ "stubborn.0", STEP_SUSPEND, FOR_EVER, false };
	fixture_text(m.root, "sys/bus/platform/devices/stubborn.0/uevent", "");
	snprintf(path, sizeof(path), "%s/sys/bus/platform/devices/stubborn.0/driver", m.root);
	CHECK_EQ(symlink("../../../bus/platform/drivers/stubborn", path), 0);
	expect_back(&m, "suspended: stubborn.0 (driver stubborn): unload", 2);
}

/* Each try passes one of them. */
static void several_refuse(void)
{
	static const char *const names[DEVICES] = { "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11" };
	struct model m = fresh(false);

	m.device[2] = (struct device){ "usb1", STEP_SUSPEND, FOR_EVER, false };
	m.device[5] = (struct device){ "card0", STEP_SUSPEND, FOR_EVER, false };
	expect_back(&m, "suspended: usb1, card0: unload", 3);
	/* Devices of two buses may have one name. */
	m = fresh(false);
	m.device[2] = (struct device){ "1-1", STEP_SUSPEND, FOR_EVER, false };
	m.device[5] = (struct device){ "1-1", STEP_SUSPEND, FOR_EVER, false };
	expect_back(&m, "suspended: 1-1: unload", 3);
	m = fresh(false);
	for (size_t i = 0; i < JUMP_TRIES; i++)
		m.device[i] = (struct device){ names[i], STEP_SUSPEND, FOR_EVER, false };
	expect_back(&m, "suspended: d0, d1, d2, d3, d4, d5, d6, d7: unload", 1 + JUMP_TRIES);
	/* More than are passed: then it is said that all is not well. */
	m = fresh(false);
	for (size_t i = 0; i < DEVICES; i++)
		m.device[i] = (struct device){ names[i], STEP_SUSPEND, FOR_EVER, false };
	CHECK_FAILS(try(&m), "some devices could not be resumed, restart the machine");
	CHECK_EQ(m.jumps, 1 + JUMP_TRIES);
	CHECK(!m.in_b);
}

/* The kernel itself resumes all, so nothing has to come back, and nothing is tried again. */
static void late_steps(void)
{
	for (enum suspend_step step = STEP_LATE; step < STEP_COUNT; step++) {
		struct model m = fresh(false);

		m.device[4] = (struct device){ "late", step, FOR_EVER, false };
		expect_back(&m, "suspended: late: unload", 1);
		/* One that refuses to be suspended, and then one that refuses in a later step of the way back. */
		m = fresh(false);
		m.device[3] = (struct device){ "early", STEP_SUSPEND, 1, false };
		m.device[4] = (struct device){ "late", step, FOR_EVER, false };
		expect_back(&m, "suspended: early, late: unload", 2);
	}
}

static void prepare_refuses(void)
{
	for (int times = FOR_EVER; times < 2; times++) {
		struct model m = fresh(false);

		m.device[4] = (struct device){ "p", STEP_PREPARE, times, false };
		if (times)
			expect_back(&m, "the driver of a device does not allow it", 3);
	}
}

static void before_and_after_devices(void)
{
	struct model m = fresh(false);

	m.unfrozen = 1;
	expect_back(&m, "a process could not be frozen, or another kexec is at work", 1);
	m = fresh(false);
	m.unfrozen = 1;
	fixture_text(m.root, "proc/71/task/71/stat", "71 (dd) D 1 71 71 0 -1 4194304 38 0 0 0 0 3 0 0 20 0 1 0 626 335872 0 18446744073709551615 "
		     "4198400 4198493 140731934228368 0 0 0 0 0 0 1 0 0 17 1 0 0 0 0 0 4206622 4206623 1025499136 140731934232424 "
		     "140731934232435 140731934232435 140731934232551 0\n");
	expect_back(&m, "the process dd (71) could not be frozen", 1);
	m = fresh(false);
	m.timer = 1;
	expect_back(&m, "a CPU or a timer could not be stopped", 1);
}

/* A process that cannot be frozen for a while does not end the way back; nor does a timer make it go on. */
static void trouble_on_the_way_back(void)
{
	struct model m = fresh(false);
	struct jumper jumper = { m.root, jump, divert, &m };

	m.device[4] = (struct device){ "once", STEP_SUSPEND, 1, false };
	m.timer = 1;
	expect_back(&m, "suspended: once: unload", 2);
	m = fresh(false);
	m.device[4] = (struct device){ "once", STEP_SUSPEND, 1, false };
	m.unfrozen_later = 3;
	expect_back(&m, "suspended: once: unload", 5);

	m = fresh(false);
	m.device[4] = (struct device){ "once", STEP_SUSPEND, 1, false };
	m.no_way = true;
	CHECK_FAILS(try(&m), "suspended: once: unload that driver, or unplug the device; and some devices could not be resumed");
	m = fresh(false);
	jumper.root = m.root;
	m.device[4] = (struct device){ "once", STEP_SUSPEND, 1, false };
	jumper.divert = NULL;
	CHECK_FAILS(jump_by(&jumper), "restart the machine");
	CHECK_EQ(m.jumps, 1);
}

/* A kernel without the counts. */
static void not_counted(void)
{
	for (int fixed = 0; fixed < 2; fixed++) {
		struct model m = fresh(fixed);

		m.root = fixture_root();
		m.uncounted = true;
		m.device[4] = (struct device){ "x", STEP_SUSPEND, 1, false };
		expect_back(&m, "a device could not be suspended, or a process not be frozen (see dmesg)", 2);
	}
}

/* The system's reason is the driver's. */
static void other_reasons(void)
{
	struct model m = fresh(false);

	m.device[0] = (struct device){ "x", STEP_SUSPEND, 1, false };
	m.err = ENODEV;
	expect_back(&m, "(No such device)", 2);
}

RUN_TESTS(nobody_refuses, one_refuses, names_the_driver, several_refuse, late_steps, prepare_refuses, before_and_after_devices,
	  trouble_on_the_way_back, not_counted, other_reasons)
