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
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"
#include "block/device.h"
#include "block/mounts.h"

/* mount(2): in the kernel's headers since Linux 5.10. */
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
/* A root and a name in /dev, each of the longest. */
#define NODE_SIZE (PARTITION_PATH_MAX + 256)

/* Is there a file DIR/NAME/WHAT? */
static bool has(const char *dir, const char *name, const char *what)
{
	char path[512];

	return snprintf(path, sizeof(path), "%s/%s/%s", dir, name, what) < (int)sizeof(path) && !access(path, F_OK);
}

/* The first entry of a folder that has a file `what` ("": any entry). */
struct wanted {
	const char *what;
	char name[256];
};

static int is_wanted(void *context, const char *path, const char *name)
{
	struct wanted *wanted = context;

	if (*wanted->what && !has(path, name, wanted->what))
		return 0;
	snprintf(wanted->name, sizeof(wanted->name), "%s", name);
	return 1;
}

/* Devices that are made of others, and that the appliance does not assemble, by the folder that sysfs has for each of its kind. */
static const char *const stacked[] = { "dm", "md", "loop" };

/*
 * May this block device be what a label or a UUID names? A stacked one, or a partition on it, shows what another device holds, be it
 * a copy that the user looks at. What a whole disk with partitions seems to hold is a remnant.
 */
static bool is_candidate(const char *dir, const char *name)
{
	struct wanted partition = { .what = "partition" };
	char path[512], above[32];

	for (size_t i = 0; i < sizeof(stacked) / sizeof(*stacked); i++) {
		snprintf(above, sizeof(above), "../%s", stacked[i]);
		if (has(dir, name, stacked[i]) || has(dir, name, above))
			return false;
	}
	return snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) ||
	       folder_each("partition", path, is_wanted, &partition) <= 0;
}

enum tag { LABEL, UUID, PARTUUID, PARTLABEL, TAGS };

/* What the name is of, and in *value the name; TAGS when it is none of these. */
static enum tag tag_of(const char *spec, const char **value)
{
	static const char *const tags[TAGS] = { "LABEL=", "UUID=", "PARTUUID=", "PARTLABEL=" };

	for (enum tag tag = 0; tag < TAGS; tag++)
		if (!strncasecmp(spec, tags[tag], strlen(tags[tag]))) {
			*value = spec + strlen(tags[tag]);
			return tag;
		}
	return TAGS;
}

/* Does the block device `name` have the name that was asked for? One that cannot be read does not have it. */
static bool is_named(const char *root, const char *name, const char *spec)
{
	struct partition_entry entry;
	struct superblock super;
	const char *value;
	enum tag tag = tag_of(spec, &value);
	int fd;

	/* A tag with nothing behind it names no device: each file system without a label would have it. */
	if (!*value)
		return false;
	if (tag == PARTUUID || tag == PARTLABEL)
		return !device_partition(root, name, &entry) &&
		       (tag == PARTUUID ? !strcasecmp(entry.uuid, value) : !strcmp(entry.name, value));
	fd = device_open(root, name, 0, &super);
	if (fd < 0)
		return false;
	close(fd);
	return super.identity.file_system &&
	       (tag == LABEL ? !strcmp(super.identity.label, value) : !strcasecmp(super.identity.uuid, value));
}

struct search {
	const char *root, *spec;
	char found[NODE_SIZE]; /* "": nothing yet */
};

static int look_at(void *context, const char *dir, const char *name)
{
	struct search *s = context;
	char node[NODE_SIZE];

	if (!is_candidate(dir, name) || device_node(s->root, name, node, sizeof(node)) || !is_named(s->root, name, s->spec))
		return 0;
	if (*s->found)
		return fail("partition", 0, "%s is on %s and on %s", s->spec, s->found, node);
	memcpy(s->found, node, sizeof(node));
	return 0;
}

static int search(const char *root, const char *spec, char path[PARTITION_PATH_MAX])
{
	struct search s = { .root = root, .spec = spec };
	char dir[PARTITION_PATH_MAX];

	if (snprintf(dir, sizeof(dir), "%s/sys/class/block", root) >= (int)sizeof(dir))
		return fail("partition", ENAMETOOLONG, "%s", root);
	if (folder_each("partition", dir, look_at, &s))
		return -1;
	if (!*s.found)
		return 1;
	if (strlen(s.found) >= PARTITION_PATH_MAX)
		return fail("partition", ENAMETOOLONG, "%s", s.found);
	memcpy(path, s.found, strlen(s.found) + 1);
	return 0;
}

int partition_find(const char *root, const char *spec, char path[PARTITION_PATH_MAX])
{
	struct stat st;
	const char *value;
	char *real;
	int ret = 0;

	if (tag_of(spec, &value) != TAGS)
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
	int fd = superblock_open(path, 0, super);

	if (fd < 0)
		return -1;
	close(fd);
	if (super->content == CONTENT_EXT4)
		return 0;
	return *super->identity.kind ? fail("partition", 0, "%s has no ext4, but %s: prepare it with mkhibernate.sh", path, super->kind) :
				       fail("partition", 0, "%s has no ext4: prepare it with mkhibernate.sh", path);
}

int partition_mount(const char *path, const char *dir)
{
	const unsigned long flags = MS_NOATIME | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOSYMFOLLOW;

	return mount(path, dir, "ext4", flags, "errors=continue") ? fail("mount", errno, "%s", path) : 0;
}

/* --- by whom it is used */

/* A device, and whether one of those that are in use is the same. */
struct use {
	dev_t device;
	bool found;
};

static void compare_number(void *context, unsigned int major, unsigned int minor)
{
	struct use *use = context;

	use->found |= makedev(major, minor) == use->device;
}

static void compare_node(void *context, const char *path)
{
	struct use *use = context;
	struct stat st;

	use->found |= !stat(path, &st) && S_ISBLK(st.st_mode) && st.st_rdev == use->device;
}

/* Fails when the device is mounted or swap in use, and also when that cannot be found out, because then it might be. */
static int check_use(const char *root, const char *path, dev_t device)
{
	struct use mounted = { .device = device }, swap = { .device = device };

	if (mounts_each_mount(root, compare_number, &mounted))
		return -1;
	if (mounted.found)
		return fail("partition", 0, "%s is mounted", path);
	if (mounts_each_swap(root, compare_node, &swap))
		return -1;
	return swap.found ? fail("partition", 0, "%s is swap in use", path) : 0;
}

static int check_stack(const char *root, const char *path, dev_t device)
{
	struct wanted holder = { .what = "" }, partition = { .what = "partition" };
	char dir[PARTITION_PATH_MAX], holders[PARTITION_PATH_MAX + 16];
	int found;

	snprintf(dir, sizeof(dir), "%s/sys/dev/block/%u:%u", root, major(device), minor(device));
	snprintf(holders, sizeof(holders), "%s/holders", dir);
	found = folder_each("partition", holders, is_wanted, &holder);
	if (found)
		return found < 0 ? -1 : fail("partition", 0, "%s is held by %s", path, holder.name);
	found = folder_each("partition", dir, is_wanted, &partition);
	if (found)
		return found < 0 ? -1 : fail("partition", 0, "%s is a whole disk with partitions", path);
	for (size_t i = 0; i < sizeof(stacked) / sizeof(*stacked); i++)
		if (has(dir, ".", stacked[i]))
			return fail("partition", 0, "%s is a %s device, which the appliance does not assemble", path, stacked[i]);
	return 0;
}

int partition_hold(const char *root, const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st))
		return fail("partition", errno, "%s", path);
	if (!S_ISBLK(st.st_mode))
		return fail("partition", 0, "%s is no block device", path);
	if (check_use(root, path, st.st_rdev))
		return -1;
	if (check_stack(root, path, st.st_rdev))
		return -1;
	/* An exclusive open fails also while it is mounted in another namespace. */
	fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0)
		return errno == EBUSY ? fail("partition", 0, "%s is in use", path) : fail("partition", errno, "%s", path);
	if (!ioctl(fd, BLKFLSBUF, 0))
		return fd;
	fail("partition", errno, "%s: dropping its page cache", path);
	close(fd);
	return -1;
}

void partition_let_go(int held)
{
	/* Where that fails, the kernel still drops it when nobody has the device open any more. */
	(void)ioctl(held, BLKFLSBUF, 0);
	close(held);
}

int partition_claim(const char *root, const char *path)
{
	int held = partition_hold(root, path);

	if (held < 0)
		return -1;
	close(held);
	return 0;
}
