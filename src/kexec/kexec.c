/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/kexec.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arch/arch.h"
#include "kernel/lockdown.h"
#include "kernel/memmap.h"
#include "base/report.h"

/* Memory that is left to A beside what kexec_load() takes. */
#define SPARE MIB(24)

uint64_t kexec_needs(uint64_t size)
{
	return size + SPARE;
}

static long load(uint64_t entry, const struct plan *plan, unsigned long flags)
{
	return syscall(SYS_kexec_load, (unsigned long)entry, plan ? plan->count : 0,
		       plan ? plan->segment : NULL, flags | ARCH_KEXEC);
}

/* Is this the first character of the file? */
static bool first_is(const char *path, char first)
{
	char line[32];

	return !access(path, R_OK) && !read_line(path, line, sizeof(line)) && *line == first;
}

static int explain_permission(int err)
{
	char state[256];

	if (geteuid() != 0)
		return fail("kexec_load", err, "only root may load a kernel");
	if (first_is("/proc/sys/kernel/kexec_load_disabled", '1'))
		return fail("kexec_load", err, "kernel.kexec_load_disabled is 1 until the next boot");
	if (first_is("/proc/sys/kernel/kexec_load_limit_reboot", '0'))
		return fail("kexec_load", err, "kernel.kexec_load_limit_reboot is used up until the next boot");
	if (lockdown_is_on("", state, sizeof(state)))
		return fail("kexec_load", err, "the kernel is locked down (%s), as by Secure Boot", state);
	return fail("kexec_load", err, "the kernel forbids it: this process has no CAP_SYS_BOOT");
}

int kexec_probe_jump(void)
{
	if (!load(0, NULL, KEXEC_PRESERVE_CONTEXT))
		return 0;
	if (errno == EINVAL) {
		fail("kexec_load", EINVAL, "the running kernel cannot jump: it has no CONFIG_KEXEC_JUMP");
		return KEXEC_NEVER_JUMPS;
	}
	if (errno == ENOSYS) {
		fail("kexec_load", ENOSYS, "the running kernel has no CONFIG_KEXEC");
		return KEXEC_NEVER_JUMPS;
	}
	return errno == EPERM ? explain_permission(EPERM) : fail("kexec_load", errno, "probing for CONFIG_KEXEC_JUMP");
}

int kexec_unload(void)
{
	if (load(0, NULL, 0))
		return errno == EPERM ? explain_permission(EPERM) : fail("kexec_load", errno, "unloading");
	return 0;
}

static int explain_refusal(const struct plan *plan, bool preserve, int err)
{
	uint64_t total, half;

	switch (err) {
	case EPERM:
		return explain_permission(err);
	case ENOMEM:
		return fail("kexec_load", err, "too little free memory for %" PRIu64 " MiB", plan_size(plan) >> 20);
	case EBUSY:
		return fail("kexec_load", err, "another kexec is at work");
	case ENOSYS:
		return fail("kexec_load", err, "the running kernel has no CONFIG_KEXEC");
	case EINVAL:
		half = memmap_meminfo("", "MemTotal", &total) ? UINT64_MAX : total / 2;
		if (plan_check(plan, half) || (preserve && kexec_probe_jump()))
			return -1;
		if (plan_size(plan) > half)
			return fail("kexec_load", err, "%" PRIu64 " MiB are more than half of this machine's memory", plan_size(plan) >> 20);
		return fail("kexec_load", err, "the kernel refuses the segments");
	default:
		return fail("kexec_load", err, "loading %zu segments", plan->count);
	}
}

int kexec_load_plan(const struct plan *plan, bool preserve)
{
	for (size_t i = 0; i < plan->count; i++)
		debug("segment %zu: %016" PRIx64 "-%016" PRIx64 " %s, %zu bytes loaded", i,
		      (uint64_t)(uintptr_t)plan->segment[i].mem,
		      (uint64_t)(uintptr_t)plan->segment[i].mem + plan->segment[i].memsz, plan->name[i], plan->segment[i].bufsz);
	debug("entry: %016" PRIx64, plan->entry);
	if (load(plan->entry, plan, preserve ? KEXEC_PRESERVE_CONTEXT : 0))
		return explain_refusal(plan, preserve, errno);
	return 0;
}

int kexec_replace(const struct plan *plan)
{
	return load(plan->entry, plan, KEXEC_PRESERVE_CONTEXT) ? errno : 0;
}

int kexec_enter(void)
{
	return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL) ? errno : 0;
}

int kexec_jump(void)
{
	int err = kexec_enter();

	if (!err)
		return 0;
	return fail("jump", err, err == EINVAL ? "nothing is loaded" : "another kexec is at work");
}
