/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that can tell whether A went on as it was: it has memory, an open file and a TCP connection, and checks them.
 *
 *   witness start --memory MIB --file PATH --socket PATH [--fragment]
 *   witness query --socket PATH
 *
 * "start" returns when all is set up. "query" prints KEY=VALUE lines; what was once found wrong stays "bad".
 */
#include "journal.h"
#include "link.h"
#include "pattern.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	TICK_MS = 10,
	TICKS_PER_LINE = 10,
	FRAGMENT_PAGES = 8192, /* every other one is freed: 4096 holes */
};

struct witness {
	struct region memory, fragments;
	struct journal journal;
	struct link link;
	uint64_t counter;
	int control;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "witness: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void region_start(struct region *region, size_t pages, size_t stride)
{
	region->pages = pages;
	region->stride = stride;
	if (getrandom(&region->seed, sizeof(region->seed), 0) != sizeof(region->seed))
		die("getrandom");
	if (pages == 0)
		return;
	region->base = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (region->base == MAP_FAILED)
		die("mmap");
	/* Pages can only be freed one by one where there are no huge pages. A kernel that has none fails here, which is as good. */
	if (stride > 1)
		madvise(region->base, pages * PAGE, MADV_NOHUGEPAGE);
	memset(region->base, 0xa5, pages * PAGE);
	pattern_fill(region);
}

/* Frees the pages between those that hold the pattern, so that free and used page frames alternate. */
static void region_punch(struct region *region)
{
	for (size_t page = 0; page < region->pages; page++)
		if (page % region->stride && madvise(region->base + page * PAGE, PAGE, MADV_DONTNEED) < 0)
			die("madvise");
}

/* Field 22 of /proc/self/stat; it is looked for after the command's name, which may hold spaces and parentheses. */
static unsigned long long start_time(void)
{
	char stat[1024] = "", *field;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, stat, sizeof(stat) - 1);

	if (fd >= 0)
		close(fd);
	field = n > 0 ? strrchr(stat, ')') : NULL;
	for (int i = 2; field && i < 22; i++)
		field = strchr(field + 1, ' ');
	return field ? strtoull(field, NULL, 10) : 0;
}

static void print_memory(FILE *out, const char *key, const struct region *region)
{
	long long offset = pattern_check(region);

	if (offset < 0)
		fprintf(out, "%s=ok\n", key);
	else
		fprintf(out, "%s=bad(0x%llx)\n", key, offset);
}

static void print_error(FILE *out, const char *key, const struct latch *error)
{
	if (error->text[0])
		fprintf(out, "%s=bad(%s)\n", key, error->text);
	else
		fprintf(out, "%s=ok\n", key);
}

static void answer_query(struct witness *w)
{
	int connection = accept(w->control, NULL, NULL);
	FILE *out = connection < 0 ? NULL : fdopen(connection, "w");

	if (!out)
		return;
	journal_check(&w->journal);
	fprintf(out, "pid=%d\npeer_pid=%d\nstart_time=%llu\n", getpid(), w->link.peer, start_time());
	fprintf(out, "counter=%" PRIu64 "\n", w->counter);
	fprintf(out, "memory_mib=%zu\n", w->memory.pages * PAGE >> 20);
	fprintf(out, "memory_address=%#" PRIxPTR "\n", (uintptr_t)w->memory.base);
	print_memory(out, "memory", &w->memory);
	if (w->fragments.pages) {
		print_memory(out, "fragments", &w->fragments);
		fprintf(out, "fragment_runs=%zd\n", pattern_runs(&w->fragments));
	}
	fprintf(out, "file_lines=%" PRIu64 "\n", w->journal.lines);
	print_error(out, "file", &w->journal.error);
	fprintf(out, "tcp_seq=%" PRIu64 "\n", w->link.echoed);
	print_error(out, "tcp", &w->link.error);
	fclose(out);
}

static _Noreturn void witness_run(struct witness *w)
{
	int64_t next = now_ms() + TICK_MS;

	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = w->control, .events = POLLIN },
			{ .fd = w->link.error.text[0] ? -1 : w->link.fd, .events = POLLIN },
		};
		int64_t left = next - now_ms();

		if (poll(fds, 2, left > 0 ? (int)left : 0) < 0 && errno != EINTR)
			die("poll");
		if (fds[1].revents)
			link_receive(&w->link);
		if (fds[0].revents)
			answer_query(w);
		if (now_ms() < next)
			continue;
		next = now_ms() + TICK_MS;
		w->counter++;
		link_send(&w->link, now_ms());
		if (w->counter % TICKS_PER_LINE == 0)
			journal_append(&w->journal);
	}
}

static struct sockaddr_un control_address(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(address.sun_path, path);
	return address;
}

/* Whoever reads this command's output up to its end must not have to wait for the daemon. */
static void to_null(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, fd) < 0)
		die("/dev/null");
	close(null);
}

/* The parent exits with status 0 when the child has said through the pipe that all is set up, else with another one. */
static void daemonize(int *ready)
{
	int pipe_fds[2];
	pid_t child;
	char byte;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0 || (child = fork()) < 0)
		die("fork");
	if (child) {
		close(pipe_fds[1]);
		exit(read(pipe_fds[0], &byte, 1) == 1 ? 0 : 1);
	}
	setsid();
	to_null(STDIN_FILENO);
	to_null(STDOUT_FILENO);
	*ready = pipe_fds[1];
}

static int start(size_t memory_mib, bool fragment, const char *file, const char *socket_path)
{
	static struct witness w;
	struct sockaddr_un address = control_address(socket_path);
	int ready;

	daemonize(&ready);
	/* The peer is forked first, so that it shares nothing of the memory that follows. */
	if (link_start(&w.link) < 0)
		die("connect over 127.0.0.1");
	if (journal_open(&w.journal, file) < 0)
		die(file);
	w.control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w.control < 0 || bind(w.control, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(w.control, 4) < 0)
		die(socket_path);
	signal(SIGPIPE, SIG_IGN);
	region_start(&w.memory, memory_mib << 20 >> 12, 1);
	region_start(&w.fragments, fragment ? FRAGMENT_PAGES : 0, 2);
	region_punch(&w.fragments);
	if (write(ready, "", 1) != 1)
		die("tell the parent");
	close(ready);
	to_null(STDERR_FILENO);
	witness_run(&w);
}

static int query(const char *path)
{
	struct sockaddr_un address = control_address(path);
	int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[4096];
	ssize_t n;

	if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	while ((n = read(connection, text, sizeof(text))) > 0)
		fwrite(text, 1, (size_t)n, stdout);
	return n < 0;
}

static _Noreturn void usage(void)
{
	fputs("usage: witness start --memory MIB --file PATH --socket PATH [--fragment] | query --socket PATH\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	const char *memory = "0", *file = NULL, *socket_path = NULL;
	bool fragment = false;

	if (argc < 2)
		usage();
	for (int i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "--fragment"))
			fragment = true;
		else if (!strcmp(argv[i], "--memory") && i + 1 < argc)
			memory = argv[++i];
		else if (!strcmp(argv[i], "--file") && i + 1 < argc)
			file = argv[++i];
		else if (!strcmp(argv[i], "--socket") && i + 1 < argc)
			socket_path = argv[++i];
		else
			usage();
	}
	if (socket_path && !strcmp(argv[1], "query"))
		return query(socket_path);
	if (socket_path && file && !strcmp(argv[1], "start"))
		return start(strtoul(memory, NULL, 10), fragment, file, socket_path);
	usage();
}
