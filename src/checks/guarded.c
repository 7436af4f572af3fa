/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/guarded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/report.h"
#include "base/search.h"
#include "base/text.h"
#include "block/device.h"
#include "block/mounts.h"

#define SEEN_MAX 64
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct look {
	const char *root;
	struct superblock *super;
	struct { unsigned int major, minor; } seen[SEEN_MAX]; /* file systems that are in a text, since each may have many mounts */
	size_t count;
	char shared[400], doubtful[400];
};

/* Is the file system of one of `kinds`, which are sorted? */
static bool among(const char *const *kinds, size_t count, const char *kind)
{
	return search_name(kinds, count, kind) < count;
}

/* FUSE's name for what a program of its own mounts from a block device does not say what that is. */
static const char *kind_of(const struct look *l, const struct mount *mount)
{
	char name[MOUNTS_NAME_SIZE];
	int fd;

	if (strcmp(mount->type, "fuseblk"))
		return mount->type;
	if (mounts_name(l->root, mount->major, mount->minor, name))
		return mount->type;
	fd = device_open(l->root, name, O_NONBLOCK, l->super);
	if (fd < 0)
		return mount->type;
	close(fd);
	return l->super->kind;
}

static void look_at(void *context, const struct mount *mount)
{
	/* Those with a rule of their own in block/fingerprint, by the names that mount(8) has for them; and those of Windows and macOS. */
	static const char *const ours[] = { "btrfs", "ext2", "ext3", "ext4", "f2fs", "msdos", "vfat", "xfs" };
	static const char *const theirs[] = { "apfs", "exfat", "hfs", "hfsplus", "ntfs", "ntfs3" };
	/* File systems that have no number of a device, since they may have several. */
	static const char *const of_several[] = { "bcachefs", "zfs" };
	struct look *l = context;
	const char *kind;
	char *text;

	if (!mount->writable || among(ours, COUNT(ours), mount->type) ||
	    (mount->major ? mounts_in_memory_or_file(l->root, mount->major, mount->minor) : !among(of_several, COUNT(of_several), mount->type)))
		return;
	for (size_t i = 0; i < l->count; i++)
		if (l->seen[i].major == mount->major && l->seen[i].minor == mount->minor)
			return;
	if (l->count < SEEN_MAX) {
		l->seen[l->count].major = mount->major;
		l->seen[l->count++].minor = mount->minor;
	}
	kind = kind_of(l, mount);
	text = among(theirs, COUNT(theirs), kind) ? l->shared : l->doubtful;
	text_add(text, sizeof(l->shared), "%s%s (%s)", *text ? ", " : "", mount->where, kind);
}

int guarded_look(const char *root, bool force, char *text, size_t room)
{
	struct look l = { .root = root, .super = malloc(sizeof(*l.super)) };
	int ret = l.super ? mounts_each_file_system(root, look_at, &l) : fail("file systems", ENOMEM, "a superblock");

	free(l.super);
	if (ret)
		return -1;
	if (*l.shared && !force) {
		snprintf(text, room, "mounted for writing, and likely to be used by another system while this one is off, not all of which would be "
			 "noticed: %s: unmount them, mount them read-only, or --force", l.shared);
		return GUARDED_SHARED;
	}
	snprintf(text, room, "not each use by another system will be noticed: %s%s%s%s", l.doubtful, *l.doubtful && *l.shared ? ", " : "",
		 l.shared, *l.shared ? " (passed over by --force)" : "");
	return *l.shared || *l.doubtful ? GUARDED_DOUBTFUL : GUARDED_ALL;
}
