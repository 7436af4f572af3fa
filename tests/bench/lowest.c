/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches how little memory is left: keeps the least MemAvailable that it saw (KiB) in FILE, until it is killed.
 *   lowest FILE
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	int meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	int to = argc == 2 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
	const struct timespec pause = { 0, 5000000L };
	unsigned long least = (unsigned long)-1;

	if (meminfo < 0 || to < 0)
		die("lowest: open");
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		die("lowest: mlockall");
	for (;;) {
		char text[512], *at;
		ssize_t n = pread(meminfo, text, sizeof(text) - 1, 0);
		unsigned long now;

		if (n <= 0)
			die("lowest: /proc/meminfo");
		text[n] = '\0';
		at = strstr(text, "MemAvailable:");
		now = at ? strtoul(at + strlen("MemAvailable:"), NULL, 10) : 0;
		if (now < least) {
			least = now;
			n = snprintf(text, sizeof(text), "%-10lu\n", least);
			if (pwrite(to, text, (size_t)n, 0) != n)
				die("lowest: write");
		}
		nanosleep(&pause, NULL);
	}
}
