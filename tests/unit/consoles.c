/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written for the user is written to each console, and one that takes nothing keeps nobody waiting. */
#include "kernel/consoles.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/progress.h"
#include "check.h"
#include "fixture.h"

/* As Linux 6.12 lists them (fs/proc/consoles.c): the preferred one first. */
#define LISTED "tty0                 -WU (EC    a)    4:1\nnetcon0              -W- (E      )\n" \
	"ttyS0                -W- (E   p a)    4:64\nttyS1                -W- (E   p a)    4:65\n"

static int pipe_at(const char *root, const char *name)
{
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/dev/%s", root, name);
	CHECK(!mkfifo(path, 0600));
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(fd >= 0);
	return fd;
}

static const char *read_from(int fd)
{
	static char text[8192];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void list(void)
{
	const char *root = fixture_root();
	struct consoles consoles;

	consoles_list(root, &consoles);
	CHECK_EQ(consoles.count, 0);
	fixture_text(root, "proc/consoles", LISTED);
	consoles_list(root, &consoles);
	CHECK_EQ(consoles.count, 3);
	CHECK_STR(consoles.name[0], "tty0");
	CHECK_STR(consoles.name[1], "ttyS0");
	CHECK_STR(consoles.name[2], "ttyS1");
}

static void writes_to_all(void)
{
	const char *root = fixture_root();
	struct progress progress;
	int first[2], serial, full;
	FILE *stream;

	fixture_text(root, "proc/consoles", LISTED);
	fixture_text(root, "dev/none", "");
	CHECK(!pipe(first));
	serial = pipe_at(root, "ttyS0");
	full = pipe_at(root, "ttyS1");
	stream = consoles_stream(root, first[1]);
	CHECK(stream != NULL);
	fputs("one\n", stream);
	CHECK(!fflush(stream) && !ferror(stream));
	CHECK_STR(read_from(first[0]), "one\n");
	CHECK_STR(read_from(serial), "one\n");
	CHECK_STR(read_from(full), "one\n");

	/* One that takes nothing: its pipe gets full, while the others go on. */
	for (int i = 0; i < 100; i++) {
		for (int j = 0; j < 1000; j++)
			fputc('x', stream);
		fputc('\n', stream);
		CHECK(!fflush(stream));
		CHECK_EQ(strlen(read_from(first[0])), 1001);
		CHECK_EQ(strlen(read_from(serial)), 1001);
	}
	close(full);
	/* One that is gone is none for those that are left; nor is the first one. */
	signal(SIGPIPE, SIG_IGN);
	fputs("two\n", stream);
	CHECK(!fflush(stream));
	CHECK_STR(read_from(serial), "two\n");
	close(first[0]);
	fputs("three\n", stream);
	CHECK(!fflush(stream));
	CHECK_STR(read_from(serial), "three\n");

	/* Progress on consoles is one line that changes, as on a terminal. */
	progress_begin(&progress, "saving", 3 << 20, stream);
	CHECK(progress.terminal);
	progress_add(&progress, 3 << 20);
	progress_end(&progress);
	fflush(stream);
	CHECK(!strncmp(read_from(serial), "\rsaving: 3 MiB in ", 18));
	fclose(stream);
	close(first[1]);
	close(serial);
}

/* Where standard output is not /dev/console, as in A and in this test, it is what it is. */
static void only_for_the_console(void)
{
	CHECK(consoles_output() == stdout);
}

static void screens(void)
{
	const char *root = fixture_root();

	CHECK(!consoles_vga_text(root));
	fixture_text(root, "sys/class/vtconsole/vtcon0/name", "(S) VGA+\n");
	CHECK(!consoles_vga_text(root));
	fixture_text(root, "sys/class/vtconsole/vtcon0/bind", "0\n");
	CHECK(!consoles_vga_text(root));
	fixture_text(root, "sys/class/vtconsole/vtcon1/name", "(M) frame buffer device\n");
	fixture_text(root, "sys/class/vtconsole/vtcon1/bind", "1\n");
	CHECK(!consoles_vga_text(root));
	fixture_text(root, "sys/class/vtconsole/vtcon0/bind", "1\n");
	CHECK(consoles_vga_text(root));
}

RUN_TESTS(list, writes_to_all, only_for_the_console, screens)
