/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the stale image guard. The input: A's facts, which list devices; hibernate.meta. There are two devices and a copy of one. */
#include "checks/guard.h"

#include "fuzz.h"

#define DISK_BYTES 4096

static void disk(const char *root, const char *name, const unsigned char *content)
{
	char path[64];

	snprintf(path, sizeof(path), "sys/class/block/%s/uevent", name);
	fixture_text(root, path, "");
	snprintf(path, sizeof(path), "dev/%s", name);
	fixture_write(root, path, content, DISK_BYTES);
}

static const char *fixed_root(void)
{
	static const char *root;
	unsigned char content[DISK_BYTES] = { 0 };

	if (root)
		return root;
	root = fixture_root();
	/* A device of no known kind. */
	disk(root, "vda", content);
	/* A header of swap without pages, and its UUID (include/linux/swap.h, Linux 6.12). */
	memcpy(content + 4086, "SWAPSPACE2", 10);
	content[1024] = 1;
	memset(content + 1036, 0x22, 16);
	disk(root, "vdb", content);
	disk(root, "vdc", content);
	return root;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *root = fixed_root();
	struct input rest = { data, size }, part = input_part(&rest);
	struct blob text = fixture_blob(part.data, part.size), lines = { 0 };
	FILE *out = open_memstream((char **)&lines.data, &lines.size);
	int ret;

	PROMISE(out);
	ret = guard_record(root, &text, 0, out);
	PROMISE(!fclose(out));
	/* A device that was recorded just now has not changed. */
	if (!ret)
		PROMISE(!guard_compare(root, &lines, 0));
	free(lines.data);
	free(text.data);
	text = fixture_blob(rest.data, rest.size);
	(void)guard_compare(root, &text, 0);
	free(text.data);
	return 0;
}
