/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Being alone, with /bin/sh in the place of a script. */
#include "kernel/alone.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "base/io.h"

static char folder[512], errors[512];

/* Starts a script alone; its process. What it says on stderr goes to the file `errors`. `prepare` is called before, in its process. */
static pid_t start(const char *script, void (*prepare)(void))
{
	pid_t child = fork();

	if (child)
		return child;
	if (!freopen(errors, "w", stderr) || setvbuf(stderr, NULL, _IONBF, 0))
		_exit(99);
	if (prepare)
		prepare();
	if (!alone_begin("it.sh", folder))
		execl("/bin/sh", "sh", "-c", script, "it.sh", folder, (char *)NULL);
	_exit(report_failure("it.sh"));
}

/* The exit status; 128 and a signal's number. */
static int end_of(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(const char *script)
{
	return end_of(start(script, NULL));
}

static bool said(const char *part)
{
	struct blob text;
	bool there;

	if (read_file(errors, 4096, &text))
		return false;
	there = strstr((char *)text.data, part);
	if (!there)
		printf("%s", (char *)text.data);
	free(text.data);
	return there;
}

static bool make_place(void)
{
	const char *root = fixture_root();

	snprintf(folder, sizeof(folder), "%s/run/of/it", root);
	snprintf(errors, sizeof(errors), "%s/errors", root);
	/* Only root may mount. */
	return !geteuid();
}

static void runs_as_the_same_process(void)
{
	struct stat st;
	pid_t child;

	if (!CHECK(1) || !make_place())
		return;
	CHECK_EQ(run("[ \"$KHIBERNATE_ALONE\" = $$ ] && exit 7"), 7);
	CHECK(!stat(folder, &st) && (st.st_mode & 07777) == 0700);
	/* An older one may have left it for everybody to enter. */
	CHECK(!chmod(folder, 0755));
	child = start("[ \"$KHIBERNATE_ALONE\" = $$ ] && exit $(($$ % 100))", NULL);
	CHECK_EQ(end_of(child), (unsigned int)child % 100);
	CHECK(!stat(folder, &st) && (st.st_mode & 07777) == 0700);
}

static void one_at_a_time(void)
{
	char pipe_path[600], wait_path[600], script[2048], who[128];
	pid_t first, survivor = 0;
	uint64_t number = 0;
	FILE *from;

	if (!CHECK(1) || !make_place())
		return;
	snprintf(pipe_path, sizeof(pipe_path), "%s.pipe", errors);
	snprintf(wait_path, sizeof(wait_path), "%s.wait", errors);
	CHECK(!mkfifo(pipe_path, 0600) && !mkfifo(wait_path, 0600));
	/* It has a child, which goes on when it is killed, as kjump would. */
	snprintf(script, sizeof(script), "sh -c 'echo $$ >%s; exec cat %s'; exit 0", pipe_path, wait_path);
	first = start(script, NULL);
	from = fopen(pipe_path, "re");
	CHECK(from && fscanf(from, "%" SCNu64, &number) == 1);
	fclose(from);
	survivor = (pid_t)number;
	snprintf(who, sizeof(who), "it.sh: start: it.sh (process %d) is at work (%.20s", (int)first, folder);
	CHECK_EQ(run("exit 0"), 1);
	CHECK(said(who));
	kill(first, SIGKILL);
	CHECK_EQ(end_of(first), 128 + SIGKILL);
	CHECK_EQ(run("exit 0"), 1);
	CHECK(said(who));
	/* Nobody has to remove anything when the last one has ended, however it did. */
	kill(survivor, SIGKILL);
	while (!kill(survivor, 0))
		usleep(1000);
	CHECK_EQ(run("exit 8"), 8);
}

static void mounts_end_with_it(void)
{
	char path[600];

	if (!CHECK(1) || !make_place())
		return;
	CHECK_EQ(run("mkdir $1/mnt && mount -t tmpfs none $1/mnt && : >$1/mnt/file && [ -e $1/mnt/file ] && kill -9 $$"), 128 + SIGKILL);
	snprintf(path, sizeof(path), "%s/mnt/file", folder);
	CHECK(access(path, F_OK) && errno == ENOENT);
	CHECK_EQ(run("mount -t tmpfs none $1/mnt && umount $1/mnt && ! umount $1/mnt 2>/dev/null"), 0);
}

/* As a script that could have no namespace of its own: something is mounted twice. */
static void leave_a_mount(void)
{
	char path[600], file[700];

	snprintf(path, sizeof(path), "%s/mnt", folder);
	snprintf(file, sizeof(file), "%s/file", path);
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		_exit(98);
	for (int i = 0; i < 2; i++)
		if (mount("none", path, "tmpfs", 0, NULL) || write_text(file, "x"))
			_exit(97);
}

static void what_was_left_is_unmounted(void)
{
	if (!CHECK(1) || !make_place())
		return;
	CHECK_EQ(run("mkdir $1/mnt"), 0);
	CHECK_EQ(end_of(start("[ -d $1/mnt ] && [ ! -e $1/mnt/file ]", leave_a_mount)), 0);
}

static void become_nobody(void)
{
	if (setgid(65534) || setuid(65534))
		_exit(96);
}

static void refusals(void)
{
	char other[600];

	if (!CHECK(1) || !make_place())
		return;
	/* What it may not write, another user may have it say. */
	CHECK(!write_text(errors, "x") && !chmod(errors, 0666));
	CHECK_EQ(end_of(start("exit 0", become_nobody)), 1);
	CHECK(said("it.sh: start: only root may do this"));
	CHECK_EQ(run("exit 0"), 0);
	CHECK(!chown(folder, 65534, 65534));
	CHECK_EQ(run("exit 0"), 1);
	CHECK(said("/it is not root's: remove it"));
	snprintf(other, sizeof(other), "%s.other", folder);
	CHECK(!rename(folder, other) && !symlink(other, folder));
	CHECK_EQ(run("exit 0"), 1);
	CHECK(said("/run/of/it (Not a directory)"));
}

RUN_TESTS(runs_as_the_same_process, one_at_a_time, mounts_end_with_it, what_was_left_is_unmounted, refusals)
