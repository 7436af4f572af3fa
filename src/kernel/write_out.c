/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/write_out.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
/* How long each file system by itself may take when it is looked for which one does not. */
#define LOOK_SECONDS 5
#define ELSEWHERE "a device, or what is mounted elsewhere,"

/* A file system, in words and by its device's numbers. */
struct one {
	char what[WHAT_SIZE];
	unsigned int major, minor;
};

/* What the child that has each written by itself tells: how many it has begun with, and which one it is at, in turn in one of two places. */
struct state {
	atomic_uint begun;
	struct one at[2];
};

/* A child, and the pipe's end that is closed when it ends. */
struct child {
	pid_t pid;
	int end;
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

static void begin(struct state *state, const struct one *one)
{
	unsigned int next = atomic_load(&state->begun) + 1;

	state->at[next % 2] = *one;
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
static void write_out_mount(char *line, struct done *done, struct state *state, write_out_one write_one)
{
	char kind[64], source[256];
	const char *behind = strstr(line, " - ");
	char *path = malloc(PATH_SIZE);
	struct one one;

	/* To look into automount's folders would have something mounted there. */
	if (path && behind && sscanf(line, "%*u %*u %u:%u %*s %4095s", &one.major, &one.minor, path) == 3 &&
	    sscanf(behind, " - %63s %255s", kind, source) == 2 && strcmp(kind, "autofs") != 0 && is_new(done, one.major, one.minor)) {
		unescape(path);
		unescape(source);
		snprintf(one.what, sizeof(one.what), "%.200s (%s, %s)", path, kind, source);
		make_one_line(one.what);
		begin(state, &one);
		write_one(path);
	}
	free(path);
}

static void write_out_each(const char *root, struct state *state, write_out_one write_one)
{
	struct one rest = { .what = ELSEWHERE };
	struct done done = { 0 };
	char path[512];
	struct blob text;

	if (snprintf(path, sizeof(path), "%s/proc/self/mountinfo", root) < (int)sizeof(path) && !read_file(path, MOUNTINFO_MAX, &text)) {
		for (char *at = (char *)text.data, *line; (line = strsep(&at, "\n"));)
			write_out_mount(line, &done, state, write_one);
		free(done.number);
		free(text.data);
	}
	begin(state, &rest);
}

/*
 * Starts a child, since who waits for a disk cannot be stopped. With a state, it has each file system written by itself, otherwise all of
 * them. What it waits for may last, so it keeps nothing open that others wait for: a lock, a pipe. 0, or -1 and fail().
 */
static int start(struct child *child, const char *root, struct state *state, write_out_one write_one)
{
	int end[2];

	if (pipe(end))
		return fail("sync", errno, "pipe");
	child->pid = fork();
	if (!child->pid) {
		for (int fd = 0; fd < 1024; fd++)
			if (fd != end[1])
				close(fd);
		if (state)
			write_out_each(root, state, write_one);
		else
			write_one(NULL);
		_exit(0);
	}
	close(end[1]);
	child->end = end[0];
	if (child->pid > 0)
		return 0;
	close(end[0]);
	return fail("sync", errno, "fork");
}

/* Ends it, if need be when what it waits for lets it. */
static void stop(const struct child *child)
{
	kill(child->pid, SIGKILL);
	close(child->end);
	(void)waitpid(child->pid, NULL, WNOHANG);
}

static bool has_ended(const struct child *child, int ms)
{
	struct pollfd poll_end = { .fd = child->end, .events = POLLIN };

	return poll(&poll_end, 1, ms) > 0;
}

/* How much is to be written, and is on its way; UINT64_MAX where that is not known. */
static uint64_t unwritten(const char *root)
{
	uint64_t dirty, writeback;

	return memmap_meminfo(root, "Dirty", &dirty) || memmap_meminfo(root, "Writeback", &writeback) ? UINT64_MAX : dirty + writeback;
}

/* Waits until the child has ended, or what is to be written has not become less for `seconds`: then false. */
static bool wait_for(const struct child *all, const char *root, unsigned int seconds)
{
	uint64_t least = UINT64_MAX;

	for (unsigned int idle = 0; !has_ended(all, SECOND_MS);) {
		uint64_t left = unwritten(root);

		idle = left < least ? 0 : idle + 1;
		if (idle >= seconds)
			return false;
		least = min_u64(least, left);
	}
	return true;
}

/* The sectors that were written to a device (Documentation/block/stat.rst, Linux 6.12); 0 where there is no such number. */
static uint64_t sectors_written(const char *root, const struct one *one)
{
	char path[512], line[256];
	uint64_t sectors;

	if (snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u/stat", root, one->major, one->minor) >= (int)sizeof(path) ||
	    access(path, R_OK) || read_line(path, line, sizeof(line)) ||
	    sscanf(line, "%*u %*u %*u %*u %*u %*u %" SCNu64, &sectors) != 1)
		return 0;
	return sectors;
}

/*
 * Which one is it that `all` waits for? Has each written by itself, and stays at the one that takes longer than `seconds`, which is left in
 * *stuck. 1 if it is not stuck after all: it takes what is written, but somebody writes as fast, or `all` has ended. 0; or -1 and fail().
 */
static int find_stuck(const struct child *all, const char *root, unsigned int seconds, struct state *state, write_out_one write_one,
		      struct one *stuck)
{
	struct child each;
	unsigned int begun = 0, idle = 0, now;
	uint64_t written = 0;
	int ret;

	memset(state, 0, sizeof(*state));
	strcpy(state->at[0].what, ELSEWHERE);
	if (start(&each, root, state, write_one))
		return -1;
	while (idle < seconds && !has_ended(&each, 0) && !has_ended(all, SECOND_MS)) {
		now = atomic_load(&state->begun);
		if (now != begun)
			written = sectors_written(root, &state->at[now % 2]);
		idle = now != begun ? 0 : idle + 1;
		begun = now;
	}
	*stuck = state->at[atomic_load(&state->begun) % 2];
	ret = has_ended(all, 0) || sectors_written(root, stuck) > written;
	stop(&each);
	return ret;
}

int write_out(const char *root, unsigned int seconds, write_out_one one)
{
	struct state *state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const unsigned int look = (unsigned int)min_u64(seconds, LOOK_SECONDS);
	write_out_one write_one = one ? one : write_out_running;
	struct child all;
	struct one stuck;
	int ret = 0;

	if (state == MAP_FAILED)
		return fail("sync", errno, "memory");
	ret = start(&all, root, NULL, write_one);
	if (ret)
		goto out;
	do
		ret = wait_for(&all, root, seconds) ? 0 : find_stuck(&all, root, look, state, write_one, &stuck);
	while (ret > 0);
	/* 0 is the answer of find_stuck() for one that is stuck. */
	if (!ret && !has_ended(&all, 0))
		ret = fail("sync", 0, "%s takes nothing of what is to be written there, for %u s now: bring back the device or server, or unmount it",
			   stuck.what, seconds);
	stop(&all);
out:
	munmap(state, sizeof(*state));
	return ret < 0 ? -1 : 0;
}
