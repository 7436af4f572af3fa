/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/bootparams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/memmap.h"
#include "base/report.h"

#define LOADER_UNDEFINED 0xff

/* `list`, in which RAM is reserved, gets [start, end) as usable. 0, or -1 and fail(). */
static int make_usable(struct ranges *list, uint64_t start, uint64_t end)
{
	return ranges_cut(list, start, end) || ranges_add(list, start, end, E820_USABLE) ? -1 : 0;
}

/* Joins the two neighbours with the least between them of which neither is usable. false: there are no such ones. */
static bool join_nearest(struct ranges *list)
{
	size_t nearest = 0;
	uint64_t least = UINT64_MAX;

	for (size_t i = 1; i < list->count; i++) {
		const struct range *r = &list->item[i];

		if (r->type == E820_USABLE || r[-1].type == E820_USABLE || r->start - r[-1].end >= least)
			continue;
		nearest = i;
		least = r->start - r[-1].end;
	}
	if (!nearest)
		return false;
	list->item[nearest - 1].end = list->item[nearest].end;
	if (list->item[nearest - 1].type != list->item[nearest].type)
		list->item[nearest - 1].type = E820_KEEP_OUT;
	list->count--;
	memmove(&list->item[nearest], &list->item[nearest + 1], (list->count - nearest) * sizeof(*list->item));
	return true;
}

int bootparams_e820(const struct ranges *firmware, const struct range *window, const struct range *low,
		    const struct range *hole, struct ranges *out)
{
	struct ranges usable = { 0 };
	int ret = ranges_of_type(firmware, E820_USABLE, &usable);

	if (!ret && (window->start < low->end || !ranges_contain(&usable, window->start, window->end)))
		ret = fail("memory map", 0, "the window %llx-%llx is not inside one range of RAM",
			   (unsigned long long)window->start, (unsigned long long)window->end);
	if (!ret && !ranges_contain(&usable, low->start, low->end))
		ret = fail("memory map", 0, "low memory, %llx-%llx, is not RAM by firmware's map",
			   (unsigned long long)low->start, (unsigned long long)low->end);
	ranges_free(&usable);
	for (size_t i = 0; i < firmware->count && !ret; i++) {
		const struct range *r = &firmware->item[i];

		ret = ranges_add(out, r->start, r->end, r->type == E820_USABLE ? E820_KEEP_OUT : r->type);
	}
	if (ret || make_usable(out, low->start, low->end) || make_usable(out, window->start, window->end))
		return -1;
	if (hole->start >= window->start && hole->end <= window->end &&
	    (ranges_cut(out, hole->start, hole->end) || ranges_add(out, hole->start, hole->end, E820_KEEP_OUT)))
		return -1;
	if (ranges_normalize(out))
		return -1;
	while (out->count > E820_RANGES_MAX && join_nearest(out))
		;
	return 0;
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
