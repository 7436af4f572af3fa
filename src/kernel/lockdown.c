/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/lockdown.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/io.h"

#define PATH_SIZE 512

/* securityfs as a mount without a place: a descriptor of its root folder, or -1 where the kernel does not give one (before Linux 5.2). */
static int securityfs(void)
{
	int mount = -1, context = (int)syscall(SYS_fsopen, "securityfs", FSOPEN_CLOEXEC);

	if (context < 0)
		return -1;
	if (!syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
	close(context);
	return mount;
}

/* The descriptor of the file, or -1 if the kernel has none, or does not show it. */
static int open_state(const char *root)
{
	char path[PATH_SIZE];
	int fd, folder;

	if (snprintf(path, sizeof(path), "%s/sys/kernel/security/lockdown", root) >= (int)sizeof(path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 || *root)
		return fd;
	folder = securityfs();
	if (folder < 0)
		return -1;
	fd = openat(folder, "lockdown", O_RDONLY | O_CLOEXEC);
	close(folder);
	return fd;
}

bool lockdown_is_on(const char *root, char *state, size_t room)
{
	int fd = open_state(root);
	ssize_t length = 0;

	if (fd >= 0) {
		length = read_upto(fd, state, room - 1, "lockdown");
		close(fd);
	}
	state[length > 0 ? length : 0] = '\0';
	state[strcspn(state, "\n")] = '\0';
	return *state && strcmp(state, "none") && !strstr(state, "[none]");
}
