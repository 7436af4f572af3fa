/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes which RAM was there at the boot. The input: the size of a block of memory, of setup_data its type and the data, boot_params. */
#include "kernel/boot_ram.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *root;
	struct input rest = { data, size }, block = input_part(&rest), type = input_part(&rest), more = input_part(&rest);
	struct ranges ram = fixture_ranges("1000-9f000,100000-1ffe0000,100000000-110000000");

	if (!root) {
		root = fixture_root();
		fixture_text(root, "sys/devices/system/memory/memory1/state", "offline\n");
	}
	fixture_write(root, "sys/devices/system/memory/block_size_bytes", block.data, block.size);
	fixture_write(root, "sys/kernel/boot_params/setup_data/0/type", type.data, type.size);
	fixture_write(root, "sys/kernel/boot_params/setup_data/0/data", more.data, more.size);
	fixture_write(root, "sys/kernel/boot_params/data", rest.data, rest.size);
	(void)boot_ram_check(root, &ram);
	if (!boot_ram_cut_offline(root, &ram))
		PROMISE(ranges_total(&ram) <= MIB(1024));
	ranges_free(&ram);
	return 0;
}
