/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "blockdev.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

#define PATH_SIZE 512

static void add_file(const char *root, const char *folder, const char *name, const char *text)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "sys/devices/virtual/block/%s/%s", folder, name);
	fixture_text(root, path, text);
}

void blockdev_add(const char *root, const char *folder, uint64_t start, uint64_t sectors)
{
	const char *slash = strrchr(folder, '/'), *name = slash ? slash + 1 : folder;
	char text[PATH_SIZE], target[PATH_SIZE], path[PATH_SIZE];

	/* As block/partitions/core.c (part_uevent) and drivers/base/core.c write it; where DEVNAME has a /, the folder's name has a !. */
	snprintf(text, sizeof(text), "MAJOR=254\nMINOR=0\nDEVNAME=%s\nDEVTYPE=%s\nDISKSEQ=9\n%s", name, slash ? "partition" : "disk",
		 slash ? "PARTN=1\n" : "");
	for (char *mark = text; (mark = strchr(mark, '!'));)
		*mark = '/';
	add_file(root, folder, "uevent", text);
	if (slash) {
		add_file(root, folder, "partition", "1\n");
		snprintf(text, sizeof(text), "%llu\n", (unsigned long long)start);
		add_file(root, folder, "start", text);
	}
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)sectors);
	add_file(root, folder, "size", text);
	fixture_text(root, "sys/class/block/.keep", "");
	snprintf(target, sizeof(target), "../../devices/virtual/block/%s", folder);
	snprintf(path, sizeof(path), "%s/sys/class/block/%s", root, name);
	unlink(path);
	if (symlink(target, path)) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

const char *blockdev_made(const char *root, const char *path, unsigned int mib, const char *command)
{
	static char paths[64][PATH_SIZE];
	static size_t used;
	char line[PATH_SIZE * 2], *full = paths[used++ % 64];

	fixture_text(root, path, "");
	snprintf(full, PATH_SIZE, "%s/%s", root, path);
	snprintf(line, sizeof(line), "%s '%s' >'%s/said' 2>&1 || { cat '%s/said'; exit 1; }", command, full, root, root);
	setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
	if (truncate(full, (off_t)mib << 20) || system(line)) {
		printf("%s failed\n", command);
		exit(EXIT_FAILURE);
	}
	return full;
}

const char *blockdev_image(const char *root, const char *path, const char *name)
{
	char command[PATH_SIZE];

	snprintf(command, sizeof(command), "sh -c 'xz -dc \"$0\" >\"$1\"' " KH_UTIL_LINUX "/tests/ts/blkid/images-fs/%s.img.xz", name);
	return blockdev_made(root, path, 0, command);
}

unsigned char *blockdev_ext4(unsigned char byte, const char *label)
{
	/* Of struct ext4_super_block (fs/ext4/ext4.h, Linux 6.12), from the start of the device. */
	enum { UUID_AT = 1024 + 104, LABEL_AT = 1024 + 120, LABEL_SIZE = 16 };
	static unsigned char made[BLOCKDEV_EXT4_SIZE], device[BLOCKDEV_EXT4_SIZE];

	if (!made[LABEL_AT]) {
		FILE *file = fopen(blockdev_made(fixture_root(), "ext4", 16, "mke2fs -q -F -t ext4 -L made"), "rb");

		if (!file || fread(made, 1, sizeof(made), file) != sizeof(made)) {
			perror("mke2fs");
			exit(EXIT_FAILURE);
		}
		fclose(file);
	}
	memcpy(device, made, sizeof(device));
	memset(device + UUID_AT, byte, 16);
	memset(device + LABEL_AT, 0, LABEL_SIZE);
	memcpy(device + LABEL_AT, label, strlen(label));
	return device;
}
