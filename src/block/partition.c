/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/partition.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"
#include "block/ondisk.h"

#define EXT4_LABEL_SIZE 16

/* Is there a file DIR/NAME/WHAT? */
static bool has(const char *dir, const char *name, const char *what)
{
	char path[512];

	return snprintf(path, sizeof(path), "%s/%s/%s", dir, name, what) < (int)sizeof(path) && !access(path, F_OK);
}

/* Does one of the lines of NAME's uevent say KEY=VALUE? */
static bool uevent_says(const char *dir, const char *name, const char *pair)
{
	char path[512];
	struct blob text;
	bool says = false;

	if (snprintf(path, sizeof(path), "%s/%s/uevent", dir, name) >= (int)sizeof(path) || access(path, R_OK) ||
	    read_file(path, 65536, &text))
		return false;
	for (char *rest = (char *)text.data, *line; (line = strsep(&rest, "\n"));)
		says = says || !strcasecmp(line, pair);
	free(text.data);
	return says;
}

/* Does the block device `name` of `dir` (/sys/class/block), whose node is `node`, have the name that was asked for? */
static bool is_named(const char *dir, const char *name, const char *node, const char *spec)
{
	struct superblock super;
	const char *label = (const char *)super.head + EXT4_SUPER + EXT4_S_VOLUME_NAME;

	if (!strncasecmp(spec, "PARTUUID=", 9))
		return uevent_says(dir, name, spec);
	/*
	 * A device that cannot be read, or has no ext4, does not have the name. Nor has an array's member, which begins with
	 * the array's superblock.
	 */
	if (has(dir, name, "md") || partition_superblock(node, &super))
		return false;
	if (!strncmp(spec, "LABEL=", 6))
		/* LABEL= with nothing behind it names no device: every file system without a label would have it. */
		return spec[6] && strlen(spec + 6) <= EXT4_LABEL_SIZE && !strncmp(label, spec + 6, EXT4_LABEL_SIZE);
	return !strcasecmp(super.uuid, spec + 5);
}

static int search(const char *root, const char *spec, char path[PARTITION_PATH_MAX])
{
	char dir[PARTITION_PATH_MAX], node[PARTITION_PATH_MAX + 256], found[sizeof(node)] = "";
	const char *name;
	int ret;
	DIR *d;

	if (snprintf(dir, sizeof(dir), "%s/sys/class/block", root) >= (int)sizeof(dir))
		return fail("partition", ENAMETOOLONG, "%s", root);
	d = open_folder("partition", dir);
	if (!d)
		return -1;
	while (!(ret = next_entry(d, "partition", dir, &name))) {
		if (snprintf(node, sizeof(node), "%s/dev/%s", root, name) >= (int)sizeof(node))
			continue;
		/* sysfs writes ! for the / in a name. */
		for (char *c = node; (c = strchr(c, '!'));)
			*c = '/';
		if (!is_named(dir, name, node, spec))
			continue;
		if (*found) {
			ret = fail("partition", 0, "%s is on %s and on %s", spec, found, node);
			break;
		}
		memcpy(found, node, sizeof(found));
	}
	closedir(d);
	if (ret < 0)
		return -1;
	if (!*found)
		return 1;
	if (strlen(found) >= PARTITION_PATH_MAX)
		return fail("partition", ENAMETOOLONG, "%s", found);
	memcpy(path, found, strlen(found) + 1);
	return 0;
}

int partition_find(const char *root, const char *spec, char path[PARTITION_PATH_MAX])
{
	struct stat st;
	char *real;
	int ret = 0;

	if (!strncmp(spec, "LABEL=", 6) || !strncmp(spec, "UUID=", 5) || !strncasecmp(spec, "PARTUUID=", 9))
		return search(root, spec, path);
	real = realpath(spec, NULL);
	if (!real)
		return errno == ENOENT ? 1 : fail("partition", errno, "%s", spec);
	if (stat(real, &st))
		ret = fail("partition", errno, "%s", real);
	else if (!S_ISBLK(st.st_mode))
		ret = fail("partition", 0, "%s is no block device", real);
	else if (snprintf(path, PARTITION_PATH_MAX, "%s", real) >= PARTITION_PATH_MAX)
		ret = fail("partition", ENAMETOOLONG, "%s", real);
	free(real);
	return ret;
}

int partition_superblock(const char *path, struct superblock *super)
{
	int ret, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail("open", errno, "%s", path);
	ret = superblock_read(fd, path, super);
	close(fd);
	if (!ret && super->content != CONTENT_EXT4)
		ret = fail("partition", 0, "%s has no ext4: prepare it with mkhibernate.sh", path);
	return ret;
}

/* --- by whom it is used */

/* Each of these returns 1 if it is used, 0 if not, or -1 and fail() when that cannot be found out, since it might be. */

/* mountinfo's third field is the device (Documentation/filesystems/proc.rst, 3.5). */
static int is_mounted(const char *root, dev_t device)
{
	char path[PARTITION_PATH_MAX];
	struct blob text;
	int mounted = 0;

	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", root);
	if (read_file(path, 16 << 20, &text))
		return -1;
	for (char *rest = (char *)text.data, *line; (line = strsep(&rest, "\n"));) {
		unsigned int major, minor;

		if (sscanf(line, "%*d %*d %u:%u", &major, &minor) == 2 && makedev(major, minor) == device)
			mounted = 1;
	}
	free(text.data);
	return mounted;
}

static int is_swap(const char *root, dev_t device)
{
	char path[PARTITION_PATH_MAX];
	struct blob text;
	int swap = 0;

	snprintf(path, sizeof(path), "%s/proc/swaps", root);
	/* A kernel without swap has no such file. */
	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	if (read_file(path, 1 << 20, &text))
		return -1;
	for (char *rest = (char *)text.data, *line; (line = strsep(&rest, "\n"));) {
		struct stat st;

		line[strcspn(line, " \t")] = '\0';
		if (!stat(line, &st) && S_ISBLK(st.st_mode) && st.st_rdev == device)
			swap = 1;
	}
	free(text.data);
	return swap;
}

/*
 * Has the folder `sub` of `dir`, a device's folder in /sys, an entry (with `what` not "": one that has a file of that name)?
 * 1 with its name, 0 or -1.
 */
static int entry_of(const char *dir, const char *sub, const char *what, char name[256])
{
	char path[PARTITION_PATH_MAX + 64];
	const char *entry;
	int ret;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", dir, sub);
	d = open_folder("partition", path);
	if (!d)
		return -1;
	do
		ret = next_entry(d, "partition", path, &entry);
	while (!ret && *what && !has(path, entry, what));
	if (!ret)
		snprintf(name, 256, "%s", entry);
	closedir(d);
	return ret < 0 ? -1 : !ret;
}

static int check_stack(const char *root, const char *path, dev_t device)
{
	static const char *const kinds[] = { "dm", "md", "loop" };
	char dir[PARTITION_PATH_MAX], name[256];
	int found;

	snprintf(dir, sizeof(dir), "%s/sys/dev/block/%u:%u", root, major(device), minor(device));
	found = entry_of(dir, "holders", "", name);
	if (found)
		return found < 0 ? -1 : fail("partition", 0, "%s is held by %s", path, name);
	found = entry_of(dir, ".", "partition", name);
	if (found)
		return found < 0 ? -1 : fail("partition", 0, "%s is a whole disk with partitions", path);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (has(dir, ".", kinds[i]))
			return fail("partition", 0, "%s is a %s device, which the appliance does not assemble", path, kinds[i]);
	return 0;
}

int partition_claim(const char *root, const char *path)
{
	struct stat st;
	int fd, used, ret = 0;

	if (stat(path, &st))
		return fail("partition", errno, "%s", path);
	if (!S_ISBLK(st.st_mode))
		return fail("partition", 0, "%s is no block device", path);
	used = is_mounted(root, st.st_rdev);
	if (used)
		return used < 0 ? -1 : fail("partition", 0, "%s is mounted", path);
	used = is_swap(root, st.st_rdev);
	if (used)
		return used < 0 ? -1 : fail("partition", 0, "%s is swap in use", path);
	if (check_stack(root, path, st.st_rdev))
		return -1;
	/* An exclusive open fails also while it is mounted in another namespace. */
	fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0)
		return errno == EBUSY ? fail("partition", 0, "%s is in use", path) : fail("partition", errno, "%s", path);
	if (ioctl(fd, BLKFLSBUF, 0))
		ret = fail("partition", errno, "%s: dropping its page cache", path);
	close(fd);
	return ret;
}
