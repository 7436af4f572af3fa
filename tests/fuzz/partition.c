/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the search for a partition. The input: LABEL=, UUID=, PARTUUID= or PARTLABEL=, the uevent file of a disk, and what is on the disk,
 * which is also on its partition.
 */
#include "block/partition.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kinds[] = { "LABEL=", "UUID=", "PARTUUID=", "PARTLABEL=" };
	static const char *root;
	struct input rest = { data, size }, part = input_part(&rest);
	char spec[512], path[PARTITION_PATH_MAX] = "";
	int ret;

	if (!root) {
		root = fixture_root();
		fixture_text(root, "sys/devices/vda/vda1/partition", "1\n");
		fixture_text(root, "sys/devices/vda/vda1/start", "2048\n");
		fixture_text(root, "sys/devices/vda/vda1/size", "2048\n");
		fixture_text(root, "sys/class/block/.made", "");
		snprintf(path, sizeof(path), "%s/sys/class/block/vda1", root);
		PROMISE(!symlink("../../devices/vda/vda1", path));
	}
	if (!part.size)
		return 0;
	snprintf(spec, sizeof(spec), "%s%.*s", kinds[part.data[0] % 4], (int)part.size - 1, (const char *)part.data + 1);
	part = input_part(&rest);
	fixture_write(root, "sys/devices/vda/uevent", part.data, part.size);
	fixture_write(root, "dev/vda", rest.data, rest.size);
	fixture_write(root, "dev/vda1", rest.data, rest.size);
	ret = partition_find(root, spec, path);
	PROMISE(ret == 0 || ret == 1 || ret == -1);
	if (!ret)
		PROMISE(!strncmp(path, root, strlen(root)) && !strcmp(path + strlen(root), "/dev/vda1"));
	return 0;
}
