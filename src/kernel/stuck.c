/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/stuck.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/number.h"
#include "base/report.h"

/* PF_KTHREAD (include/linux/sched.h of Linux 6.12); a jump does not freeze kernel threads. */
#define KERNEL_THREAD 0x00200000u

struct search {
	char *text;
	size_t room;
};

/* Is the thread with this line of /proc a process's, and in state D? Then its name, which the line has between the outer parentheses. */
static bool is_stuck(char *line, const char **name)
{
	char *end = strrchr(line, ')'), *at, *rest;
	uint64_t flags;

	*name = strchr(line, '(');
	if (!*name || !end || end < *name || end[1] != ' ' || end[2] != 'D')
		return false;
	*end = '\0';
	++*name;
	/* Behind the state: ppid, pgrp, session, tty_nr, tpgid, flags. */
	at = strtok_r(end + 2, " ", &rest);
	for (int i = 0; i < 6 && at; i++)
		at = strtok_r(NULL, " ", &rest);
	return at && !number_parse(at, 10, &flags) && !(flags & KERNEL_THREAD);
}

/* A folder_visit() of /proc/PID/task. */
static int look_at_thread(void *context, const char *tasks, const char *thread)
{
	const struct search *s = context;
	char path[640], line[1024];
	const char *name;

	/* A thread that has just ended has no line. */
	if (snprintf(path, sizeof(path), "%s/%s/stat", tasks, thread) >= (int)sizeof(path) || read_line(path, line, sizeof(line)) ||
	    !is_stuck(line, &name))
		return 0;
	snprintf(s->text, s->room, "%s (%s)", name, thread);
	make_one_line(s->text);
	return 1;
}

/* A folder_visit() of /proc. */
static int look_at_process(void *context, const char *proc, const char *process)
{
	char path[512];

	if (!isdigit((unsigned char)*process) || snprintf(path, sizeof(path), "%s/%s/task", proc, process) >= (int)sizeof(path))
		return 0;
	/* One that has just ended has no such folder, which is no reason not to look at the next. */
	return folder_each("process", path, look_at_thread, context) == 1;
}

bool stuck_process(const char *root, char *text, size_t room)
{
	struct search search = { text, room };
	char proc[256];

	return snprintf(proc, sizeof(proc), "%s/proc", root) < (int)sizeof(proc) &&
	       folder_each("process", proc, look_at_process, &search) == 1;
}
