/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/bootparams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/memmap.h"
#include "base/report.h"

#define LOADER_UNDEFINED 0xff

static int add_around(struct ranges *out, const struct range *r, const struct range *hole)
{
	uint64_t low_end = hole->start < r->end ? hole->start : r->end;
	uint64_t high = hole->end > r->start ? hole->end : r->start;

	if (hole->end <= r->start || hole->start >= r->end)
		return ranges_add(out, r->start, r->end, E820_USABLE);
	return ranges_add(out, r->start, low_end, E820_USABLE) ||
	       ranges_add(out, low_end, high, E820_KEEP_OUT) ||
	       ranges_add(out, high, r->end, E820_USABLE) ? -1 : 0;
}

int bootparams_e820(const struct ranges *firmware, const struct range *window, uint64_t low_end,
		    const struct range *hole, struct ranges *out)
{
	bool placed = false;

	for (size_t i = 0; i < firmware->count; i++) {
		const struct range *r = &firmware->item[i];
		uint64_t at = r->start;

		if (r->type != E820_USABLE) {
			if (ranges_add(out, r->start, r->end, r->type))
				return -1;
			continue;
		}
		if (r->start < low_end) {
			at = low_end < r->end ? low_end : r->end;
			if (ranges_add(out, r->start, at, E820_USABLE))
				return -1;
		}
		if (at <= window->start && window->end <= r->end) {
			if (ranges_add(out, at, window->start, E820_KEEP_OUT) ||
			    add_around(out, window, hole))
				return -1;
			at = window->end;
			placed = true;
		}
		if (ranges_add(out, at, r->end, E820_KEEP_OUT))
			return -1;
	}
	if (!placed)
		return fail("memory map", 0, "the window %llx-%llx is not inside one range of RAM",
			    (unsigned long long)window->start, (unsigned long long)window->end);
	return ranges_normalize(out);
}

/* The RSDP's address from EFI's tables, where the boot loader put none into boot_params; 0 if unknown. */
static uint64_t efi_rsdp(const char *root)
{
	char path[256];
	struct blob text;
	const char *at;
	uint64_t address = 0;

	snprintf(path, sizeof(path), "%s/sys/firmware/efi/systab", root);
	if (access(path, R_OK) || read_file(path, 65536, &text))
		return 0;
	at = strstr((char *)text.data, "ACPI20=");
	if (!at)
		at = strstr((char *)text.data, "ACPI=");
	if (at)
		address = strtoull(strchr(at, '=') + 1, NULL, 16);
	free(text.data);
	return address;
}

static int copy_from_running(const char *root, struct boot_params *bp)
{
	struct boot_params own;
	struct blob data;
	char path[256];

	snprintf(path, sizeof(path), "%s/sys/kernel/boot_params/data", root);
	if (read_file(path, 65536, &data))
		return -1;
	if (data.size < sizeof(own)) {
		free(data.data);
		return fail("boot_params", 0, "%s has %zu bytes", path, data.size);
	}
	memcpy(&own, data.data, sizeof(own));
	free(data.data);
	bp->screen_info = own.screen_info;
	bp->acpi_rsdp_addr = own.acpi_rsdp_addr ? own.acpi_rsdp_addr : efi_rsdp(root);
	return 0;
}

int bootparams_fill(const char *root, const struct bzimage *bz, const struct boot_places *places,
		    const struct ranges *e820, struct boot_params *bp)
{
	size_t header_at = offsetof(struct boot_params, hdr);

	memset(bp, 0, sizeof(*bp));
	memcpy((char *)bp + header_at, bz->file.data + header_at, bz->setup_header_end - header_at);
	if (copy_from_running(root, bp))
		return -1;
	bp->hdr.type_of_loader = LOADER_UNDEFINED;
	bp->hdr.loadflags &= (__u8)~CAN_USE_HEAP;
	bp->hdr.setup_data = 0;
	/* Everything lies below 4 GiB, so the ext_ fields stay 0. */
	bp->hdr.cmd_line_ptr = (__u32)places->cmdline;
	bp->hdr.ramdisk_image = (__u32)places->initrd;
	bp->hdr.ramdisk_size = (__u32)places->initrd_size;
	if (e820->count > E820_MAX_ENTRIES_ZEROPAGE)
		return fail("boot_params", 0, "%zu ranges of memory, %u fit", e820->count,
			    E820_MAX_ENTRIES_ZEROPAGE);
	bp->e820_entries = (__u8)e820->count;
	for (size_t i = 0; i < e820->count; i++) {
		const struct range *r = &e820->item[i];

		bp->e820_table[i] = (struct boot_e820_entry){ r->start, r->end - r->start, r->type };
	}
	return 0;
}
