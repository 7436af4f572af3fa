/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory maps of earlier boots. EFI's are of the form of arch/x86/platform/efi/runtime-map.c, Linux 6.12. */
#include "checks/boots.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "check.h"
#include "fixture.h"

#define PLACE "var/lib/khibernate/maps"

/* IDs of boots as /proc/sys/kernel/random/boot_id has them (drivers/char/random.c, Linux 6.12), but for the last two digits. */
#define BOOT "10bf9621-2d6d-4d78-ae8e-5971dedbaa"

/* Begins boot `id`, with RAM up to `end` (text). */
static void boot(const char *root, const char *id, const char *end)
{
	fixture_text(root, "proc/sys/kernel/random/boot_id", id);
	fixture_text(root, "sys/firmware/memmap/0/start", "0x0\n");
	fixture_text(root, "sys/firmware/memmap/0/end", end);
	fixture_text(root, "sys/firmware/memmap/0/type", "System RAM\n");
}

static void check_file(const char *root, const char *want, int line)
{
	struct blob text;
	char path[512];

	snprintf(path, sizeof(path), "%s/" PLACE, root);
	if (!check_success(read_file(path, 65536, &text), __FILE__, line, "read_file"))
		return;
	check_text((char *)text.data, want, __FILE__, line, "maps");
	free(text.data);
}

#define CHECK_FILE(root, want) check_file(root, want, __LINE__)

static void remembered(void)
{
	const char *root = fixture_root();
	struct boots seen;

	boot(root, BOOT "01\n", "0x1fffff\n");
	CHECK_OK(boots_remember(root, &seen));
	CHECK(!seen.known && !seen.unfit);
	CHECK_FILE(root, BOOT "01 0-200000:1 -\n");
	/* The same boot again, and one with the same map. */
	CHECK_OK(boots_remember(root, &seen));
	CHECK(!seen.known);
	boot(root, BOOT "02\n", "0x1fffff\n");
	fixture_text(root, "sys/firmware/efi/runtime-map/0/phys_addr", "0x3000\n");
	fixture_text(root, "sys/firmware/efi/runtime-map/0/num_pages", "0x1\n");
	fixture_text(root, "sys/firmware/efi/runtime-map/0/type", "0x5\n");
	CHECK_OK(boots_remember(root, &seen));
	CHECK(seen.known == 1 && !seen.unfit);
	CHECK_FILE(root, BOOT "01 0-200000:1 -\n" BOOT "02 0-200000:1 3000-4000:5\n");
	/* Another map, and other places of EFI's. */
	boot(root, BOOT "03\n", "0x2fffff\n");
	CHECK_OK(boots_remember(root, &seen));
	CHECK(seen.known == 2 && seen.unfit == 2);
	CHECK_STR(seen.why, "1 MiB at 0x200000 were RAM, and are not now");
	boot(root, BOOT "04\n", "0x1fffff\n");
	fixture_text(root, "sys/firmware/efi/runtime-map/0/num_pages", "0x2\n");
	CHECK_OK(boots_remember(root, &seen));
	CHECK(seen.known == 3 && seen.unfit == 2);
}

static void bounded(void)
{
	const char *root = fixture_root();
	char id[64], want[2048] = "";
	struct boots seen;

	for (int i = 0; i < 20; i++) {
		snprintf(id, sizeof(id), BOOT "%02x\n", i);
		boot(root, id, "0x1fffff\n");
		CHECK_OK(boots_remember(root, &seen));
	}
	for (int i = 20 - BOOTS_MAX; i < 20; i++)
		sprintf(want + strlen(want), BOOT "%02x 0-200000:1 -\n", i);
	CHECK_FILE(root, want);
}

static void damaged(void)
{
	const char *root = fixture_root();
	struct boots seen;
	char path[512];

	boot(root, BOOT "00\n", "0x1fffff\n");
	fixture_text(root, PLACE, "\nold\nold x -\nold 0-200000:1\nold 0-200000:1 - more\n  \ngood 0-200000:1 -\nold 0-200000:1 -x");
	CHECK_OK(boots_remember(root, &seen));
	CHECK_EQ(seen.known, 1);
	CHECK_FILE(root, "good 0-200000:1 -\n" BOOT "00 0-200000:1 -\n");
	fixture_text(root, PLACE, "");
	CHECK_OK(boots_remember(root, &seen));
	CHECK_FILE(root, BOOT "00 0-200000:1 -\n");
	boot(root, "a b\n", "0x1fffff\n");
	CHECK_FAILS(boots_remember(root, &seen), "no word");
	boot(root, BOOT "00\n", "0x2fffff\n");
	fixture_text(root, PLACE, "good 0-200000:1 -\n");
	snprintf(path, sizeof(path), "%s/" PLACE ".new", root);
	CHECK_EQ(mkdir(path, 0700), 0);
	/* What was there counts, also where nothing can be written. */
	CHECK_FAILS(boots_remember(root, &seen), "maps.new");
	CHECK(seen.known == 1 && seen.unfit == 1);
}

RUN_TESTS(remembered, bounded, damaged)
