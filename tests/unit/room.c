/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is room for in memory, as /proc tells. That room is made is a boot test's affair. */
#include "kernel/room.h"

#include "base/units.h"
#include "check.h"
#include "fixture.h"
#include "meminfo.h"

static void look(void)
{
	const char *root = fixture_root();
	struct room room = { .needed = MIB(72) };

	CHECK_FAILS(room_look(root, &room), "memory: ");
	meminfo_write(root, &(struct meminfo){ .free = 900, .available = 5120, .active_anon = 40960, .inactive_anon = 61440,
					       .swap_total = 4096, .swap_free = 2048 });
	CHECK_OK(room_look(root, &room));
	CHECK_EQ(room.available, MIB(5));
	CHECK_EQ(room.swappable, MIB(2));
	CHECK_FAILS(room_lacking(&room), "too little free memory: 5 MiB are available, 72 MiB are needed, and 2 MiB more could be swapped out");
	/* More swap than there is to swap, of which some has to stay for programs to run in. */
	meminfo_write(root, &(struct meminfo){ .available = 5120, .active_anon = 10240, .inactive_anon = 20480, .swap_total = 204800,
					       .swap_free = 204800 });
	CHECK_OK(room_look(root, &room));
	CHECK_EQ(room.swappable, MIB(6));
	meminfo_write(root, &(struct meminfo){ .available = 5120, .inactive_anon = 20480, .swap_total = 204800, .swap_free = 204800 });
	CHECK_OK(room_look(root, &room));
	CHECK_EQ(room.swappable, 0);
}

/*
 * Lines of a kernel's /proc/zoneinfo. Of the first zone nothing can be had, since more than is free is kept from requests that the
 * second one can serve; of the last, which is empty, neither.
 */
static const char zoneinfo[] =
	"Node 0, zone      DMA\n"
	"  per-node stats\n"
	"      nr_inactive_anon 25\n"
	"  pages free     2000\n"
	"        boost    0\n"
	"        min      13\n"
	"        low      16\n"
	"        high     19\n"
	"        promo    22\n"
	"        spanned  4095\n"
	"        present  3998\n"
	"        managed  3840\n"
	"        cma      0\n"
	"        protection: (0, 2921, 7918, 7918)\n"
	"      nr_free_pages 2000\n"
	"Node 0, zone    DMA32\n"
	"  pages free     1100\n"
	"        boost    0\n"
	"        min      704\n"
	"        low      880\n"
	"        high     1056\n"
	"        managed  126000\n"
	"        protection: (0, 0, 100, 200)\n"
	"Node 0, zone   Normal\n"
	"  pages free     500\n"
	"        min      600\n"
	"        protection: (0, 0, 0, 0)\n"
	"Node 0, zone  Movable\n"
	"  pages free     0\n"
	"        min      32\n"
	"        protection: (0, 0, 0, 0)\n";

static void at_once(void)
{
	const char *root = fixture_root();
	uint64_t bytes;

	fixture_text(root, "proc/zoneinfo", zoneinfo);
	CHECK_OK(room_at_once(root, &bytes));
	CHECK_EQ(bytes, (1100 - 704 - 200) * PAGE_BYTES);
	fixture_text(root, "proc/zoneinfo", "Node 0, zone      DMA\n  pages free     70\n        min      10\n        protection: (0)\n");
	CHECK_OK(room_at_once(root, &bytes));
	CHECK_EQ(bytes, 60 * PAGE_BYTES);
	fixture_text(root, "proc/zoneinfo", "Node 0, zone      DMA\n");
	CHECK_FAILS(room_at_once(root, &bytes), "does not tell what is free");
}

RUN_TESTS(look, at_once)
