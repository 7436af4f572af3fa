/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"
#include "block/superblock.h"

#define PATH_SIZE 512

static bool in_memory_or_file(const char *name)
{
	return !strncmp(name, "ram", 3) || !strncmp(name, "zram", 4) || !strncmp(name, "loop", 4);
}

static void add_name(struct mounts *list, const char *name)
{
	if (in_memory_or_file(name))
		return;
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->name[i], name))
			return;
	/* mounts_print() separates the words of its lines by spaces; the kernel gives no device such a name. */
	if (list->count < MOUNTS_MAX && strlen(name) < MOUNTS_NAME_SIZE && *name && !strpbrk(name, " \t"))
		strcpy(list->name[list->count++], name);
	else
		list->left_out++;
}

static int add_device(struct mounts *list, const char *sys);

/* Adds the device of each entry of the folder `path`, and what those are made of; false if there is none. */
static bool add_all(struct mounts *list, const char *path)
{
	DIR *dir = opendir(path);
	char sys[PATH_SIZE];
	const char *name;
	bool any = false;
	int end = 1;

	while (dir && !(end = next_entry(dir, "devices", path, &name)))
		if (snprintf(sys, sizeof(sys), "%s/%s", path, name) < (int)sizeof(sys))
			any |= !add_device(list, sys);
	/* The caller knows of them only that they are there, as of devices that cannot be read. */
	list->left_out += end < 0;
	if (dir)
		closedir(dir);
	return any;
}

/* Adds the device with the folder `sys` in /sys, or what it is made of. 0, or -1 if there is no such device; no fail(). */
static int add_device(struct mounts *list, const char *sys)
{
	static const char key[] = "DEVNAME=";
	char path[PATH_SIZE + 16], *name;
	struct blob uevent;

	snprintf(path, sizeof(path), "%s/uevent", sys);
	if (read_file(path, 65536, &uevent))
		return -1;
	name = strstr((char *)uevent.data, key);
	if (name) {
		name += sizeof(key) - 1;
		name[strcspn(name, "\n")] = '\0';
		snprintf(path, sizeof(path), "%s/slaves", sys);
		if (!add_all(list, path)) {
			/* Of a partition it is the disk that says what the device is made of. */
			snprintf(path, sizeof(path), "%s/partition", sys);
			bool partition = !access(path, F_OK);

			snprintf(path, sizeof(path), "%s/../slaves", sys);
			if (!partition || !add_all(list, path))
				add_name(list, name);
		}
	}
	free(uevent.data);
	return name ? 0 : -1;
}

/*
 * Field 3 of a line is the device's number (Documentation/filesystems/proc.rst, 3.5); 0 is the major number of what has no
 * device.
 */
static int add_mounts(const char *root, struct mounts *list)
{
	char path[PATH_SIZE], *line, *rest;
	struct blob text;

	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", root);
	if (read_file(path, 64u << 20, &text))
		return -1;
	for (line = strtok_r((char *)text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		unsigned int major, minor;

		if (sscanf(line, "%*u %*u %u:%u ", &major, &minor) != 2 || !major)
			continue;
		snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u", root, major, minor);
		if (add_device(list, path))
			list->left_out++;
	}
	free(text.data);
	return 0;
}

/* Btrfs mounts have no device number of their own; the kernel names the devices of each that is mounted. */
static void add_btrfs(const char *root, struct mounts *list)
{
	char path[PATH_SIZE];
	const char *name;
	int end = 1;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/sys/fs/btrfs", root);
	dir = opendir(path);
	while (dir && !(end = next_entry(dir, "devices", path, &name))) {
		snprintf(path, sizeof(path), "%s/sys/fs/btrfs/%.100s/devices", root, name);
		add_all(list, path);
	}
	list->left_out += end < 0;
	if (dir)
		closedir(dir);
}

/* Lines "/dev/NAME partition ...", after the headings; a swap file is on a file system. */
static int add_swaps(const char *root, struct mounts *list)
{
	char path[PATH_SIZE], name[256], kind[16], *line, *rest;
	struct blob text;

	snprintf(path, sizeof(path), "%s/proc/swaps", root);
	/* A kernel without swap has no such file. */
	if (access(path, F_OK))
		return 0;
	if (read_file(path, 1u << 20, &text))
		return -1;
	for (line = strtok_r((char *)text.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "/dev/%255s %15s", name, kind) != 2 || strcmp(kind, "partition"))
			continue;
		/* The kernel's name for cciss/c0d0 is cciss!c0d0. */
		for (char *slash = name; (slash = strchr(slash, '/'));)
			*slash = '!';
		snprintf(path, sizeof(path), "%s/sys/class/block/%s", root, name);
		if (add_device(list, path))
			list->left_out++;
	}
	free(text.data);
	return 0;
}

int mounts_list(const char *root, struct mounts *list)
{
	memset(list, 0, sizeof(*list));
	if (add_mounts(root, list) || add_swaps(root, list))
		return -1;
	add_btrfs(root, list);
	return 0;
}

int mounts_print(const char *root, const struct mounts *list)
{
	struct superblock *super = malloc(sizeof(*super));
	int ret = 0;

	if (!super)
		return fail("devices", ENOMEM, "a superblock");
	for (size_t i = 0; i < list->count && ret >= 0; i++) {
		char path[PATH_SIZE];
		int fd;

		snprintf(path, sizeof(path), "%s/dev/%s", root, list->name[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && !superblock_read(fd, path, super))
			ret = printf("device=/dev/%s %s %s %llu\n", list->name[i], content_name(super->content), super->uuid,
				     (unsigned long long)super->size);
		else
			ret = printf("device=/dev/%s unreadable - 0\n", list->name[i]);
		if (fd >= 0)
			close(fd);
	}
	free(super);
	if (ret >= 0 && list->left_out)
		ret = printf("device=%zu-more unreadable - 0\n", list->left_out);
	return ret < 0 || fflush(stdout) ? fail("write", errno, "standard output") : 0;
}
