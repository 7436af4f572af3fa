/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RAM that was added or taken away since the boot. The next cold boot learns from firmware's map what RAM there is, as this one did. RAM
 * that came later (an ACPI DIMM, a hypervisor's hot-add, /sys/devices/system/memory/probe) is in the running kernel's lists all the
 * same: in /proc/iomem as "System RAM", and in /sys/firmware/memmap, to which add_memory() adds it (mm/memory_hotplug.c, Linux 6.12).
 * What firmware told at the boot is still in boot_params (Documentation/ABI/testing/sysfs-kernel-boot_params).
 * `root` is the folder below which /sys lies, "" but in tests.
 */
#ifndef KH_KERNEL_BOOT_RAM_H
#define KH_KERNEL_BOOT_RAM_H

#include "base/range.h"

/* Is all of `ram` RAM that firmware told of at the boot, where the kernel shows that? 0, or -1 and fail() with what can be done. */
int boot_ram_check(const char *root, const struct ranges *ram);

/*
 * Drops from a list of entries of /sys/firmware/memmap, with e820 types, those of usable RAM that were added since the boot, and those
 * that another entry contains. 0, or -1 and fail().
 */
int boot_ram_drop_added(const char *root, struct ranges *firmware);

/* Cuts memory that is offline, which the kernel does not use, out of `ram`. 0, or -1 and fail(). */
int boot_ram_cut_offline(const char *root, struct ranges *ram);

#endif
