/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's memory, as firmware and the running kernel describe it. */
#ifndef KH_KERNEL_MEMMAP_H
#define KH_KERNEL_MEMMAP_H

#include "base/e820.h"
#include "base/range.h"

/*
 * Firmware's map from `root`/sys/firmware/memmap (Documentation/ABI/testing/
 * sysfs-firmware-memmap), normalized, with e820 types, as it was at the boot: without RAM that was added since. 0, or -1 and fail().
 * `root` is "" but in tests. The caller frees the list.
 */
int memmap_firmware(const char *root, struct ranges *map);

/*
 * From `root`/proc/iomem: `ram` gets the running kernel's "System RAM", cut to
 * whole pages, but for memory that is offline; `kernel` gets where its image lies ("Kernel code", "data", ...; they may share pages).
 * -1 and fail() also when the addresses are hidden (read without privilege).
 */
int memmap_running(const char *root, struct ranges *ram, struct ranges *kernel);

/* Can the appliance reach all of `ram` (normalized, not empty)? 0, or -1 and fail(). */
int memmap_check_reach(const struct ranges *ram);

#define LOW_START 0x1000ULL
#define MIB_1 0x100000ULL

/*
 * The end of the low memory that B and C' use and that A's kernel backs up:
 * whole pages of the usable range at address 0, at most 640 KiB.
 * 0 when there is no such memory.
 */
uint64_t memmap_low_end(const struct ranges *firmware);

/* The value of `root`/proc/meminfo called `name` ("MemTotal"), in bytes. 0, or -1 and fail("memory") if it cannot be known. */
int memmap_meminfo(const char *root, const char *name, uint64_t *bytes);

/*
 * How many bytes programs can get without others having to give up theirs (MemAvailable). 0; or -1 and fail("memory"): then the caller
 * must not count on any.
 */
int memmap_available(const char *root, uint64_t *bytes);

#endif
