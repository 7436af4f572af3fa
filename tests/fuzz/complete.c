/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the look whether all of the kernel's memory is known. The input: /proc/zoneinfo, /proc/kpageflags of up to 1024 pages. */
#include "kernel/complete.h"

#include "base/e820.h"
#include "fuzz.h"

#define PAGES 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *root;
	static unsigned char flags[PAGES * 8];
	struct range of_firmware[] = { { 0, 0x9fc00, E820_USABLE }, { 0x100000, 0x300000, E820_USABLE }, { 0x300000, 0x400000, E820_KEEP_OUT } };
	const struct ranges firmware = { of_firmware, 3, 3 };
	struct input rest = { data, size }, zones = input_part(&rest);
	struct ranges ram = fixture_ranges("1000-9f000,100000-280000");
	struct zones read;

	if (!root)
		root = fixture_root();
	memset(flags, 0, sizeof(flags));
	memcpy(flags, rest.data, rest.size < sizeof(flags) ? rest.size : sizeof(flags));
	fixture_write(root, "proc/zoneinfo", zones.data, zones.size);
	fixture_write(root, "proc/kpageflags", flags, sizeof(flags));
	if (!memory_complete(root, &firmware, &ram)) {
		PROMISE(ranges_contain(&ram, 0x1000, 0x9f000) && ranges_contain(&ram, 0x100000, 0x280000));
		PROMISE(ram.item[0].start == 0x1000 && ram.item[ram.count - 1].end <= 0x300000);
		PROMISE(!zones_read(root, &read) && read.present <= ranges_total(&read.span));
		ranges_free(&read.span);
	}
	ranges_free(&ram);
	return 0;
}
