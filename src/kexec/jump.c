/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/jump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/report.h"
#include "kernel/screen_font.h"
#include "kernel/hold.h"
#include "kernel/kcore.h"
#include "kernel/pageflags.h"
#include "kernel/stuck.h"
#include "kernel/suspend_stats.h"
#include "kexec/kexec.h"

/* What became of a jump that failed. */
struct failure {
	enum suspend_step step;
	bool known;     /* the kernel counts what fails; without that all steps look alike */
	bool suspended; /* devices may still be suspended */
	size_t count;   /* of devices that refused, in `device` */
	char device[1 + JUMP_TRIES][SUSPEND_DEVICE_SIZE];
};

/* Notes a try that failed with `err`; what was counted are `before` and `after`. */
static void note(struct failure *f, int err, const struct suspend_counts *before, const struct suspend_counts *after)
{
	enum suspend_step step = suspend_stats_failed(before, after);
	size_t i = 0;

	f->known = before->known && after->known;
	f->step = step;
	/*
	 * After a failure of late or noirq the kernel resumes all, and so it does when a CPU or a timer cannot be stopped, which is
	 * not counted. Nor is it when processes cannot be frozen, always EBUSY, and that leaves devices as they are.
	 */
	if (!f->known || step == STEP_PREPARE || step == STEP_SUSPEND)
		f->suspended = true;
	else if (step != STEP_COUNT || err != EBUSY)
		f->suspended = false;
	if (step == STEP_COUNT || step == STEP_PREPARE || !*after->device)
		return;
	while (i < f->count && strcmp(f->device[i], after->device) != 0)
		i++;
	if (i == f->count && i < sizeof(f->device) / sizeof(*f->device))
		memcpy(f->device[f->count++], after->device, sizeof(after->device));
}

/*
 * Tries to resume the devices. It ends, too, when it can be seen that a try changes nothing: a device that is to be prepared is
 * asked first again; and one that refused to be suspended is asked again only by a kernel that resumes all by itself.
 */
static void come_back(const struct jumper *j, const struct suspend_stats *stats, struct suspend_counts *counts, struct failure *f)
{
	struct suspend_counts before;
	enum suspend_step step = f->step;
	int same = 1, err;

	if (!j->divert || j->divert(j->context))
		return;
	for (int i = 0; i < JUMP_TRIES && f->suspended; i++) {
		before = *counts;
		err = j->jump(j->context);
		if (!err) {
			f->suspended = false;
			return;
		}
		suspend_stats_read(stats, counts);
		note(f, err, &before, counts);
		same = f->known && f->step == step && f->step != STEP_COUNT && !strcmp(before.device, counts->device) ? same + 1 : 1;
		step = f->step;
		if (same == (step == STEP_PREPARE ? 2 : JUMP_SAME))
			f->suspended = false;
	}
}

/* The devices that refused, with their drivers. */
static void name_devices(const char *root, const struct failure *f, char *text, size_t room)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < f->count && used < room; i++) {
		char driver[64];
		bool found = suspend_driver_of(root, f->device[i], driver, sizeof(driver));

		used += (size_t)snprintf(text + used, room - used, "%s%s%s%s%s", i ? ", " : "", f->device[i],
					 found ? " (driver " : "", found ? driver : "", found ? ")" : "");
	}
}

/* Says why the first try failed; `f` has of later ones only which devices refused, and how it ended. */
static int explain(const char *root, const struct failure *f, enum suspend_step step, int err)
{
	const char *still = f->suspended ? "; and some devices could not be resumed, restart the machine" : "";
	char text[512];

	if (!f->known)
		return fail("jump", err, "a device could not be suspended, or a process not be frozen (see dmesg)%s", still);
	name_devices(root, f, text, sizeof(text));
	switch (step) {
	case STEP_PREPARE:
		return fail("jump", err, "the driver of a device does not allow it (dmesg names it, \"not prepared\"): unload that driver%s", still);
	case STEP_SUSPEND:
	case STEP_LATE:
	case STEP_NOIRQ:
		if (!*text)
			return fail("jump", err, "a device could not be suspended, or wants to wake the machine (see dmesg)%s", still);
		return fail("jump", err, "it could not be suspended: %s: unload that driver, or unplug the device%s", text, still);
	case STEP_COUNT:
		break;
	}
	if (err == EINVAL)
		return fail("jump", err, "nothing is loaded");
	if (err != EBUSY)
		return fail("jump", err, "a CPU or a timer could not be stopped (see dmesg)");
	if (stuck_process(root, text, sizeof(text)))
		return fail("jump", err, "the process %s could not be frozen: it waits in the kernel, for a device or a server", text);
	return fail("jump", err, "a process could not be frozen, or another kexec is at work (see dmesg)");
}

int jump_by(const struct jumper *j)
{
	struct suspend_counts before, after;
	struct failure f = { 0 };
	struct suspend_stats stats;
	enum suspend_step step;
	int err;

	suspend_stats_open(j->root, &stats);
	suspend_stats_read(&stats, &before);
	err = j->jump(j->context);
	if (err) {
		suspend_stats_read(&stats, &after);
		note(&f, err, &before, &after);
		step = f.step;
		if (f.suspended)
			come_back(j, &stats, &after, &f);
	}
	suspend_stats_close(&stats);
	return err ? explain(j->root, &f, step, err) : 0;
}

/* What the running kernel jumps by, and comes back by where no mailbox has a permit to be taken back. */
struct running {
	struct mailbox *box;
	struct plan plan; /* empty where there is none */
	bool diverted;
};

static int enter(void *context)
{
	(void)context;
	return kexec_enter();
}

static int forbid(void *context)
{
	struct running *r = context;

	mailbox_forbid(r->box);
	r->diverted = true;
	return 0;
}

static int load_way_back(void *context)
{
	struct running *r = context;

	int err = kexec_replace(&r->plan);

	r->diverted = !err;
	return err;
}

/*
 * Prepares something to load that only comes back: a purgatory that has no permit, in a page of our own, which the kernel puts
 * aside meanwhile. Where that fails, which is no reason not to jump, the plan stays empty.
 */
static void prepare_way_back(struct plan *plan)
{
	struct arch_permit permit = { .token = 0 };
	struct kcore kcore = { 0 };
	struct blob code = { 0 };
	void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || mlock(page, PAGE_BYTES))
		return;
	permit.word = physical_address(page);
	if (permit.word && !kcore_read("/proc/kcore", &kcore))
		permit.paging = arch_paging(&kcore.vmcoreinfo);
	if (permit.paging && !arch_purgatory(0, 0, 0, &permit, &code) && code.size <= PAGE_BYTES) {
		plan->setup = code;
		plan->entry = permit.word;
		plan_add(plan, "way back", &plan->setup, 0, permit.word, permit.word + PAGE_BYTES);
	} else {
		free(code.data);
	}
	kcore_free(&kcore);
}

/* Unloads what leads nowhere any more, so that nobody jumps to it once again. What fail() has recorded stays. */
static void unload(void)
{
	char why[1024];

	snprintf(why, sizeof(why), "%s", fail_text());
	(void)kexec_unload();
	fail_again(why);
}

/* The screen was another kernel's meanwhile, and may have been without power. Nothing of how the jump went depends on this. */
static void restore_font(const struct screen_font *font)
{
	char why[1024];

	snprintf(why, sizeof(why), "%s", fail_text());
	if (screen_font_restore(font))
		debug("%s", fail_text());
	fail_again(why);
}

int jump_out(struct mailbox *box)
{
	struct running running = { .box = box };
	struct jumper jumper = { .root = "", .jump = enter, .context = &running };
	static struct screen_font font;
	struct hold hold = { 0 };
	int ret;

	if (box) {
		screen_font_keep(&font);
		jumper.divert = forbid;
	} else {
		prepare_way_back(&running.plan);
		jumper.divert = running.plan.count ? load_way_back : NULL;
	}
	/* While the disks are suspended nothing of this program can be read from them. The appliance, without a box, has it in memory. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE) && box) {
		ret = fail("jump", errno, "mlockall");
	} else {
		/* Between the tries none of the other processes may begin to wait for a disk: it could not be frozen for the next. */
		if (box)
			hold_others("", &hold);
		ret = jump_by(&jumper);
		hold_end(&hold);
	}
	if (box)
		restore_font(&font);
	if (running.diverted)
		unload();
	plan_free(&running.plan);
	return ret;
}
