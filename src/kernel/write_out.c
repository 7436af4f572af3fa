/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/write_out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/io.h"
#include "base/report.h"
#include "base/units.h"
#include "kernel/memmap.h"

#define MOUNTINFO_MAX (64u << 20)
#define PATH_SIZE 4096
#define WHAT_SIZE 640
#define SECOND_MS 1000

/* What the child tells: how many it has begun with, and what the one is called that it is at, in turn in one of two places. */
struct state {
	atomic_uint begun;
	char what[2][WHAT_SIZE];
};

/* proc(5): a space, a tab, a newline and a backslash are three octal digits behind a backslash. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *at = text; *at; to++) {
		if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' && at[3] >= '0' && at[3] <= '7') {
			*to = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
			at += 4;
		} else {
			*to = *at++;
		}
	}
	*to = '\0';
}

static void begin(struct state *state, const char *what)
{
	unsigned int next = atomic_load(&state->begun) + 1;

	snprintf(state->what[next % 2], WHAT_SIZE, "%s", what);
	atomic_store(&state->begun, next);
}

static void write_out_running(const char *path)
{
	int fd;

	if (!path) {
		sync();
		return;
	}
	/* O_NONBLOCK: a file may be mounted on a pipe. What cannot be opened is written out with the rest. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)syncfs(fd);
	close(fd);
}

/* The file systems that were written out, by their devices' numbers: one may be mounted more than once. */
struct done {
	unsigned int (*number)[2];
	size_t count, room;
};

static bool is_new(struct done *done, unsigned int major, unsigned int minor)
{
	unsigned int(*grown)[2];

	for (size_t i = 0; i < done->count; i++)
		if (done->number[i][0] == major && done->number[i][1] == minor)
			return false;
	grown = array_grown("sync", done->number, sizeof(*done->number), done->count, &done->room);
	if (grown) {
		done->number = grown;
		grown[done->count][0] = major;
		grown[done->count++][1] = minor;
	}
	return true;
}

/* One line of mountinfo (Documentation/filesystems/proc.rst, 3.5). */
static void write_out_mount(char *line, struct done *done, struct state *state, write_out_one one)
{
	char what[WHAT_SIZE], kind[64], source[256];
	const char *behind = strstr(line, " - ");
	char *path = malloc(PATH_SIZE);
	unsigned int major, minor;

	/* To look into automount's folders would have something mounted there. */
	if (path && behind && sscanf(line, "%*u %*u %u:%u %*s %4095s", &major, &minor, path) == 3 &&
	    sscanf(behind, " - %63s %255s", kind, source) == 2 && strcmp(kind, "autofs") != 0 && is_new(done, major, minor)) {
		unescape(path);
		unescape(source);
		snprintf(what, sizeof(what), "%.200s (%s, %s)", path, kind, source);
		make_one_line(what);
		begin(state, what);
		one(path);
	}
	free(path);
}

/* What the child does: never returns. What it waits for may last, so it keeps nothing open that others wait for: a lock, a pipe. */
static _Noreturn void child(const char *root, int end, struct state *state, write_out_one one)
{
	struct done done = { 0 };
	char path[512];
	struct blob text;

	for (int fd = 0; fd < 1024; fd++)
		if (fd != end)
			close(fd);
	if (snprintf(path, sizeof(path), "%s/proc/self/mountinfo", root) < (int)sizeof(path) && !read_file(path, MOUNTINFO_MAX, &text)) {
		for (char *rest = (char *)text.data, *line; (line = strsep(&rest, "\n"));)
			write_out_mount(line, &done, state, one);
		free(done.number);
		free(text.data);
	}
	begin(state, "a device, or what is mounted elsewhere,");
	one(NULL);
	_exit(0);
}

/* How much is to be written, and is on its way; UINT64_MAX where that is not known. */
static uint64_t unwritten(const char *root)
{
	uint64_t dirty, writeback;

	return memmap_meminfo(root, "Dirty", &dirty) || memmap_meminfo(root, "Writeback", &writeback) ? UINT64_MAX : dirty + writeback;
}

/* Waits until the child has closed its end of the pipe, or nothing has come of it for `seconds`: then false. */
static bool wait_for(const char *root, unsigned int seconds, int from, const struct state *state)
{
	struct pollfd poll_end = { .fd = from, .events = POLLIN };
	unsigned int begun = 0, idle = 0;
	uint64_t least = UINT64_MAX;

	while (poll(&poll_end, 1, SECOND_MS) <= 0) {
		uint64_t left = unwritten(root);
		unsigned int now = atomic_load(&state->begun);

		idle = now != begun || left < least ? 0 : idle + 1;
		if (idle >= seconds)
			return false;
		begun = now;
		least = min_u64(least, left);
	}
	return true;
}

int write_out(const char *root, unsigned int seconds, write_out_one one)
{
	struct state *state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int end[2], ret = 0;
	pid_t pid;

	if (state == MAP_FAILED)
		return fail("sync", errno, "memory");
	if (pipe(end)) {
		ret = fail("sync", errno, "pipe");
		goto out;
	}
	pid = fork();
	if (!pid)
		child(root, end[1], state, one ? one : write_out_running);
	close(end[1]);
	if (pid < 0) {
		ret = fail("sync", errno, "fork");
	} else if (wait_for(root, seconds, end[0], state)) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	} else {
		/* It ends when what it waits for lets it. */
		kill(pid, SIGKILL);
		ret = fail("sync", 0, "%s takes nothing of what is to be written there, for %u s now: bring back the device or server, or unmount it",
			   state->what[atomic_load(&state->begun) % 2], seconds);
	}
	close(end[0]);
out:
	munmap(state, sizeof(*state));
	return ret;
}
