/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which block devices are in use, in a made-up /proc and /sys. The lines have the form of fs/proc_namespace.c (show_mountinfo()), and the uevent
 * files that of drivers/base/core.c and block/, Linux 6.12; names such as cciss!c0d0 are of drivers that older kernels have.
 */
#include "block/mounts.h"

#include <sys/stat.h>
#include <unistd.h>

#include "blockdev.h"
#include "check.h"
#include "fixture.h"
#include "folder.h"

#define PATH_SIZE 512

/* Makes a block device: its folder in /sys/devices, the links to it by number and by name, and links to its slaves. */
static void device(const char *root, const char *folder, const char *number, const char *slaves)
{
	const char *name = strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder;
	char path[PATH_SIZE], target[PATH_SIZE], text[256], list[256], *rest;
	const char *minor = strchr(number, ':') + 1;

	snprintf(text, sizeof(text), "MAJOR=%.*s\nMINOR=%s\nDEVNAME=%s\nDEVTYPE=disk\nDISKSEQ=9\n", (int)(minor - number - 1), number, minor, name);
	/* Where DEVNAME has a /, the name of the folder has a !. */
	for (char *mark = strstr(text, "DEVNAME"); (mark = strchr(mark, '!'));)
		*mark = '/';
	snprintf(path, sizeof(path), "sys/devices/%s/uevent", folder);
	fixture_text(root, path, text);
	snprintf(target, sizeof(target), "%s/sys/devices/%s", root, folder);
	fixture_text(root, "sys/dev/block/keep", "");
	fixture_text(root, "sys/class/block/keep", "");
	snprintf(path, sizeof(path), "%s/sys/dev/block/%s", root, number);
	CHECK(!symlink(target, path));
	snprintf(path, sizeof(path), "%s/sys/class/block/%s", root, name);
	CHECK(!symlink(target, path));
	snprintf(list, sizeof(list), "%s", slaves);
	for (char *slave = strtok_r(list, " ", &rest); slave; slave = strtok_r(NULL, " ", &rest)) {
		snprintf(path, sizeof(path), "%s/sys/devices/%s/slaves", root, folder);
		mkdir(path, 0700);
		snprintf(path, sizeof(path), "%s/sys/devices/%s/slaves/%s", root, folder, slave);
		snprintf(target, sizeof(target), "%s/sys/class/block/%s", root, slave);
		CHECK(!symlink(target, path));
	}
}

static void partition(const char *root, const char *folder)
{
	char path[PATH_SIZE], text[256], *type;
	struct blob uevent;

	snprintf(path, sizeof(path), "%s/sys/devices/%s/uevent", root, folder);
	if (!CHECK_OK(read_file(path, sizeof(text), &uevent)))
		return;
	type = strstr((char *)uevent.data, "disk\n");
	snprintf(text, sizeof(text), "%.*spartition\n%sPARTN=1\n", (int)(type - (char *)uevent.data), (char *)uevent.data, type + 5);
	free(uevent.data);
	snprintf(path, sizeof(path), "sys/devices/%s/uevent", folder);
	fixture_text(root, path, text);
	snprintf(path, sizeof(path), "sys/devices/%s/partition", folder);
	fixture_text(root, path, "1\n");
}

/* The names that were found, joined by spaces in their order. */
static const char *found(const char *root, struct mounts *list)
{
	static char text[4096];

	*text = '\0';
	if (CHECK_OK(mounts_list(root, list)))
		for (size_t i = 0; i < list->count; i++)
			sprintf(text + strlen(text), "%s%s", i ? " " : "", list->name[i]);
	return text;
}

static void mounts_and_swaps(void)
{
	const char *root = fixture_root();
	struct mounts list;

	device(root, "vda", "254:0", "");
	device(root, "vda/vda1", "254:1", "");
	partition(root, "vda/vda1");
	device(root, "vda/vda2", "254:2", "");
	partition(root, "vda/vda2");
	device(root, "cciss!c0d0", "104:0", "");
	device(root, "cciss!c0d0/cciss!c0d0p1", "104:1", "");
	device(root, "loop0", "7:0", "");
	device(root, "ram0", "1:0", "");
	device(root, "zram0", "252:0", "");
	device(root, "vdb", "254:16", "");
	fixture_text(root, "proc/self/mountinfo",
		     "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
		     "23 22 0:21 / /proc rw - proc proc rw\n"
		     "24 22 254:1 /var /srv\\040x rw,relatime shared:1 master:2 - ext4 /dev/vda1 rw\n"
		     "25 22 0:22 / /run rw - tmpfs tmpfs rw\n"
		     "26 22 0:40 / /nfs rw - nfs4 server:/export rw\n"
		     "27 22 7:0 / /snap ro - squashfs /dev/loop0 ro\n"
		     "28 22 1:0 / /ram rw - ext4 /dev/ram0 rw\n"
		     "29 22 104:1 / /old rw - ext3 /dev/cciss/c0d0p1 rw\n"
		     "30 22 254:99 / /gone rw - ext4 /dev/gone rw\n"
		     "garbage\n");
	fixture_text(root, "proc/swaps",
		     "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		     "/dev/vda2                               partition\t1048572\t\t0\t\t-2\n"
		     "/dev/zram0                              partition\t1048572\t\t0\t\t100\n"
		     "/swapfile                               file\t\t1048572\t\t0\t\t-3\n"
		     "/dev/cciss/c0d0                         partition\t1048572\t\t0\t\t-4\n");
	CHECK_STR(found(root, &list), "vda1 cciss/c0d0p1 vda2 cciss/c0d0");
	CHECK_EQ(list.left_out, 1);
	/* What only the first process sees counts, too, and nothing counts twice. */
	fixture_text(root, "proc/1/mountinfo",
		     "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
		     "30 22 254:99 / /gone rw - ext4 /dev/gone rw\n"
		     "31 22 254:16 / /new rw - ext4 /dev/vdb rw\n");
	CHECK_STR(found(root, &list), "vda1 cciss/c0d0p1 vdb vda2 cciss/c0d0");
	CHECK_EQ(list.left_out, 1);
}

static void layers(void)
{
	const char *root = fixture_root();
	struct mounts list;

	device(root, "sda/sda1", "8:1", "");
	device(root, "sda/sda2", "8:2", "");
	device(root, "sdb/sdb2", "8:18", "");
	device(root, "md0", "9:0", "sda2 sdb2");
	device(root, "md0/md0p1", "259:0", "");
	partition(root, "md0/md0p1");
	device(root, "dm-0", "253:0", "md0p1");
	device(root, "dm-1", "253:1", "dm-0");
	device(root, "dm-2", "253:2", "dm-0 sda1");
	/* Two devices that are each other's slaves, which the kernel does not make; the search has to end. */
	device(root, "dm-3", "253:3", "dm-4");
	device(root, "dm-4", "253:4", "dm-3");
	fixture_text(root, "proc/self/mountinfo", "22 1 253:1 / / rw - ext4 /dev/mapper/root rw\n");
	/* The order of the two is that of readdir(). */
	found(root, &list);
	CHECK_EQ(list.count, 2);
	for (size_t i = 0; i < 2; i++)
		CHECK(!strcmp(list.name[i], "sda2") || !strcmp(list.name[i], "sdb2"));
	fixture_text(root, "proc/self/mountinfo", "22 1 253:2 / / rw - ext4 /dev/mapper/root rw\n");
	found(root, &list);
	CHECK_EQ(list.count, 3);
	fixture_text(root, "proc/self/mountinfo", "22 1 253:3 / / rw - ext4 /dev/mapper/root rw\n");
	found(root, &list);
	CHECK(list.count <= 1);
}

static void btrfs(void)
{
	const char *root = fixture_root();
	char target[PATH_SIZE], path[PATH_SIZE];
	struct mounts list;

	device(root, "vdc", "254:32", "");
	device(root, "vdd", "254:48", "");
	fixture_text(root, "proc/self/mountinfo", "22 1 0:30 /@ / rw - btrfs /dev/vdc rw\n");
	fixture_text(root, "sys/fs/btrfs/features/supported_checksums", "");
	fixture_text(root, "sys/fs/btrfs/b0221f79-d66e-4900-962e-d6a655338dba/devices/keep", "");
	for (int i = 0; i < 2; i++) {
		snprintf(target, sizeof(target), "%s/sys/devices/vd%c", root, 'c' + i);
		snprintf(path, sizeof(path), "%s/sys/fs/btrfs/b0221f79-d66e-4900-962e-d6a655338dba/devices/vd%c", root, 'c' + i);
		CHECK(!symlink(target, path));
	}
	found(root, &list);
	CHECK_EQ(list.count, 2);
	CHECK(!strncmp(list.name[0], "vd", 2));
	/* A file system whose devices cannot be listed counts as left out. */
	folder_fails_after(0);
	found(root, &list);
	folder_fails_after(-1);
	CHECK_EQ(list.count, 0);
	CHECK_EQ(list.left_out, 1);
}

/*
 * File systems of several devices: ZFS names its pool, which the devices have as their label; Bcachefs, whose mount has no device's number
 * either, its devices.
 */
static void pools(void)
{
	const char *root = fixture_root();
	struct mounts list;

	device(root, "vdc", "254:32", "");
	device(root, "vdd", "254:48", "");
	blockdev_image(root, "dev/vdc", "zfs");
	blockdev_made(root, "dev/vdd", 16, "mke2fs -q -F -t ext4 -L tank");
	fixture_text(root, "proc/self/mountinfo", "31 1 0:41 / /tank rw,relatime shared:9 - zfs tank rw,xattr,noacl\n"
						  "32 1 0:42 / /tank/home rw,relatime shared:9 - zfs tank/home rw,xattr,noacl\n");
	CHECK_STR(found(root, &list), "vdc");
	CHECK_EQ(list.left_out, 0);
	fixture_text(root, "proc/self/mountinfo", "31 1 0:41 / /other rw,relatime shared:9 - zfs other rw,xattr,noacl\n");
	CHECK_STR(found(root, &list), "");
	CHECK_EQ(list.left_out, 1);
}

static void add_mount(void *context, const struct mount *mount)
{
	char *text = context;

	sprintf(text + strlen(text), "%u:%u %s %s %s %s|", mount->major, mount->minor, mount->where, mount->type, mount->source,
		mount->writable ? "rw" : "ro");
}

/* A mount may be read-only of a file system that is not. */
static void file_systems(void)
{
	const char *root = fixture_root();
	char text[1024] = "";

	fixture_text(root, "proc/self/mountinfo", "28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
						  "29 28 254:2 / /a\\040b ro,relatime shared:2 master:1 - ntfs3 /dev/vda2 rw,uid=0\n"
						  "30 28 254:3 / /c ro,relatime - iso9660 /dev/sr0 ro\n31 28 0:5 / /d rw - tmpfs\ngarbage\n");
	CHECK_OK(mounts_each_file_system(root, add_mount, text));
	CHECK_STR(text, "254:1 / ext4 /dev/vda1 rw|254:2 /a\\040b ntfs3 /dev/vda2 rw|254:3 /c iso9660 /dev/sr0 ro|");
}

static void many(void)
{
	const char *root = fixture_root();
	char text[65536] = "";
	struct mounts list;

	for (int i = 0; i < MOUNTS_MAX + 3; i++) {
		char name[32], number[32];

		snprintf(name, sizeof(name), "sd%d", i);
		snprintf(number, sizeof(number), "8:%d", i);
		device(root, name, number, "");
		sprintf(text + strlen(text), "22 1 8:%d / / rw - ext4 /dev/x rw\n", i);
	}
	fixture_text(root, "proc/self/mountinfo", text);
	found(root, &list);
	CHECK_EQ(list.count, MOUNTS_MAX);
	CHECK_EQ(list.left_out, 3);
}

/* The kernel gives no such names. They are left out, as what is printed would read as something else. */
static void no_names(void)
{
	static const char *const names[] = { "", "a b", "a\tb" };
	struct mounts list;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *root = fixture_root();
		char uevent[64];

		snprintf(uevent, sizeof(uevent), "MAJOR=254\nMINOR=0\nDEVNAME=%s\nDEVTYPE=disk\n", names[i]);
		fixture_text(root, "proc/self/mountinfo", "22 1 254:0 / / rw - ext4 /dev/root rw\n");
		fixture_text(root, "sys/dev/block/254:0/uevent", uevent);
		found(root, &list);
		CHECK_EQ(list.count, 0);
		CHECK_EQ(list.left_out, 1);
	}
}

static void no_proc(void)
{
	struct mounts list;

	CHECK_FAILS(mounts_list(fixture_root(), &list), "mountinfo");
}

RUN_TESTS(mounts_and_swaps, layers, btrfs, pools, file_systems, many, no_names, no_proc)
