/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/consoles.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"

#define PATH_SIZE 512

/* /dev/console (Documentation/admin-guide/devices.txt, Linux 6.12). */
#define CONSOLE_MAJOR 5
#define CONSOLE_MINOR 1

void consoles_list(const char *root, struct consoles *consoles)
{
	char path[PATH_SIZE], line[256];
	FILE *from;

	consoles->count = 0;
	if (snprintf(path, sizeof(path), "%s/proc/consoles", root) >= (int)sizeof(path))
		return;
	from = fopen(path, "re");
	if (!from)
		return;
	/* The name comes first, and the device's numbers, MAJOR:MINOR, last (show_console_dev() in fs/proc/consoles.c, Linux 6.12). */
	while (consoles->count < CONSOLES_MAX && fgets(line, sizeof(line), from))
		if (strchr(line, ':') && sscanf(line, "%31s", consoles->name[consoles->count]) == 1)
			consoles->count++;
	fclose(from);
}

/* The descriptors that a stream writes to; the first is not its own. */
struct outputs {
	int fd[CONSOLES_MAX];
	size_t count;
};

static ssize_t write_to_all(void *cookie, const char *data, size_t size)
{
	struct outputs *to = cookie;
	size_t taken = 0;

	/* What one of them does not take is no reason for another to miss it, nor for the program to fail. */
	for (size_t i = 0; i < to->count; i++)
		taken += write(to->fd[i], data, size) == (ssize_t)size;
	(void)taken;
	return (ssize_t)size;
}

static int close_others(void *cookie)
{
	struct outputs *to = cookie;

	for (size_t i = 1; i < to->count; i++)
		close(to->fd[i]);
	free(to);
	return 0;
}

FILE *consoles_stream(const char *root, int first)
{
	static const cookie_io_functions_t functions = { .write = write_to_all, .close = close_others };
	struct outputs *to = malloc(sizeof(*to));
	struct consoles consoles;
	FILE *stream;

	if (!to)
		return NULL;
	*to = (struct outputs){ .fd = { first }, .count = 1 };
	consoles_list(root, &consoles);
	for (size_t i = 1; i < consoles.count; i++) {
		char path[PATH_SIZE];

		if (snprintf(path, sizeof(path), "%s/dev/%s", root, consoles.name[i]) >= (int)sizeof(path))
			continue;
		to->fd[to->count] = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (to->fd[to->count] >= 0)
			to->count++;
	}
	stream = fopencookie(to, "w", functions);
	if (!stream) {
		close_others(to);
		return NULL;
	}
	setvbuf(stream, NULL, _IOLBF, BUFSIZ);
	return stream;
}

FILE *consoles_output(void)
{
	static FILE *stream;
	struct stat st;

	if (stream)
		return stream;
	if (!fstat(STDOUT_FILENO, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(CONSOLE_MAJOR, CONSOLE_MINOR))
		stream = consoles_stream("", STDOUT_FILENO);
	if (!stream)
		stream = stdout;
	return stream;
}

static int is_vga(void *context, const char *dir, const char *name)
{
	bool *vga = context;
	char path[PATH_SIZE], line[64];

	/* What of a screen has no console bound to it is not in use. */
	if (snprintf(path, sizeof(path), "%s/%s/bind", dir, name) >= (int)sizeof(path) || access(path, R_OK) ||
	    read_line(path, line, sizeof(line)) || strcmp(line, "1"))
		return 0;
	/* "(S) VGA+" (show_name() in drivers/tty/vt/vt.c, and vgacon_startup(), Linux 6.12). */
	if (snprintf(path, sizeof(path), "%s/%s/name", dir, name) < (int)sizeof(path) && !read_line(path, line, sizeof(line)) &&
	    strstr(line, "VGA+"))
		*vga = true;
	return 0;
}

bool consoles_vga_text(const char *root)
{
	char dir[PATH_SIZE];
	bool vga = false;

	if (snprintf(dir, sizeof(dir), "%s/sys/class/vtconsole", root) < (int)sizeof(dir))
		(void)folder_each_if_there("screen", dir, is_vga, &vga);
	return vga;
}
