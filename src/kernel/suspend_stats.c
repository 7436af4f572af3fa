/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/suspend_stats.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/number.h"
#include "base/report.h"

static const char *const files[STEP_COUNT + 1] = {
	[STEP_PREPARE] = "failed_prepare",
	[STEP_SUSPEND] = "failed_suspend",
	[STEP_LATE] = "failed_suspend_late",
	[STEP_NOIRQ] = "failed_suspend_noirq",
	[STEP_COUNT] = "last_failed_dev",
};

void suspend_stats_open(const char *root, struct suspend_stats *stats)
{
	char path[512];

	for (int i = 0; i <= STEP_COUNT; i++) {
		stats->fd[i] = -1;
		if (snprintf(path, sizeof(path), "%s/sys/power/suspend_stats/%s", root, files[i]) < (int)sizeof(path))
			stats->fd[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
}

void suspend_stats_close(struct suspend_stats *stats)
{
	for (int i = 0; i <= STEP_COUNT; i++)
		if (stats->fd[i] >= 0)
			close(stats->fd[i]);
}

/* The first line of an open file of /sys; false when there is none, or none that fits. */
static bool first_line(int fd, char *line, size_t room)
{
	ssize_t got = fd < 0 ? -1 : pread(fd, line, room - 1, 0);

	if (got < 0)
		return false;
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	make_one_line(line);
	return true;
}

void suspend_stats_read(const struct suspend_stats *stats, struct suspend_counts *counts)
{
	char line[32];

	memset(counts, 0, sizeof(*counts));
	counts->known = true;
	for (int i = 0; i < STEP_COUNT; i++)
		if (!first_line(stats->fd[i], line, sizeof(line)) || number_parse(line, 10, &counts->step[i]))
			counts->known = false;
	if (!first_line(stats->fd[STEP_COUNT], counts->device, sizeof(counts->device)))
		counts->device[0] = '\0';
}

enum suspend_step suspend_stats_failed(const struct suspend_counts *before, const struct suspend_counts *after)
{
	int i = 0;

	while (i < STEP_COUNT && before->step[i] == after->step[i])
		i++;
	return (enum suspend_step)i;
}

struct lookup {
	const char *device;
	char *name;
	size_t room;
};

/* A folder_visit() of /sys/bus. */
static int look_on_bus(void *context, const char *buses, const char *bus)
{
	const struct lookup *l = context;
	char path[768], target[512];
	const char *base;
	ssize_t got;

	if (snprintf(path, sizeof(path), "%s/%s/devices/%s/driver", buses, bus, l->device) >= (int)sizeof(path))
		return 0;
	got = readlink(path, target, sizeof(target) - 1);
	if (got <= 0)
		return 0;
	target[got] = '\0';
	base = strrchr(target, '/');
	snprintf(l->name, l->room, "%s", base ? base + 1 : target);
	make_one_line(l->name);
	return 1;
}

bool suspend_driver_of(const char *root, const char *device, char *name, size_t room)
{
	struct lookup lookup = { device, name, room };
	char buses[256];

	/* A device's name is a part of a path here. */
	if (!*device || strchr(device, '/') || snprintf(buses, sizeof(buses), "%s/sys/bus", root) >= (int)sizeof(buses))
		return false;
	return folder_each_if_there("device", buses, look_on_bus, &lookup) == 1;
}
