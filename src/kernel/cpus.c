/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/cpus.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"

/* Is it the folder of a CPU that is not the first? */
static bool is_other_cpu(const char *name)
{
	return !strncmp(name, "cpu", 3) && isdigit((unsigned char)name[3]) && strcmp(name, "cpu0") != 0;
}

struct setting {
	const char *value;
	int ret; /* -1 and fail() when one of them stays as it was, which keeps no other from being tried */
};

static int set(void *context, const char *cpus, const char *name)
{
	struct setting *setting = context;
	char path[512];

	if (!is_other_cpu(name))
		return 0;
	if (snprintf(path, sizeof(path), "%s/%s/online", cpus, name) >= (int)sizeof(path))
		return fail("CPUs", ENAMETOOLONG, "%s", cpus);
	/* A CPU that is not plugged in, or that always runs, has no such file. */
	if (!access(path, F_OK) && write_setting(path, setting->value))
		setting->ret = -1;
	return 0;
}

/* Does the kernel say that only the first CPU runs? */
static int check_only_first(const char *cpus)
{
	char path[512], running[256];

	if (snprintf(path, sizeof(path), "%s/online", cpus) >= (int)sizeof(path))
		return fail("CPUs", ENAMETOOLONG, "%s", cpus);
	if (read_line(path, running, sizeof(running)))
		return -1;
	return strcmp(running, "0") ? fail("CPUs", 0, "of CPUs %s all but 0 should be offline", running) : 0;
}

int cpus_online(const char *root, bool online)
{
	struct setting setting = { .value = online ? "1" : "0" };
	char cpus[256];

	if (snprintf(cpus, sizeof(cpus), "%s/sys/devices/system/cpu", root) >= (int)sizeof(cpus))
		return fail("CPUs", ENAMETOOLONG, "%s", root);
	if (folder_each("CPUs", cpus, set, &setting) || setting.ret)
		return -1;
	return online ? 0 : check_only_first(cpus);
}
