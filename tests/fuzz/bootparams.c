/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes what is read of the running kernel for B's boot_params. The input: /sys/firmware/efi/systab, /sys/kernel/boot_params/data. */
#include "kexec/bootparams.h"

#include "fuzz.h"
#include "kernel/memmap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *root;
	static unsigned char kernel[0x300];
	const struct bzimage bz = { .file = { kernel, sizeof(kernel) }, .setup_header_end = 0x26c };
	const struct boot_places places = { 0x4000000, 0x5000000, 100 };
	struct range memory[] = { { 0x1000, 0x9f000, E820_USABLE } };
	const struct ranges e820 = { memory, 1, 1 };
	struct input rest = { data, size }, systab = input_part(&rest);
	struct boot_params bp;

	if (!root)
		root = fixture_root();
	fixture_write(root, "sys/firmware/efi/systab", systab.data, systab.size);
	fixture_write(root, "sys/kernel/boot_params/data", rest.data, rest.size);
	if (!bootparams_fill(root, &bz, &places, &e820, &bp))
		PROMISE(bp.e820_entries == 1 && !bp.hdr.setup_data);
	return 0;
}
