/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which device the hibernating partition is, in a made-up /sys and /dev. Devices are files that real tools have made. */
#include "block/partition.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "blockdev.h"
#include "check.h"
#include "fixture.h"
#include "folder.h"

#define PATH_SIZE 512
#define DEVICE_SIZE BLOCKDEV_EXT4_SIZE

/* Where the superblock of an ext4 ends, and its label lies (struct ext4_super_block, fs/ext4/ext4.h, Linux 6.12). */
#define SUPER_END 2048
#define LABEL_AT (1024 + 120)

static unsigned char *ext4(unsigned char byte, const char *label)
{
	return blockdev_ext4(byte, label);
}

/* Adds a device that the kernel calls `name`, and whose node in /dev is `node`. */
static void add_as(const char *root, const char *name, const char *node, const void *data, size_t size)
{
	char path[PATH_SIZE];

	blockdev_add(root, name, 0, size / 512);
	snprintf(path, sizeof(path), "dev/%s", node);
	fixture_write(root, path, data, size);
}

static void add(const char *root, const char *name, const void *data)
{
	add_as(root, name, name, data, DEVICE_SIZE);
}

/* The path that was found, without the root, or else why none was. */
static const char *find(const char *root, const char *spec)
{
	static char path[PARTITION_PATH_MAX];
	int ret;

	check_forget_failure();
	ret = partition_find(root, spec, path);
	if (ret)
		return ret == 1 ? "not there" : ret == -1 ? fail_text() : "neither";
	return CHECK(strlen(path) > strlen(root) && !strncmp(path, root, strlen(root))) ? path + strlen(root) : path;
}

static void labels(void)
{
	const char *root = fixture_root();
	unsigned char *leftovers;

	add(root, "vda1", ext4(1, "root"));
	add(root, "vda2", ext4(2, "khibernate"));
	add(root, "vda3", ext4(3, "exactly-16-bytes"));
	add(root, "vda4", ext4(4, ""));
	CHECK_STR(find(root, "LABEL=root"), "/dev/vda1");
	CHECK_STR(find(root, "LABEL=khibernate"), "/dev/vda2");
	CHECK_STR(find(root, "LABEL=exactly-16-bytes"), "/dev/vda3");
	CHECK_STR(find(root, "LABEL=exactly-16-bytes+"), "not there");
	CHECK_STR(find(root, "LABEL=exactly-16-byte"), "not there");
	CHECK_STR(find(root, "LABEL=khibernat"), "not there");
	CHECK_STR(find(root, "LABEL=khibernate1"), "not there");
	CHECK_STR(find(root, "LABEL=KHIBERNATE"), "not there");
	/* What follows the NUL in the field does not belong to the label. */
	leftovers = ext4(5, "short");
	memcpy(leftovers + LABEL_AT + 6, "leftovers", 9);
	add(root, "vda5", leftovers);
	CHECK_STR(find(root, "LABEL=short"), "/dev/vda5");
}

/* An empty name does not find a file system that has no label, or a partition without a name. */
static void empty_names(void)
{
	const char *root = fixture_root();

	add(root, "vda1", ext4(1, ""));
	blockdev_made(root, "dev/vdb", 4, "echo start=2048,size=2048 | sfdisk -q -X gpt");
	blockdev_add(root, "vdb", 0, 8192);
	blockdev_add(root, "vdb/vdb1", 2048, 2048);
	CHECK_STR(find(root, "LABEL="), "not there");
	CHECK_STR(find(root, "UUID="), "not there");
	CHECK_STR(find(root, "PARTUUID="), "not there");
	CHECK_STR(find(root, "PARTLABEL="), "not there");
}

static void uuids(void)
{
	const char *root = fixture_root();

	add(root, "sda1", ext4(0xab, "one"));
	add(root, "sda2", ext4(0xcd, "two"));
	CHECK_STR(find(root, "UUID=abababab-abab-abab-abab-abababababab"), "/dev/sda1");
	CHECK_STR(find(root, "UUID=CDCDCDCD-CDCD-CDCD-CDCD-CDCDCDCDCDCD"), "/dev/sda2");
	CHECK_STR(find(root, "UUID=cdCDcdCD-cdcd-cdcd-CDCD-cdcdcdcdcdcd"), "/dev/sda2");
	CHECK_STR(find(root, "UUID=abababab-abab-abab-abab-abababababac"), "not there");
	CHECK_STR(find(root, "UUID=abababab-abab-abab-abab-ababababab"), "not there");
	CHECK_STR(find(root, "UUID=abababab-abab-abab-abab-abababababab0"), "not there");
}

/* Tables that sfdisk has made: a GPT, and an MBR with a logical partition. */
static void partuuids(void)
{
	static const char gpt[] = "printf '%s\\n' 'start=2048,size=2048,uuid=0FC63DAF-8483-4772-8E79-3D69D8477DE4,name=\"a b\"'"
				  " 'start=4096,size=2048,uuid=CAFEBABE-8483-4772-8E79-3D69D8477DE4,name=root' | sfdisk -q -X gpt";
	static const char mbr[] = "printf '%s\\n' 'label-id: 0xdeadbeef' 'start=2048,size=2048,type=83' 'start=4096,size=8192,type=5'"
				  " 'start=6144,size=2048,type=83' | sfdisk -q -X dos";
	const char *root = fixture_root();

	blockdev_made(root, "dev/vda", 8, gpt);
	blockdev_add(root, "vda", 0, 16384);
	blockdev_add(root, "vda/vda1", 2048, 2048);
	blockdev_add(root, "vda/vda2", 4096, 2048);
	blockdev_made(root, "dev/nvme0n1", 8, mbr);
	blockdev_add(root, "nvme0n1", 0, 16384);
	blockdev_add(root, "nvme0n1/nvme0n1p1", 2048, 2048);
	blockdev_add(root, "nvme0n1/nvme0n1p2", 4096, 2);
	blockdev_add(root, "nvme0n1/nvme0n1p5", 6144, 2048);
	/* No node of a partition is opened, so it does not matter what is on it. */
	CHECK_STR(find(root, "PARTUUID=0fc63daf-8483-4772-8e79-3d69d8477de4"), "/dev/vda1");
	CHECK_STR(find(root, "PARTUUID=0FC63DAF-8483-4772-8E79-3D69D8477DE4"), "/dev/vda1");
	CHECK_STR(find(root, "partuuid=cafebabe-8483-4772-8e79-3d69d8477de4"), "/dev/vda2");
	CHECK_STR(find(root, "PARTLABEL=a b"), "/dev/vda1");
	CHECK_STR(find(root, "PARTLABEL=root"), "/dev/vda2");
	CHECK_STR(find(root, "PARTLABEL=ROOT"), "not there");
	CHECK_STR(find(root, "PARTUUID=deadbeef-01"), "/dev/nvme0n1p1");
	CHECK_STR(find(root, "PARTUUID=DEADBEEF-05"), "/dev/nvme0n1p5");
	CHECK_STR(find(root, "PARTUUID=deadbeef-0"), "not there");
	CHECK_STR(find(root, "PARTUUID=deadbeef-011"), "not there");
	CHECK_STR(find(root, "PARTUUID=deadbeef-03"), "not there");
	/* The partition is in the table, but the kernel has another one there, or none. */
	blockdev_add(root, "vda/vda1", 2048, 1024);
	CHECK_STR(find(root, "PARTLABEL=a b"), "not there");
	/* A copy of the disk. */
	blockdev_made(root, "dev/vdb", 8, gpt);
	blockdev_add(root, "vdb", 0, 16384);
	blockdev_add(root, "vdb/vdb2", 4096, 2048);
	CHECK_FAILS(partition_find(root, "PARTUUID=cafebabe-8483-4772-8e79-3d69d8477de4", (char[PARTITION_PATH_MAX]){ 0 }), "/dev/vdb2");
	CHECK(strstr(fail_text(), "/dev/vda2"));
}

/* What is not ext4 is found, too, as C may boot it; but it is no hibernating partition. */
static void other_file_systems(void)
{
	const char *root = fixture_root();
	char path[PATH_SIZE];
	struct superblock super;

	blockdev_made(root, "dev/sda1", 320, "mkfs.xfs -q -L xroot -m uuid=5f6ab1c2-0d3e-4f51-8a9b-c0d1e2f3a4b5");
	blockdev_add(root, "sda1", 0, 655360);
	blockdev_made(root, "dev/sda2", 8, "mkswap -q -L swapped -U 6f6ab1c2-0d3e-4f51-8a9b-c0d1e2f3a4b5");
	blockdev_add(root, "sda2", 0, 16384);
	CHECK_STR(find(root, "LABEL=xroot"), "/dev/sda1");
	CHECK_STR(find(root, "UUID=5f6ab1c2-0d3e-4f51-8a9b-c0d1e2f3a4b5"), "/dev/sda1");
	CHECK_STR(find(root, "LABEL=swapped"), "not there");
	snprintf(path, sizeof(path), "%s/dev/sda1", root);
	CHECK_FAILS(partition_superblock(path, &super), "sda1 has no ext4, but xfs: prepare it");
}

/* The file system is made by the real tool, called as mkhibernate.sh does it. */
static void made_by_mke2fs(void)
{
	const char *root = fixture_root();
	const char *path = blockdev_made(root, "dev/nvme0n1p2", 16,
					 "mke2fs -q -F -t ext4 -L khibernate -U 5f6ab1c2-0d3e-4f51-8a9b-c0d1e2f3a4b5");
	struct superblock super;

	blockdev_add(root, "nvme0n1p2", 0, 32768);
	CHECK_STR(find(root, "LABEL=khibernate"), "/dev/nvme0n1p2");
	CHECK_STR(find(root, "UUID=5F6AB1C2-0d3e-4f51-8a9b-c0d1e2f3a4b5"), "/dev/nvme0n1p2");
	if (CHECK_OK(partition_superblock(path, &super)))
		CHECK_STR(super.uuid, "5f6ab1c2-0d3e-4f51-8a9b-c0d1e2f3a4b5");
}

/* A file system of the real tools: unmounted in order, and as a system has it that mounted it for writing, with a journal or without. */
static void at_rest(void)
{
	static const struct { const char *command; bool rests; } cases[] = {
		{ "", true }, { "feature needs_recovery", false }, { "feature -needs_recovery", true }, { "set_super_value state 0", false },
	};
	char command[PATH_SIZE * 2], path[PATH_SIZE];
	struct superblock super;

	setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
	snprintf(path, sizeof(path), "%s/image", fixture_root());
	snprintf(command, sizeof(command), "mke2fs -q -F -t ext4 %s 16M >/dev/null 2>&1", path);
	if (!CHECK(!system(command)))
		return;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(command, sizeof(command), "debugfs -w -R '%s' %s >/dev/null 2>&1", cases[i].command, path);
		CHECK(!*cases[i].command || !system(command));
		if (CHECK_OK(partition_superblock(path, &super)) && !CHECK_EQ(superblock_at_rest(&super), cases[i].rests))
			printf("  after \"%s\"\n", cases[i].command);
	}
}

static void same_name_twice(void)
{
	static const char *const specs[] = { "LABEL=khibernate", "UUID=77777777-7777-7777-7777-777777777777" };
	const char *root = fixture_root();
	char path[PARTITION_PATH_MAX];

	add(root, "sda1", ext4(0x77, "khibernate"));
	add(root, "sdb1", ext4(0x01, "other"));
	add(root, "sdc1", ext4(0x77, "khibernate"));
	for (size_t i = 0; i < 2; i++) {
		CHECK_FAILS(partition_find(root, specs[i], path), specs[i]);
		CHECK(strstr(fail_text(), "/dev/sda1"));
		CHECK(strstr(fail_text(), "/dev/sdc1"));
		CHECK(!strstr(fail_text(), "/dev/sdb1"));
	}
	CHECK_STR(find(root, "LABEL=other"), "/dev/sdb1");
}

static void slashes_in_names(void)
{
	const char *root = fixture_root();

	add_as(root, "cciss!c0d0p1", "cciss/c0d0p1", ext4(1, "khibernate"), DEVICE_SIZE);
	add_as(root, "a!b!c", "a/b/c", ext4(2, "deep"), DEVICE_SIZE);
	CHECK_STR(find(root, "LABEL=khibernate"), "/dev/cciss/c0d0p1");
	CHECK_STR(find(root, "LABEL=deep"), "/dev/a/b/c");
}

/* The members of a RAID 1 whose metadata lies at the end start like the array itself, so arrays are left out. */
static void arrays(void)
{
	const char *root = fixture_root();

	add(root, "sda1", ext4(1, "khibernate"));
	add(root, "md0", ext4(1, "khibernate"));
	add(root, "md1", ext4(2, "array"));
	fixture_text(root, "sys/devices/virtual/block/md0/md/level", "raid1\n");
	fixture_text(root, "sys/devices/virtual/block/md1/md/level", "raid0\n");
	CHECK_STR(find(root, "LABEL=khibernate"), "/dev/sda1");
	CHECK_STR(find(root, "UUID=01010101-0101-0101-0101-010101010101"), "/dev/sda1");
	CHECK_STR(find(root, "LABEL=array"), "not there");
}

/* Copies that only show what another device holds: a loop device of the user's, a partition on it, and device mapper's. */
static void stacked_devices(void)
{
	const char *root = fixture_root();
	char path[PATH_SIZE], to[PATH_SIZE];

	add(root, "vda1", ext4(1, "khibernate"));
	add(root, "loop0", ext4(1, "khibernate"));
	add(root, "dm-0", ext4(1, "khibernate"));
	fixture_text(root, "sys/class/block/loop0/loop/backing_file", "/copy\n");
	fixture_text(root, "sys/class/block/dm-0/dm/name", "copy\n");
	/* A partition's folder is a link into its disk's, as in the kernel's sysfs. */
	fixture_text(root, "sys/devices/loop1/loop/backing_file", "/copy\n");
	fixture_text(root, "sys/devices/loop1/loop1p1/partition", "1\n");
	fixture_write(root, "dev/loop1p1", ext4(1, "khibernate"), DEVICE_SIZE);
	snprintf(path, sizeof(path), "%s/sys/class/block/loop1p1", root);
	snprintf(to, sizeof(to), "%s/sys/devices/loop1/loop1p1", root);
	CHECK(!symlink(to, path));
	/* A disk that was a file system as a whole, and has partitions now. */
	add(root, "sda", ext4(1, "khibernate"));
	fixture_text(root, "sys/class/block/sda/sda1/partition", "1\n");
	CHECK_STR(find(root, "LABEL=khibernate"), "/dev/vda1");
	CHECK_STR(find(root, "UUID=01010101-0101-0101-0101-010101010101"), "/dev/vda1");
}

/* What other tools leave of an ext4 on a device, at the worst: all behind their own superblock. */
static const struct {
	const char *made_by;
	unsigned int mib;
	size_t size;
} others[] = {
	{ "mkfs.xfs -q", 320, 512 },
	{ "printf k | cryptsetup -q luksFormat --type luks1 --pbkdf-force-iterations 1000 --key-file -", 8, 1024 },
};

static unsigned char *overwritten(size_t i)
{
	static unsigned char device[SUPERBLOCK_HEAD];
	FILE *made = fopen(blockdev_made(fixture_root(), "other", others[i].mib, others[i].made_by), "rb");

	memset(device, 0, sizeof(device));
	memcpy(device, ext4(1, "khibernate"), DEVICE_SIZE);
	CHECK(made && fread(device, 1, others[i].size, made) == others[i].size);
	fclose(made);
	return device;
}

/* Devices that cannot be read, or that hold something else, do not count, and the right one is found all the same. */
static void no_candidates(void)
{
	const char *root = fixture_root();
	char path[PATH_SIZE];

	blockdev_add(root, "without-node", 0, 8);
	add_as(root, "folder", "folder/file", "", 0);
	blockdev_add(root, "circle", 0, 8);
	snprintf(path, sizeof(path), "%s/dev/circle", root);
	CHECK(!symlink("circle", path));
	add_as(root, "empty", "empty", "", 0);
	add(root, "zeros", (unsigned char[DEVICE_SIZE]){ 0 });
	add_as(root, ".hidden", ".hidden", ext4(1, "khibernate"), DEVICE_SIZE);
	/* This file is in /dev, but /sys knows no such block device. */
	fixture_write(root, "dev/file", ext4(1, "khibernate"), DEVICE_SIZE);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		snprintf(path, sizeof(path), "other%zu", i);
		add_as(root, path, path, overwritten(i), SUPERBLOCK_HEAD);
	}
	CHECK_STR(find(root, "LABEL=khibernate"), "not there");
	CHECK_STR(find(root, "UUID=01010101-0101-0101-0101-010101010101"), "not there");
	/* Partitions of disks without a node, a table or a name. */
	blockdev_add(root, "without-node/p1", 2048, 8);
	blockdev_add(root, "zeros/p2", 2048, 8);
	blockdev_add(root, "no-uevent/p3", 2048, 8);
	CHECK_STR(find(root, "PARTUUID=deadbeef-01"), "not there");
	CHECK_STR(find(root, "PARTLABEL=right"), "not there");
	add(root, "right", ext4(1, "khibernate"));
	CHECK_STR(find(root, "LABEL=khibernate"), "/dev/right");
	CHECK_STR(find(root, "UUID=01010101-0101-0101-0101-010101010101"), "/dev/right");
}

/* Wherever a device ends, its label is found if all of the superblock is there. */
static void cut_off(void)
{
	const char *root = fixture_root();

	for (size_t size = 0; size <= SUPER_END + 1; size++) {
		const char *want = size < SUPER_END ? "not there" : "/dev/cut";

		add_as(root, "cut", "cut", ext4(1, "khibernate"), size);
		if (!CHECK_STR(find(root, "LABEL=khibernate"), want))
			printf("  the device has %zu bytes\n", size);
	}
}

static void long_names(void)
{
	const char *root = fixture_root();
	size_t room = PARTITION_PATH_MAX - 1 - strlen(root) - strlen("/dev/");
	char name[PARTITION_PATH_MAX] = "", want[PARTITION_PATH_MAX + 8], path[PARTITION_PATH_MAX];

	memset(name, 'n', room);
	add(root, name, ext4(1, "fits"));
	name[room - 1] = 'm';
	name[room] = 'm';
	add(root, name, ext4(2, "too long"));
	name[room - 1] = 'n';
	name[room] = '\0';
	snprintf(want, sizeof(want), "/dev/%s", name);
	CHECK_STR(find(root, "LABEL=fits"), want);
	CHECK_FAILS(partition_find(root, "LABEL=too long", path), strerror(ENAMETOOLONG));
}

static void no_sysfs(void)
{
	char root[PARTITION_PATH_MAX], path[PARTITION_PATH_MAX];

	CHECK_FAILS(partition_find(fixture_root(), "LABEL=khibernate", path), "sys/class/block (");
	memset(root, 'r', sizeof(root) - 1);
	root[sizeof(root) - 1] = '\0';
	CHECK_FAILS(partition_find(root, "LABEL=khibernate", path), strerror(ENAMETOOLONG));
}

/* Makes the node of a block device, which needs no device. Only root can do so, and not on every file system; false if it cannot. */
static bool make_node(const char *path, dev_t number)
{
	if (!mknod(path, S_IFBLK | 0600, number))
		return true;
	CHECK(errno == EPERM || errno == EACCES);
	printf("%s: %s: left out what needs it\n", path, strerror(errno));
	return false;
}

/* If the list of devices cannot be read to its end, nothing is found, since one that is missing may have the name, too. */
static void unreadable_sysfs(void)
{
	const char *root = fixture_root();

	add(root, "vda1", ext4(1, "khibernate"));
	for (int entries = 0; entries < 3; entries++) {
		folder_fails_after(entries);
		CHECK(strstr(find(root, "LABEL=khibernate"), "/sys/class/block (Input/output error)"));
	}
	folder_fails_after(-1);
	CHECK_STR(find(root, "LABEL=khibernate"), "/dev/vda1");
}

static void paths(void)
{
	const char *root = fixture_root();
	char file[PATH_SIZE], inside[PATH_SIZE + 8], circle[PATH_SIZE], path[PARTITION_PATH_MAX];

	fixture_write(root, "file", ext4(1, "khibernate"), DEVICE_SIZE);
	snprintf(file, sizeof(file), "%s/file", root);
	snprintf(inside, sizeof(inside), "%s/none", file);
	snprintf(circle, sizeof(circle), "%s/circle", root);
	CHECK(!symlink("circle", circle));
	CHECK_STR(find("", "/no/such/device"), "not there");
	CHECK_STR(find("", "khibernate"), "not there");
	CHECK_STR(find("", ""), "not there");
	CHECK_FAILS(partition_find("", file, path), "file is no block device");
	CHECK_FAILS(partition_find("", root, path), "is no block device");
	CHECK_FAILS(partition_find("", "/dev/null", path), "/dev/null is no block device");
	CHECK_FAILS(partition_find("", inside, path), strerror(ENOTDIR));
	CHECK_FAILS(partition_find("", circle, path), strerror(ELOOP));
}

/* A link to a node, such as those in /dev/disk, is followed. */
static void block_devices(void)
{
	const char *root = fixture_root();
	char node[PATH_SIZE], link[PATH_SIZE], path[PARTITION_PATH_MAX], name[PARTITION_PATH_MAX], *real;

	snprintf(node, sizeof(node), "%s/node", root);
	snprintf(link, sizeof(link), "%s/link", root);
	if (!make_node(node, makedev(240, 77)) || !CHECK(!symlink("node", link)))
		return;
	real = realpath(node, NULL);
	if (CHECK(real) && CHECK_OK(partition_find("", node, path)))
		CHECK_STR(path, real);
	if (real && CHECK_OK(partition_find("", link, path)))
		CHECK_STR(path, real);
	free(real);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(node, sizeof(node), "%s/%s", root, name);
	if (make_node(node, makedev(240, 77)))
		CHECK_FAILS(partition_find("", node, path), strerror(ENAMETOOLONG));
}

static void superblocks(void)
{
	const char *root = fixture_root();
	char path[PATH_SIZE];
	struct superblock super;

	snprintf(path, sizeof(path), "%s/device", root);
	CHECK_FAILS(partition_superblock(path, &super), "open: ");
	CHECK_FAILS(partition_superblock(root, &super), "read: ");
	fixture_text(root, "device", "");
	CHECK_FAILS(partition_superblock(path, &super), "device has no ext4");
	fixture_write(root, "device", (unsigned char[DEVICE_SIZE]){ 0 }, DEVICE_SIZE);
	CHECK_FAILS(partition_superblock(path, &super), "device has no ext4");
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		fixture_write(root, "device", overwritten(i), SUPERBLOCK_HEAD);
		CHECK_FAILS(partition_superblock(path, &super), "device has no ext4");
	}
	fixture_write(root, "device", ext4(0xab, "khibernate"), DEVICE_SIZE);
	if (CHECK_OK(partition_superblock(path, &super))) {
		CHECK_EQ(super.content, CONTENT_EXT4);
		CHECK_EQ(super.size, DEVICE_SIZE);
		CHECK_STR(super.uuid, "abababab-abab-abab-abab-abababababab");
	}
}

static void claims(void)
{
	const char *root = fixture_root();
	char path[PATH_SIZE];
	struct stat st;

	snprintf(path, sizeof(path), "%s/none", root);
	CHECK_FAILS(partition_claim("", path), strerror(ENOENT));
	fixture_write(root, "file", ext4(1, "khibernate"), DEVICE_SIZE);
	snprintf(path, sizeof(path), "%s/file", root);
	CHECK_FAILS(partition_claim("", path), "file is no block device");
	CHECK_FAILS(partition_claim("", root), "is no block device");
	CHECK_FAILS(partition_claim("", "/dev/null"), "/dev/null is no block device");
	/* There is no driver for this number (240 is for local use, says Linux' Documentation/admin-guide/devices.txt). */
	snprintf(path, sizeof(path), "%s/nothing", root);
	if (make_node(path, makedev(240, 77))) {
		fixture_text(root, "sys/dev/block/240:77/holders/.none", "");
		fixture_text(root, "proc/self/mountinfo", "");
		CHECK_FAILS(partition_claim(root, path), strerror(ENXIO));
		fixture_text(root, "sys/dev/block/240:77/holders/dm-0", "");
		CHECK_FAILS(partition_claim(root, path), "nothing is held by dm-0");
	}
	/* What is mounted is known by its number, not by its name. The number of /proc is in mountinfo on every system. */
	snprintf(path, sizeof(path), "%s/mounted", root);
	if (CHECK(!stat("/proc", &st)) && make_node(path, st.st_dev))
		CHECK_FAILS(partition_claim("", path), "mounted is mounted");
}

/* Where it cannot be known whether a device is in use, it counts as used. */
static void claims_of_the_unknown(void)
{
	const char *root = fixture_root();
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/nothing", root);
	if (!make_node(path, makedev(240, 77)))
		return;
	CHECK_FAILS(partition_claim(root, path), "/proc/self/mountinfo (No such file");
	fixture_text(root, "proc/self/mountinfo", "");
	CHECK_FAILS(partition_claim(root, path), "/sys/dev/block/240:77/holders (No such file");
	fixture_text(root, "sys/dev/block/240:77/holders/.none", "");
	CHECK_FAILS(partition_claim(root, path), strerror(ENXIO));
	folder_fails_after(0);
	CHECK_FAILS(partition_claim(root, path), "/sys/dev/block/240:77/holders (Input/output error)");
	folder_fails_after(-1);
	/* Even root cannot read a folder as a file. */
	fixture_text(root, "proc/swaps/none", "");
	CHECK_FAILS(partition_claim(root, path), "/proc/swaps (Is a directory)");
}

RUN_TESTS(at_rest, stacked_devices, labels, empty_names, uuids, partuuids, other_file_systems, made_by_mke2fs, same_name_twice, slashes_in_names,
	  arrays, no_candidates,
	  cut_off, long_names, no_sysfs, unreadable_sysfs, paths, block_devices, superblocks, claims, claims_of_the_unknown)
