/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing out, with a made-up list of mounts, and a file system that takes nothing. */
#include "kernel/write_out.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "check.h"
#include "fixture.h"
#include "meminfo.h"

/* Lines as Linux 6.12 has them, of a root, which is mounted twice, an automount's folder, what is mounted there, and a name with a space. */
#define MOUNTS \
	"25 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n" \
	"30 25 0:26 / /net rw,relatime - autofs systemd-1 rw,fd=28,pgrp=1\n" \
	"31 30 0:41 / /net/a\\040b rw,relatime shared:3 - nfs4 server:/ex\\040port rw,vers=4.2\n" \
	"33 25 254:0 /etc /somewhere rw,relatime - ext4 /dev/vda rw\n" \
	"32 25 254:16 / /mnt rw,relatime - ext4 /dev/vdb rw\n"

static char list[512], stuck_at[64];
static const char *busy; /* where there is a disk at /mnt that takes what is written, but not as fast as somebody writes */

/* Has the disk that is busy been looked at for the second time? */
static bool looked_twice(void)
{
	struct blob got;
	const char *first;
	bool twice = false;

	if (!read_file(list, 4096, &got)) {
		first = strstr((char *)got.data, "/mnt\n");
		twice = first && strstr(first + 1, "/mnt\n");
		free(got.data);
	}
	return twice;
}

/* The disk at /mnt has taken so many. As in /sys, who reads the file sees it whole. */
static void take_sectors(const char *root, unsigned int sectors)
{
	char line[64], from[512], to[512];

	snprintf(line, sizeof(line), "12 0 96 3 7 0 %u 4 0 9 8 0 0 0 0 0 0\n", sectors);
	fixture_text(root, "sys/dev/block/254:16/new", line);
	snprintf(from, sizeof(from), "%s/sys/dev/block/254:16/new", root);
	snprintf(to, sizeof(to), "%s/sys/dev/block/254:16/stat", root);
	CHECK(!rename(from, to));
}

static void one(const char *path)
{
	char line[128];
	int fd = open(list, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	snprintf(line, sizeof(line), "%s\n", path ? path : "all");
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		_exit(1);
	close(fd);
	if (busy && !path)
		while (!looked_twice())
			;
	for (unsigned int sectors = 1; busy && path && !strcmp(path, "/mnt"); sectors++)
		take_sectors(busy, sectors);
	/* All are not written out as long as one is stuck. */
	if (*stuck_at && (!path || !strcmp(path, stuck_at)))
		for (;;)
			pause();
}

static const char *written(void)
{
	static char text[512];
	struct blob got;

	*text = '\0';
	if (!read_file(list, sizeof(text) - 1, &got)) {
		memcpy(text, got.data, got.size + 1);
		free(got.data);
	}
	(void)unlink(list);
	return text;
}

/* With 100 KiB left to be written, or where that is not known. */
static const char *system_of(bool known)
{
	const char *root = fixture_root();

	fixture_text(root, "proc/self/mountinfo", MOUNTS);
	if (known)
		meminfo_write(root, &(struct meminfo){ .dirty = 100 });
	snprintf(list, sizeof(list), "%s/list", root);
	return root;
}

static void all_at_once(void)
{
	const char *root = system_of(true);

	*stuck_at = '\0';
	CHECK_OK(write_out(root, 1, one));
	/* None is touched by itself, as its server may not answer while nothing is to be written there. */
	CHECK_STR(written(), "all\n");
	CHECK_OK(write_out("", 30, NULL));
}

static void names_what_is_stuck(void)
{
	const char *root = system_of(true);

	strcpy(stuck_at, "/net/a b");
	CHECK_FAILS(write_out(root, 1, one), "sync: /net/a b (nfs4, server:/ex port) takes nothing");
	CHECK_STR(written(), "all\n/\n/net/a b\n");
	strcpy(stuck_at, "all");
	CHECK_FAILS(write_out(root, 1, one), "sync: a device, or what is mounted elsewhere, takes nothing");
	CHECK_STR(written(), "all\n/\n/net/a b\n/mnt\n");
	/* Where it is not known how much is left, the end counts all the same. */
	root = system_of(false);
	CHECK_FAILS(write_out(root, 1, one), "takes nothing");
	*stuck_at = '\0';
	(void)written();
	CHECK_OK(write_out(root, 1, one));
}

/* A slow disk to which somebody goes on writing: what is to be written does not become less, but the disk takes it. */
static void busy_is_not_stuck(void)
{
	const char *root = system_of("Dirty:  100 kB\nWriteback:  0 kB\n");

	*stuck_at = '\0';
	busy = root;
	take_sectors(root, 0);
	CHECK_OK(write_out(root, 1, one));
	CHECK(strstr(written(), "all\n/\n/net/a b\n/mnt\n/\n/net/a b\n/mnt\n") != NULL);
	busy = NULL;
}

/* What it waits for may last: a lock that is held, or a pipe that is read, is not held by its child. */
static void keeps_nothing_open(void)
{
	const char *root = system_of(false);
	int end[2];
	char byte;

	strcpy(stuck_at, "/mnt");
	if (!CHECK(!pipe(end)))
		return;
	CHECK_FAILS(write_out(root, 1, one), "/mnt (ext4, /dev/vdb)");
	close(end[1]);
	CHECK_EQ(read(end[0], &byte, 1), 0);
	close(end[0]);
}

RUN_TESTS(all_at_once, names_what_is_stuck, busy_is_not_stuck, keeps_nothing_open)
