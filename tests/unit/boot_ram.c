/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RAM that was added since the boot, in a made-up /sys, as arch/x86/kernel/ksysfs.c, drivers/base/memory.c and drivers/firmware/memmap.c
 * (Linux 6.12) show it.
 */
#include "kernel/boot_ram.h"

#include <asm/bootparam.h>

#include "base/e820.h"
#include "check.h"
#include "fixture.h"
#include "folder.h"
#include "kernel/memmap.h"

static const struct boot_e820_entry usual[] = {
	{ 0, 0x9fc00, E820_USABLE }, { 0x9fc00, 0x400, E820_KEEP_OUT }, { 0x100000, 0x1fee0000, E820_USABLE },
	{ 0x1ffe0000, 0x20000, E820_KEEP_OUT }, { 0xfffc0000, 0x40000, E820_KEEP_OUT },
};

static void boot_params(const char *root, const struct boot_e820_entry *entries, size_t count)
{
	struct boot_params params = { .e820_entries = (__u8)count };

	memcpy(params.e820_table, entries, count * sizeof(*entries));
	fixture_write(root, "sys/kernel/boot_params/data", &params, sizeof(params));
}

static void setup_data(const char *root, const char *number, const char *type, const struct boot_e820_entry *entry)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/kernel/boot_params/setup_data/%s/type", number);
	fixture_text(root, path, type);
	snprintf(path, sizeof(path), "sys/kernel/boot_params/setup_data/%s/data", number);
	fixture_write(root, path, entry, sizeof(*entry));
}

static void block(const char *root, const char *name, const char *state)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/devices/system/memory/%s/state", name);
	fixture_text(root, path, state);
}

static int check(const char *root, const char *text)
{
	struct ranges ram = fixture_ranges(text);
	int ret = boot_ram_check(root, &ram);

	ranges_free(&ram);
	return ret;
}

#define BOOT_RAM "1000-9f000,100000-1ffe0000"

static void nothing_was_added(void)
{
	const char *root = fixture_root();

	/* A kernel that does not show what firmware told, and one whose map says nothing of RAM. */
	CHECK_OK(check(root, BOOT_RAM));
	boot_params(root, usual + 3, 2);
	CHECK_OK(check(root, BOOT_RAM));
	boot_params(root, usual, 5);
	CHECK_OK(check(root, BOOT_RAM));
	/* Less than there was, as with mem=. */
	CHECK_OK(check(root, "1000-9f000,100000-8000000"));
	/* Firmware may tell of RAM in pieces, twice, and in no order. */
	boot_params(root, (struct boot_e820_entry[]){ { 0x8000000, 0x18000000, 1 }, { 0, 0xa0000, 1 }, { 0x100000, 0x8000000, 1 } }, 3);
	CHECK_OK(check(root, BOOT_RAM));
}

static void what_was_added_is_refused(void)
{
	const char *root = fixture_root();

	boot_params(root, usual, 5);
	CHECK_FAILS(check(root, BOOT_RAM ",100000000-110000000"),
		    "memory map: RAM at 100000000-110000000 (1 ranges, 256 MiB in all) is not in firmware's map");
	CHECK(!strstr(fail_text(), "offline"));
	CHECK_FAILS(check(root, BOOT_RAM ",100000000-110000000,120000000-130000000"), "(2 ranges, 512 MiB in all)");
	/* It is reserved, or only a part of it was there. */
	CHECK_FAILS(check(root, "1000-9f000,100000-20000000"), "RAM at 1ffe0000-20000000");
	fixture_text(root, "sys/devices/system/memory/block_size_bytes", "8000000\n");
	CHECK_FAILS(check(root, BOOT_RAM ",100000000-110000000"),
		    "(echo offline >/sys/devices/system/memory/memory32/state, and so on up to memory33)");
}

static void more_entries_than_boot_params_has_room_for(void)
{
	static const struct boot_e820_entry more = { 0x100000000, 0x10000000, E820_USABLE };
	const char *root = fixture_root();

	boot_params(root, usual, 5);
	setup_data(root, "0", "0x3\n", &more);
	CHECK_FAILS(check(root, BOOT_RAM ",100000000-110000000"), "RAM at 100000000-110000000");
	setup_data(root, "1", "0x1\n", &more);
	CHECK_OK(check(root, BOOT_RAM ",100000000-110000000"));
	/* The first entry has two files, and that folder itself has two entries. */
	folder_fails_after(1);
	CHECK_FAILS(check(root, BOOT_RAM ",100000000-110000000"), "boot_params: ");
	folder_fails_after(-1);
}

static void malformed_boot_params(void)
{
	struct boot_params params = { .e820_entries = 255 };
	const char *root = fixture_root();

	fixture_text(root, "sys/kernel/boot_params/data", "short");
	CHECK_FAILS(check(root, BOOT_RAM), "boot_params/data has 5 bytes");
	/* An entry that ends beyond all addresses is none. */
	params.e820_table[0] = (struct boot_e820_entry){ 0x1000, UINT64_MAX, E820_USABLE };
	params.e820_table[127] = (struct boot_e820_entry){ 0, 0x9fc00, E820_USABLE };
	fixture_write(root, "sys/kernel/boot_params/data", &params, sizeof(params));
	CHECK_OK(check(root, "1000-9f000"));
	CHECK_FAILS(check(root, BOOT_RAM), "RAM at 100000-1ffe0000");
}

static void check_offline(const char *root, const char *ram, const char *wanted, int line)
{
	struct ranges list = fixture_ranges(ram);
	char *text;

	check_forget_failure();
	check_success(boot_ram_cut_offline(root, &list), __FILE__, line, "boot_ram_cut_offline");
	text = ranges_text(&list, false);
	check_text(text, wanted, __FILE__, line, "ram");
	free(text);
	ranges_free(&list);
}

static void offline_memory_is_not_used(void)
{
	const char *root = fixture_root();
	struct ranges list = fixture_ranges(BOOT_RAM);

	check_offline(root, BOOT_RAM, BOOT_RAM, __LINE__);
	fixture_text(root, "sys/devices/system/memory/block_size_bytes", "8000000\n");
	fixture_text(root, "sys/devices/system/memory/auto_online_blocks", "offline\n");
	block(root, "memory0", "online\n");
	block(root, "memory1", "offline\n");
	block(root, "memory3", "offline\n");
	block(root, "memory32", "offline\n");
	block(root, "memory33", "going-offline\n");
	block(root, "memorial", "offline\n");
	block(root, "memory99999999999999999", "offline\n");
	check_offline(root, BOOT_RAM ",100000000-110000000", "1000-9f000,100000-8000000,10000000-18000000,108000000-110000000", __LINE__);
	fixture_text(root, "sys/devices/system/memory/block_size_bytes", "0\n");
	CHECK_FAILS(boot_ram_cut_offline(root, &list), "is no size: 0");
	fixture_text(root, "sys/devices/system/memory/block_size_bytes", "8000001\n");
	CHECK_FAILS(boot_ram_cut_offline(root, &list), "is no size: 8000001");
	ranges_free(&list);
}

static void entry(const char *root, const char *number, const char *start, const char *end)
{
	static const char *const names[] = { "start", "end", "type" };
	const char *const values[] = { start, end, "System RAM\n" };

	for (size_t i = 0; i < 3; i++) {
		char path[128];

		snprintf(path, sizeof(path), "sys/firmware/memmap/%s/%s", number, names[i]);
		fixture_text(root, path, values[i]);
	}
}

static void check_firmware(const char *root, const char *wanted, int line)
{
	struct ranges map = { 0 };
	char *text;

	check_forget_failure();
	check_success(memmap_firmware(root, &map), __FILE__, line, "memmap_firmware");
	text = ranges_text(&map, true);
	check_text(text, wanted, __FILE__, line, "map");
	free(text);
	ranges_free(&map);
}

/* Firmware's map is the one of the boot: also with RAM that came later, and with such that mem= left out and that was added by hand. */
static void the_map_of_the_boot(void)
{
	const char *root = fixture_root();

	entry(root, "0", "0x0\n", "0x9fbff\n");
	entry(root, "1", "0x100000\n", "0x1ffdffff\n");
	entry(root, "2", "0x100000000\n", "0x10fffffff\n");
	check_firmware(root, "0-9fc00:1,100000-1ffe0000:1,100000000-110000000:1", __LINE__);
	boot_params(root, usual, 5);
	check_firmware(root, "0-9fc00:1,100000-1ffe0000:1", __LINE__);
	entry(root, "3", "0x18000000\n", "0x1ffdffff\n");
	entry(root, "4", "0x100000\n", "0x1ffdffff\n");
	check_firmware(root, "0-9fc00:1,100000-1ffe0000:1", __LINE__);
	fixture_text(root, "sys/kernel/boot_params/data", "short");
	CHECK_FAILS(check(root, BOOT_RAM), "boot_params");
}

RUN_TESTS(nothing_was_added, what_was_added_is_refused, more_entries_than_boot_params_has_room_for, malformed_boot_params,
	  offline_memory_is_not_used, the_map_of_the_boot)
