/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/watchdogs.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"

#define PATH_SIZE 512
#define WATCHDOGS_MAX 8
#define NAME_SIZE 32
#define VALUE_SIZE 64
/* A running one counts in seconds, or more slowly by a few tenths. */
#define COUNTS_MS 1300

/* One watchdog: its class has a folder watchdogN, and its node is /dev/watchdogN, the first one's also /dev/watchdog. */
struct watchdog {
	char name[NAME_SIZE];
	char left[VALUE_SIZE]; /* timeleft, "" where there is none */
	bool active, known, no_way_out;
	char opened_by[VALUE_SIZE]; /* a process, "" if there is none */
};

struct look {
	const char *root;
	struct watchdog watchdog[WATCHDOGS_MAX];
	size_t count;
	const char *process; /* at which files are looked */
};

/* The first line of a file of a watchdog's folder; "" if it is not there or cannot be read. */
static void value_of(const struct look *l, const char *name, const char *file, char value[VALUE_SIZE])
{
	char path[PATH_SIZE];

	*value = '\0';
	if (snprintf(path, sizeof(path), "%s/sys/class/watchdog/%s/%s", l->root, name, file) < (int)sizeof(path) && !access(path, R_OK) &&
	    read_line(path, value, VALUE_SIZE))
		*value = '\0';
}

static int add_watchdog(void *context, const char *dir, const char *name)
{
	struct look *l = context;
	struct watchdog *w = &l->watchdog[l->count];
	char value[VALUE_SIZE];

	(void)dir;
	if (l->count == WATCHDOGS_MAX || strlen(name) >= NAME_SIZE)
		return 0;
	strcpy(w->name, name);
	value_of(l, name, "state", value);
	w->active = !strcmp(value, "active");
	/* Not with CONFIG_WATCHDOG_SYSFS=n. */
	w->known = *value;
	value_of(l, name, "nowayout", value);
	w->no_way_out = !strcmp(value, "1");
	value_of(l, name, "timeleft", w->left);
	l->count++;
	return 0;
}

static bool has(const struct look *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (!strcmp(l->watchdog[i].name, name))
			return true;
	return false;
}

/* Drivers of the old kind, such as ipmi_watchdog, have only a node: /dev/watchdog, which is otherwise the first one's of the class. */
static void add_old_one(struct look *l)
{
	char path[PATH_SIZE];

	if (l->count < WATCHDOGS_MAX && !has(l, "watchdog0") &&
	    snprintf(path, sizeof(path), "%s/sys/class/misc/watchdog", l->root) < (int)sizeof(path) && !access(path, F_OK))
		strcpy(l->watchdog[l->count++].name, "watchdog");
}

/*
 * "active" means that a program has started it. One that firmware has started, and that the kernel keeps content (WDOG_HW_RUNNING of
 * include/linux/watchdog.h, Linux 6.12), is "inactive", but its time runs.
 */
static void see_time_run(struct look *l)
{
	const struct timespec pause = { .tv_sec = COUNTS_MS / 1000, .tv_nsec = COUNTS_MS % 1000 * 1000000 };
	bool worth = false;

	for (size_t i = 0; i < l->count; i++)
		worth |= !l->watchdog[i].active && *l->watchdog[i].left;
	if (!worth)
		return;
	nanosleep(&pause, NULL);
	for (size_t i = 0; i < l->count; i++) {
		struct watchdog *w = &l->watchdog[i];
		char left[VALUE_SIZE];

		value_of(l, w->name, "timeleft", left);
		w->active |= *w->left && *left && strcmp(left, w->left) != 0;
	}
}

/* A folder_visit() of /proc/PID/fd. */
static int look_at_file(void *context, const char *dir, const char *fd)
{
	struct look *l = context;
	char path[PATH_SIZE], target[PATH_SIZE], name[NAME_SIZE] = "a process";
	ssize_t length;

	if (snprintf(path, sizeof(path), "%s/%s", dir, fd) >= (int)sizeof(path))
		return 0;
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return 0;
	target[length] = '\0';
	if (strncmp(target, "/dev/watchdog", strlen("/dev/watchdog")) != 0)
		return 0;
	for (size_t i = 0; i < l->count; i++) {
		struct watchdog *w = &l->watchdog[i];
		const char *node = target + strlen("/dev/");

		/* Of several, which have it from the first one, that is named. */
		if (*w->opened_by)
			continue;
		if (strcmp(node, w->name) != 0 && (strcmp(node, "watchdog") != 0 || strcmp(w->name, "watchdog0") != 0))
			continue;
		if (snprintf(path, sizeof(path), "%s/proc/%s/comm", l->root, l->process) < (int)sizeof(path) &&
		    read_line(path, name, sizeof(name)))
			strcpy(name, "a process");
		snprintf(w->opened_by, sizeof(w->opened_by), "%s (%.16s)", name, l->process);
	}
	return 0;
}

/* A folder_visit() of /proc. */
static int look_at_process(void *context, const char *proc, const char *process)
{
	struct look *l = context;
	char path[PATH_SIZE];

	l->process = process;
	if (isdigit((unsigned char)*process) && snprintf(path, sizeof(path), "%s/%s/fd", proc, process) < (int)sizeof(path))
		(void)folder_each("process", path, look_at_file, l);
	return 0;
}

/* Who has them open? To open one starts it, so this also tells of one of which the kernel has no state. */
static void find_who_has_them(struct look *l)
{
	char proc[PATH_SIZE];

	if (snprintf(proc, sizeof(proc), "%s/proc", l->root) < (int)sizeof(proc))
		(void)folder_each("processes", proc, look_at_process, l);
	for (size_t i = 0; i < l->count; i++)
		l->watchdog[i].active |= !l->watchdog[i].known && *l->watchdog[i].opened_by;
}

enum watchdogs watchdogs_look(const char *root, char *text, size_t room)
{
	enum watchdogs answer = WATCHDOGS_NONE;
	struct look l = { .root = root };
	char dir[PATH_SIZE];

	*text = '\0';
	if (snprintf(dir, sizeof(dir), "%s/sys/class/watchdog", root) < (int)sizeof(dir))
		(void)folder_each_if_there("watchdog", dir, add_watchdog, &l);
	add_old_one(&l);
	see_time_run(&l);
	for (size_t i = 0; i < l.count && answer == WATCHDOGS_NONE; i++)
		if (l.watchdog[i].active || !l.watchdog[i].known)
			answer = WATCHDOGS_UNKNOWN;
	if (answer == WATCHDOGS_NONE)
		return answer;
	find_who_has_them(&l);
	for (size_t i = 0; i < l.count; i++)
		if (l.watchdog[i].active)
			answer = WATCHDOGS_RUNNING;
	for (size_t i = 0; i < l.count; i++) {
		const struct watchdog *w = &l.watchdog[i];

		if (answer == WATCHDOGS_RUNNING ? !w->active : w->known)
			continue;
		text_add(text, room, " %s%s", strcmp(w->name, "watchdog") ? "/sys/class/watchdog/" : "/dev/", w->name);
		if (*w->opened_by)
			text_add(text, room, ", opened by %s", w->opened_by);
		if (w->no_way_out)
			text_add(text, room, ", which cannot be stopped once it runs (nowayout)");
	}
	return answer;
}
