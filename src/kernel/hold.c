/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/hold.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/io.h"
#include "base/number.h"

/* New threads are looked for until there are none, or so often; and that all have stopped so often, a millisecond apart. */
#define PASSES 10
#define WAITS 1000

struct held {
	pid_t *thread;
	size_t count, room;
	pid_t spared;
	bool more; /* this pass has found some */
};

/* A folder_visit() of /proc/PID/task. A thread that is held already cannot be seized a second time. */
static int seize(void *context, const char *tasks, const char *name)
{
	struct held *h = context;
	uint64_t number;
	pid_t *grown;

	(void)tasks;
	if (number_parse(name, 10, &number) || ptrace(PTRACE_SEIZE, (pid_t)number, NULL, NULL))
		return 0;
	h->more = true;
	(void)ptrace(PTRACE_INTERRUPT, (pid_t)number, NULL, NULL);
	grown = array_grown("hold", h->thread, sizeof(*h->thread), h->count, &h->room);
	if (!grown)
		return 1;
	h->thread = grown;
	h->thread[h->count++] = (pid_t)number;
	return 0;
}

/* A folder_visit() of /proc. */
static int seize_process(void *context, const char *proc, const char *name)
{
	struct held *h = context;
	uint64_t number;
	char path[512];

	if (number_parse(name, 10, &number) || (pid_t)number == h->spared || (pid_t)number == getpid() ||
	    snprintf(path, sizeof(path), "%s/%s/task", proc, name) >= (int)sizeof(path))
		return 0;
	/* A process that has just ended has no such folder. */
	(void)folder_each("process", path, seize, h);
	return 0;
}

/* Has the thread stopped, or ended? What it has stopped for is not asked by waitpid(2), which would take a signal from it. */
static bool is_stopped(pid_t thread)
{
	unsigned long message;

	return !ptrace(PTRACE_GETEVENTMSG, thread, NULL, &message) || kill(thread, 0);
}

/* What the holder does: never returns. */
static _Noreturn void hold(const char *root, pid_t spared, int ready, int end)
{
	struct held h = { .spared = spared };
	char proc[256], byte = 0;

	(void)mlockall(MCL_CURRENT | MCL_FUTURE);
	if (snprintf(proc, sizeof(proc), "%s/proc", root) >= (int)sizeof(proc))
		_exit(1);
	for (int i = 0; i < PASSES && (!i || h.more); i++) {
		h.more = false;
		(void)folder_each("process", proc, seize_process, &h);
	}
	for (int i = 0; i < WAITS && h.count; i++) {
		while (h.count && is_stopped(h.thread[h.count - 1]))
			h.count--;
		if (h.count)
			usleep(1000);
	}
	if (write(ready, &byte, 1) == 1)
		while (read(end, &byte, 1) < 0 && errno == EINTR)
			;
	_exit(0);
}

void hold_others(const char *root, struct hold *held)
{
	pid_t self = getpid();
	int ready[2], end[2];
	char byte;

	held->holder = 0;
	if (pipe(ready))
		return;
	if (pipe(end)) {
		close(ready[0]);
		close(ready[1]);
		return;
	}
	held->holder = fork();
	if (!held->holder) {
		close(ready[0]);
		close(end[1]);
		hold(root, self, ready[1], end[0]);
	}
	close(ready[1]);
	close(end[0]);
	held->end = end[1];
	if (held->holder < 0) {
		held->holder = 0;
		close(held->end);
	} else {
		/* Without the byte the holder has ended, and nobody is held. */
		while (read(ready[0], &byte, 1) < 0 && errno == EINTR)
			;
	}
	close(ready[0]);
}

void hold_end(struct hold *held)
{
	if (!held->holder)
		return;
	close(held->end);
	while (waitpid(held->holder, NULL, 0) < 0 && errno == EINTR)
		;
	held->holder = 0;
}
