/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the search for what A has in use. The input: /proc/self/mountinfo, /proc/swaps, and a device's uevent file, which is an answer
 * of device mapper, too.
 */
#include "block/encrypted.h"
#include "block/mounts.h"

#include "fuzz.h"

static void take(void *context, const char *name)
{
	(void)context;
	PROMISE(*name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *root;
	struct input rest = { data, size }, part;
	struct blob answer;
	struct mounts list;

	if (!root)
		root = fixture_root();
	part = input_part(&rest);
	fixture_write(root, "proc/self/mountinfo", part.data, part.size);
	part = input_part(&rest);
	fixture_write(root, "proc/swaps", part.data, part.size);
	fixture_write(root, "sys/dev/block/254:1/uevent", rest.data, rest.size);
	fixture_write(root, "sys/class/block/vda2/uevent", rest.data, rest.size);
	if (!mounts_list(root, &list)) {
		PROMISE(list.count <= MOUNTS_MAX);
		for (size_t i = 0; i < list.count; i++)
			PROMISE(*list.name[i] && strlen(list.name[i]) < MOUNTS_NAME_SIZE && !strpbrk(list.name[i], " \t\n"));
	}
	encrypted_each(root, take, NULL);
	answer = fixture_blob(rest.data, rest.size);
	encrypted_targets(&answer);
	free(answer.data);
	return 0;
}
