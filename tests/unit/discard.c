/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a device can discard, as a made-up /sys says (block/blk-sysfs.c, Linux 6.12). */
#include "block/discard.h"

#include <sys/sysmacros.h>

#include "check.h"
#include "fixture.h"

static void disk(const char *root, const char *queue, const char *most, const char *granularity)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/dev/block/%s/discard_max_bytes", queue);
	fixture_text(root, path, most);
	snprintf(path, sizeof(path), "sys/dev/block/%s/discard_granularity", queue);
	fixture_text(root, path, granularity);
}

static void granularity(void)
{
	const char *root = fixture_root();

	CHECK_EQ(discard_granularity(root, makedev(8, 1)), 0);
	disk(root, "8:0/queue", "2147450880\n", "512\n");
	CHECK_EQ(discard_granularity(root, makedev(8, 0)), 512);
	disk(root, "8:16/queue", "0\n", "4096\n");
	CHECK_EQ(discard_granularity(root, makedev(8, 16)), 0);
	disk(root, "8:32/queue", "much\n", "4096\n");
	CHECK_EQ(discard_granularity(root, makedev(8, 32)), 0);
	/* The folder of a partition is in that of its disk, which has the queue. */
	disk(root, "queue", "1048576\n", "65536\n");
	fixture_text(root, "sys/dev/block/8:3/partition", "1\n");
	CHECK_EQ(discard_granularity(root, makedev(8, 3)), 65536);
}

RUN_TESTS(granularity)
