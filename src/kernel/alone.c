/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/alone.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"

#define LOCK "khibernate.lock"
#define PATH_SIZE 512
/* Above those that a shell uses. */
#define LOCK_FD 100

/* Makes the folder and those that it lies in; that it is there already is no failure. */
static void make_folders(const char *path)
{
	char part[PATH_SIZE];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/'))
		if (snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path) < (int)sizeof(part))
			(void)mkdir(part, 0755);
	(void)mkdir(path, 0700);
}

/*
 * The scripts' folder for temporary files, which nobody else may enter: files there tell of this system, and who is in a folder that is
 * mounted keeps it from being unmounted. A descriptor, or -1 and fail().
 */
static int open_folder(const char *path)
{
	struct stat st;
	int fd;

	make_folders(path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail("start", errno, "%s", path);
	if (!fstat(fd, &st) && st.st_uid == geteuid() && !fchmod(fd, 0700))
		return fd;
	close(fd);
	return fail("start", 0, "%s is not root's: remove it", path);
}

/* Says who has the lock: what that one has written into its file. */
static int locked(int fd, const char *folder)
{
	char who[128];
	ssize_t size = pread(fd, who, sizeof(who) - 1, 0);

	who[size > 0 ? size : 0] = '\0';
	return fail("start", 0, "%s is at work (%s/" LOCK ")", size > 0 ? who : "another one", folder);
}

/* Takes the lock for as long as this process, or one that it starts, runs. 0, or -1 and fail(). */
static int take_lock(int folder, const char *path, const char *name)
{
	int held, fd = openat(folder, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600), ret = 0;
	char who[128];

	if (fd < 0)
		return fail("start", errno, "%s/" LOCK, path);
	snprintf(who, sizeof(who), "%.64s (process %d)", name, (int)getpid());
	held = fcntl(fd, F_DUPFD, LOCK_FD);
	if (held < 0)
		ret = fail("start", errno, "%s/" LOCK, path);
	else if (flock(fd, LOCK_EX | LOCK_NB))
		ret = errno == EWOULDBLOCK ? locked(fd, path) : fail("start", errno, "%s/" LOCK, path);
	else if (ftruncate(fd, 0) || pwrite_exact(fd, who, strlen(who), 0, LOCK))
		ret = fail("start", errno, "%s/" LOCK, path);
	if (ret && held >= 0)
		close(held);
	close(fd);
	return ret;
}

/* A folder_visit(): unmounts what an earlier script has left mounted, as where it had no namespace of its own. */
static int unmount(void *context, const char *dir, const char *name)
{
	char path[PATH_SIZE];

	(void)context;
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) < (int)sizeof(path))
		while (!umount2(path, UMOUNT_NOFOLLOW))
			;
	return 0;
}

/*
 * From here on nobody else sees what is mounted. What others mount and unmount is still seen, and so not kept from being unmounted. In
 * a chroot, where / is no mount, that cannot be had.
 */
static int leave_mounts(void)
{
	if (unshare(CLONE_NEWNS))
		return fail("start", errno, "a mount namespace");
	return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) && errno != EINVAL ? fail("start", errno, "a mount namespace") : 0;
}

int alone_begin(const char *name, const char *path)
{
	char pid[32];
	int folder, ret;

	if (geteuid())
		return fail("start", 0, "only root may do this");
	folder = open_folder(path);
	if (folder < 0)
		return -1;
	ret = take_lock(folder, path, name);
	close(folder);
	if (ret || folder_each("start", path, unmount, NULL) || leave_mounts())
		return -1;
	/* The number stays the same when the command takes our place, and no other process has it. */
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return setenv("KHIBERNATE_ALONE", pid, 1) ? fail("start", errno, "the environment") : 0;
}
