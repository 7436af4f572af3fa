/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the search for a partition. The input: LABEL=, UUID= or PARTUUID=, a device's uevent file, and what is on the device. */
#include "block/partition.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kinds[] = { "LABEL=", "UUID=", "PARTUUID=" };
	static const char *root;
	struct input rest = { data, size }, part = input_part(&rest);
	char spec[512], path[PARTITION_PATH_MAX] = "";
	int ret;

	if (!root)
		root = fixture_root();
	if (!part.size)
		return 0;
	snprintf(spec, sizeof(spec), "%s%.*s", kinds[part.data[0] % 3], (int)part.size - 1, (const char *)part.data + 1);
	part = input_part(&rest);
	fixture_write(root, "sys/class/block/vda1/uevent", part.data, part.size);
	fixture_write(root, "dev/vda1", rest.data, rest.size);
	ret = partition_find(root, spec, path);
	PROMISE(ret == 0 || ret == 1 || ret == -1);
	if (!ret)
		PROMISE(!strncmp(path, root, strlen(root)) && !strcmp(path + strlen(root), "/dev/vda1"));
	return 0;
}
