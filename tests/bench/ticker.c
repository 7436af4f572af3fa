/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process of A that shows the host when A's processes run, and how much memory they could have: every TICK_MS it
 * writes a line of its number and of MemAvailable (KiB).
 *   ticker TTY
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MS = 20 };

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static void set_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t) < 0)
		die("ticker: tcgetattr");
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL;
	if (tcsetattr(fd, TCSANOW, &t) < 0)
		die("ticker: tcsetattr");
}

static unsigned long available(int meminfo)
{
	char text[512], *at;
	ssize_t n = pread(meminfo, text, sizeof(text) - 1, 0);

	if (n <= 0)
		die("ticker: /proc/meminfo");
	text[n] = '\0';
	at = strstr(text, "MemAvailable:");
	return at ? strtoul(at + strlen("MemAvailable:"), NULL, 10) : 0;
}

/* A hibernation freezes processes by a signal that nobody gets: it ends a write that waits, with what was written by then. */
static void write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno != EINTR)
			die("ticker: write");
		if (n > 0) {
			text += n;
			size -= (size_t)n;
		}
	}
}

int main(int argc, char **argv)
{
	int tty = argc == 2 ? open(argv[1], O_WRONLY | O_NOCTTY | O_CLOEXEC) : -1;
	int meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	const struct timespec tick = { 0, TICK_MS * 1000000L };

	if (tty < 0 || meminfo < 0)
		die("ticker: open");
	set_raw(tty);
	/* It is locked in memory, or it would have to wait for its own pages when memory is short. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		die("ticker: mlockall");
	for (unsigned long number = 1;; number++) {
		char line[64];
		int length = snprintf(line, sizeof(line), "%lu %lu\n", number, available(meminfo));

		write_all(tty, line, (size_t)length);
		nanosleep(&tick, NULL);
	}
}
