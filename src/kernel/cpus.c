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

#define ATTRIBUTE_MAX 4096

/* Is it the folder of a CPU that is not the first? */
static bool is_other_cpu(const char *name)
{
	return !strncmp(name, "cpu", 3) && isdigit((unsigned char)name[3]) && strcmp(name, "cpu0") != 0;
}

static int set_all(const char *cpus, DIR *dir, bool online)
{
	const char *name;
	char path[512];
	int next, ret = 0;

	while (!(next = next_entry(dir, "CPUs", cpus, &name))) {
		if (!is_other_cpu(name))
			continue;
		if (snprintf(path, sizeof(path), "%s/%s/online", cpus, name) >= (int)sizeof(path))
			return fail("CPUs", ENAMETOOLONG, "%s", cpus);
		/* One that is not there has no such file, nor has one that always runs. */
		if (!access(path, F_OK) && write_setting(path, online ? "1" : "0"))
			ret = -1;
	}
	return next < 0 ? -1 : ret;
}

/* Does the kernel say that only the first CPU runs? */
static int check_only_first(const char *cpus)
{
	struct blob text;
	char path[512];
	int ret = 0;

	if (snprintf(path, sizeof(path), "%s/online", cpus) >= (int)sizeof(path))
		return fail("CPUs", ENAMETOOLONG, "%s", cpus);
	if (read_file(path, ATTRIBUTE_MAX, &text))
		return -1;
	text.data[strcspn((char *)text.data, "\n")] = '\0';
	if (strcmp((char *)text.data, "0") != 0)
		ret = fail("CPUs", 0, "of CPUs %s all but 0 should be offline", (char *)text.data);
	free(text.data);
	return ret;
}

int cpus_online(const char *root, bool online)
{
	char cpus[256];
	int ret;
	DIR *dir;

	if (snprintf(cpus, sizeof(cpus), "%s/sys/devices/system/cpu", root) >= (int)sizeof(cpus))
		return fail("CPUs", ENAMETOOLONG, "%s", root);
	dir = open_folder("CPUs", cpus);
	if (!dir)
		return -1;
	ret = set_all(cpus, dir, online);
	closedir(dir);
	return ret || online ? ret : check_only_first(cpus);
}
