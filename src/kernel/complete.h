/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All of the running kernel's memory, and the proof that it is all. */
#ifndef KH_KERNEL_COMPLETE_H
#define KH_KERNEL_COMPLETE_H

#include "base/range.h"

/*
 * What memory_complete() goes by, read from `root`/proc/zoneinfo (zoneinfo_show_print() in mm/vmstat.c, Linux 6.12): a zone spans
 * page frames from start_pfn on, of which `present` are RAM that the kernel took (calculate_node_totalpages() in mm/mm_init.c);
 * memory that was added later counts when it goes online (adjust_present_page_count() in mm/memory_hotplug.c), a device's never.
 */
struct zones {
	struct ranges span; /* normalized; zones of several nodes may lie among each other */
	uint64_t present;   /* bytes, of all zones */
};

/* 0, and the caller frees `span`; or -1 and fail(). */
int zones_read(const char *root, struct zones *zones);

/*
 * Is `ram`, which memmap_running() has read, all of the memory of the running kernel's zones? What firmware's map `firmware` has
 * as usable, and the kernel has pages of, but shows as something else, is added: the kernel reserves RAM for tables that it
 * took over (efi_arch_mem_reserve(): ESRT, BGRT) or that an initramfs brought (acpi_table_upgrade()), and reads them as long as
 * it runs. 0; or -1 and fail(), which says how much is missing, or where.
 */
int memory_complete(const char *root, const struct ranges *firmware, struct ranges *ram);

/*
 * The running system's memory, as a hibernation needs it: memmap_running() and memory_complete(), nothing of it was added since the
 * boot (kernel/boot_ram.h), and all of `ram` is RAM by firmware's map too, since nothing else may be written when it is resumed, and in
 * reach of the appliance. 0, or -1 and fail().
 */
int memory_running(const char *root, const struct ranges *firmware, struct ranges *ram, struct ranges *kernel);

#endif
