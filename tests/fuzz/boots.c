/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes what is remembered of earlier boots' memory maps. The input: that file. */
#include "checks/boots.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *root;
	struct boots seen, again;

	if (!root) {
		root = fixture_root();
		fixture_text(root, "proc/sys/kernel/random/boot_id", "now\n");
		fixture_text(root, "sys/firmware/memmap/0/start", "0x0\n");
		fixture_text(root, "sys/firmware/memmap/0/end", "0x1fffff\n");
		fixture_text(root, "sys/firmware/memmap/0/type", "System RAM\n");
	}
	fixture_write(root, "var/lib/khibernate/maps", data, size);
	if (boots_remember(root, &seen))
		return 0;
	PROMISE(seen.unfit <= seen.known);
	/* What was written is read as it was meant, and no more is kept than that. */
	PROMISE(!boots_remember(root, &again) && again.known <= BOOTS_MAX - 1 && again.known <= seen.known);
	return 0;
}
