/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/cpuinfo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"

#define CPUINFO_MAX (16u << 20)

int cpuinfo_flag(const char *root, const char *flag)
{
	char path[256];
	struct blob text;
	int has = -1;

	snprintf(path, sizeof(path), "%s/proc/cpuinfo", root);
	if (read_file(path, CPUINFO_MAX, &text))
		return -1;
	for (char *lines = (char *)text.data, *line; has < 0 && (line = strsep(&lines, "\n"));) {
		if (strncmp(line, "flags\t", 6))
			continue;
		has = 0;
		for (char *rest = line + 6, *word; !has && (word = strsep(&rest, " \t:"));)
			has = !strcmp(word, flag);
	}
	free(text.data);
	return has;
}
