/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process with memory of memfd_secret(2).
 *
 *   secret hold mapped|open PATH
 *
 * Returns when a child has the memory filled with a pattern; with `mapped` that has closed the file. PATH gets the child's process
 * number. When the child gets SIGUSR1, it looks whether the pattern is still there, and writes "ok" or "bad" to PATH.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#define SIZE (16 * 4096)

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "secret: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void tell(const char *path, const char *text)
{
	FILE *to = fopen(path, "w");

	if (!to || fprintf(to, "%s\n", text) < 0 || fclose(to))
		die(path);
}

static unsigned char pattern(size_t at)
{
	return (unsigned char)(at * 7 + at / 4096 * 13 + 5);
}

static const char *look(const unsigned char *memory)
{
	for (size_t i = 0; i < SIZE; i++)
		if (memory[i] != pattern(i))
			return "bad";
	return "ok";
}

int main(int argc, char **argv)
{
	unsigned char *memory;
	sigset_t wanted;
	char number[24];
	pid_t child;
	int fd, got;

	if (argc != 4 || strcmp(argv[1], "hold") || (strcmp(argv[2], "mapped") && strcmp(argv[2], "open"))) {
		fputs("usage: secret hold mapped|open PATH\n", stderr);
		return 2;
	}
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGUSR1);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	fd = (int)syscall(SYS_memfd_secret, 0);
	if (fd < 0 || ftruncate(fd, SIZE))
		die("memfd_secret");
	memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	for (size_t i = 0; i < SIZE; i++)
		memory[i] = pattern(i);
	child = fork();
	if (child < 0)
		die("fork");
	if (child) {
		snprintf(number, sizeof(number), "%d", (int)child);
		tell(argv[3], number);
		return 0;
	}
	setsid();
	/* What started it would wait for as long as somebody has its output open. */
	if (!freopen("/dev/null", "r", stdin) || !freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		return 1;
	if (!strcmp(argv[2], "mapped"))
		close(fd);
	else
		munmap(memory, SIZE);
	while (!sigwait(&wanted, &got)) {
		if (strcmp(argv[2], "mapped"))
			memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		tell(argv[3], memory == MAP_FAILED ? "bad" : look(memory));
		if (strcmp(argv[2], "mapped"))
			munmap(memory, SIZE);
	}
	return 1;
}
