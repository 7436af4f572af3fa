/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"
#include "block/device.h"

#define PATH_SIZE 512
#define MOUNTINFO_MAX (64u << 20)
#define SWAPS_MAX (1u << 20)

static bool in_memory_or_file(const char *name)
{
	return !strncmp(name, "ram", 3) || !strncmp(name, "zram", 4) || !strncmp(name, "loop", 4);
}

int mounts_name(const char *root, unsigned int major, unsigned int minor, char name[MOUNTS_NAME_SIZE])
{
	static const char key[] = "DEVNAME=";
	char path[PATH_SIZE];
	struct blob uevent;
	int ret = -1;

	snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u/uevent", root, major, minor);
	if (access(path, R_OK) || read_file(path, 65536, &uevent))
		return -1;
	for (char *rest = (char *)uevent.data, *line; (line = strsep(&rest, "\n"));)
		if (!strncmp(line, key, sizeof(key) - 1) &&
		    snprintf(name, MOUNTS_NAME_SIZE, "%s", line + sizeof(key) - 1) < MOUNTS_NAME_SIZE)
			ret = 0;
	free(uevent.data);
	return ret;
}

bool mounts_in_memory_or_file(const char *root, unsigned int major, unsigned int minor)
{
	char name[MOUNTS_NAME_SIZE];

	return !mounts_name(root, major, minor, name) && in_memory_or_file(name);
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

struct addition {
	struct mounts *to;
	bool any; /* a device was added */
};

static int add_entry(void *context, const char *dir, const char *name)
{
	struct addition *addition = context;
	char sys[PATH_SIZE];

	if (snprintf(sys, sizeof(sys), "%s/%s", dir, name) < (int)sizeof(sys))
		addition->any |= !add_device(addition->to, sys);
	return 0;
}

/* Adds the device of each entry of the folder `path`, and what those are made of; false if there is none. */
static bool add_all(struct mounts *list, const char *path)
{
	struct addition addition = { .to = list };

	/* A folder that cannot be read counts as one more device, of which nothing else is known. */
	list->left_out += folder_each_if_there("devices", path, add_entry, &addition) < 0;
	return addition.any;
}

/* Adds the device whose folder in /sys is `sys`, or the devices that it is made of. 0, or -1 (no fail()) if it is no device's. */
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

int mounts_each_file_system(const char *root, void (*take)(void *context, const struct mount *mount), void *context)
{
	char path[PATH_SIZE], writable[4];
	struct blob text;

	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", root);
	if (read_file(path, MOUNTINFO_MAX, &text))
		return -1;
	for (char *rest = (char *)text.data, *line; (line = strsep(&rest, "\n"));) {
		const char *behind = strstr(line, " - ");
		struct mount mount;

		/* Field 3 is the device's number, field 5 where it is; kind, source and options come behind a dash (as below). */
		if (!behind || sscanf(line, "%*u %*u %u:%u %*s %255s", &mount.major, &mount.minor, mount.where) != 3 ||
		    sscanf(behind, " - %63s %255s %3s", mount.type, mount.source, writable) != 3)
			continue;
		mount.writable = !strncmp(writable, "rw", 2);
		take(context, &mount);
	}
	free(text.data);
	return 0;
}

/* Takes each mount of the text but those whose device is in `taken`, which may be NULL. */
static void take_each(struct blob *text, const struct blob *taken, void (*take)(void *context, unsigned int major, unsigned int minor),
		      void *context)
{
	for (char *rest = (char *)text->data, *line; (line = strsep(&rest, "\n"));) {
		unsigned int major, minor;
		char number[32];

		/* Field 3 is the device's number (Documentation/filesystems/proc.rst, 3.5). */
		if (sscanf(line, "%*u %*u %u:%u ", &major, &minor) != 2)
			continue;
		snprintf(number, sizeof(number), " %u:%u ", major, minor);
		if (!taken || !memmem(taken->data, taken->size, number, strlen(number)))
			take(context, major, minor);
	}
}

int mounts_each_mount(const char *root, void (*take)(void *context, unsigned int major, unsigned int minor), void *context)
{
	char path[PATH_SIZE];
	struct blob own, first = { 0 };
	int ret = 0;

	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", root);
	if (read_file(path, MOUNTINFO_MAX, &own))
		return -1;
	take_each(&own, NULL, take, context);
	/* In a mount namespace of our own (kernel/alone) it may not be seen what others have mounted since. */
	snprintf(path, sizeof(path), "%s/proc/1/mountinfo", root);
	if (!access(path, F_OK)) {
		ret = read_file(path, MOUNTINFO_MAX, &first);
		if (!ret)
			take_each(&first, &own, take, context);
		free(first.data);
	}
	free(own.data);
	return ret;
}

int mounts_each_swap(const char *root, void (*take)(void *context, const char *path), void *context)
{
	char path[PATH_SIZE], device[PATH_SIZE], kind[16];
	struct blob text;

	snprintf(path, sizeof(path), "%s/proc/swaps", root);
	/* A kernel without swap has no such file. */
	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	if (read_file(path, SWAPS_MAX, &text))
		return -1;
	/* Lines "/dev/NAME partition ..." after the headings; those of swap files are "PATH file ...". */
	for (char *rest = (char *)text.data, *line; (line = strsep(&rest, "\n"));)
		if (sscanf(line, "%511s %15s", device, kind) == 2 && !strcmp(kind, "partition"))
			take(context, device);
	free(text.data);
	return 0;
}

struct search {
	const char *root;
	struct mounts *list;
};

static void add_mounted(void *context, unsigned int major, unsigned int minor)
{
	const struct search *s = context;
	char path[PATH_SIZE];

	/* 0 is the major number of what has no device. */
	if (!major)
		return;
	snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u", s->root, major, minor);
	if (add_device(s->list, path))
		s->list->left_out++;
}

/* Btrfs mounts have no device number of their own; the kernel names the devices of each that is mounted. */
static int add_btrfs(void *list, const char *dir, const char *name)
{
	char path[PATH_SIZE];

	if (snprintf(path, sizeof(path), "%s/%s/devices", dir, name) < (int)sizeof(path))
		add_all(list, path);
	return 0;
}

static void add_swap(void *context, const char *device)
{
	const struct search *s = context;
	char path[PATH_SIZE];
	int start = snprintf(path, sizeof(path), "%s/sys/class/block/", s->root);

	if (strncmp(device, "/dev/", 5))
		return;
	snprintf(path + start, sizeof(path) - (size_t)start, "%.255s", device + 5);
	/* The kernel's name for cciss/c0d0 is cciss!c0d0. */
	for (char *slash = path + start; (slash = strchr(slash, '/'));)
		*slash = '!';
	if (add_device(s->list, path))
		s->list->left_out++;
}

/* Adds the devices of ZFS' pool, whose name each of them has. */
struct pool {
	const char *root, *name;
	struct superblock *super;
	struct addition addition;
};

static int add_if_of_pool(void *context, const char *dir, const char *name)
{
	struct pool *pool = context;
	int fd = device_open(pool->root, name, O_NONBLOCK, pool->super);

	if (fd < 0)
		return 0;
	close(fd);
	if (strcmp(pool->super->kind, "zfs_member") || strcmp(pool->super->identity.label, pool->name))
		return 0;
	return add_entry(&pool->addition, dir, name);
}

static void add_pool(const struct search *s, const char *source)
{
	char path[PATH_SIZE], name[sizeof(((struct mount *)0)->source)];
	struct pool pool = { s->root, name, malloc(sizeof(*pool.super)), { .to = s->list } };

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(source, "/"), source);
	snprintf(path, sizeof(path), "%s/sys/class/block", s->root);
	s->list->left_out += !pool.super || folder_each_if_there("devices", path, add_if_of_pool, &pool) < 0 || !pool.addition.any;
	free(pool.super);
}

/*
 * A file system of several devices has a number that is no device's. ZFS names its pool, others their devices with colons between them.
 */
static void add_source(void *context, const struct mount *mount)
{
	const struct search *s = context;
	char list[sizeof(mount->source)], path[PATH_SIZE];

	if (mount->major)
		return;
	if (!strcmp(mount->type, "zfs"))
		add_pool(s, mount->source);
	strcpy(list, mount->source);
	for (char *rest = list, *device; (device = strsep(&rest, ":"));) {
		struct stat st;

		/* Only device nodes are looked at: of server:/home, /home may be where that is mounted, and wait for the server. */
		snprintf(path, sizeof(path), "%s%s", s->root, device);
		if (strncmp(device, "/dev/", 5) || stat(path, &st) || !S_ISBLK(st.st_mode))
			continue;
		snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u", s->root, major(st.st_rdev), minor(st.st_rdev));
		if (add_device(s->list, path))
			s->list->left_out++;
	}
}

int mounts_list(const char *root, struct mounts *list)
{
	struct search s = { .root = root };
	char path[PATH_SIZE];

	memset(list, 0, sizeof(*list));
	s.list = list;
	if (mounts_each_mount(root, add_mounted, &s) || mounts_each_file_system(root, add_source, &s) ||
	    mounts_each_swap(root, add_swap, &s))
		return -1;
	snprintf(path, sizeof(path), "%s/sys/fs/btrfs", root);
	list->left_out += folder_each_if_there("devices", path, add_btrfs, list) < 0;
	return 0;
}

int mounts_print(const char *root, const struct mounts *list)
{
	struct superblock *super = malloc(sizeof(*super));

	if (!super)
		return fail("devices", ENOMEM, "a superblock");
	for (size_t i = 0; i < list->count; i++) {
		int fd = device_open(root, list->name[i], 0, super);

		if (fd >= 0) {
			printf("device=/dev/%s %s %s %llu\n", list->name[i], super->kind, super->uuid, (unsigned long long)super->size);
			/* While this system is off, firmware may write there, so what is cached of it must not be believed then. */
			if (super->content == CONTENT_ESP)
				ioctl(fd, BLKFLSBUF, 0);
			close(fd);
		} else {
			printf("device=/dev/%s unreadable - 0\n", list->name[i]);
		}
	}
	free(super);
	if (list->left_out)
		printf("device=%zu-more unreadable - 0\n", list->left_out);
	return finish_output();
}
