/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's memory, as firmware and the running kernel describe it. */
#ifndef KH_KERNEL_MEMMAP_H
#define KH_KERNEL_MEMMAP_H

#include "base/e820.h"
#include "base/range.h"

/*
 * Firmware's map from `root`/sys/firmware/memmap (Documentation/ABI/testing/
 * sysfs-firmware-memmap), normalized, with e820 types, to the byte, as it was at the boot: without RAM that was added since. 0, or -1 and
 * fail().
 * `root` is "" but in tests. The caller frees the list.
 */
int memmap_firmware(const char *root, struct ranges *map);

/*
 * From `root`/proc/iomem: `ram` gets the running kernel's "System RAM", at whatever depth of the tree (below a CXL window,
 * too), normalized, its whole pages as ranges_to_pages() has them, since the kernel splits RAM inside of pages for what a
 * boot loader hands over (setup_data), but for memory that is offline; `kernel` gets where its image lies ("Kernel code", "data", ...; they
 * may share pages).
 * Whether that is all of the kernel's memory, memory_complete() finds out (kernel/complete.h).
 * -1 and fail() also when the addresses are hidden (read without privilege).
 */
int memmap_running(const char *root, struct ranges *ram, struct ranges *kernel);

/* Can the appliance reach all of `ram` (normalized, not empty)? 0, or -1 and fail(). */
int memmap_check_reach(const struct ranges *ram);

#define LOW_START 0x1000ULL /* no kernel uses the page before it, which is the BIOS's */
#define LOW_LIMIT 0xa0000ULL
#define MIB_1 0x100000ULL

/*
 * The appliance's kernel panics without a piece of low memory for the code that its other CPUs and a wakeup begin with
 * (reserve_real_mode() in arch/x86/realmode/init.c, Linux 6.12): 28 KiB with its configuration. It takes none of the first 64 KiB
 * (early_reserve_memory() in arch/x86/kernel/setup.c).
 */
#define LOW_NEEDED 0x8000ULL
#define LOW_UNUSED_END 0x10000ULL

/*
 * The low memory that B and C' use, and that A's kernel backs up: the range of `ram` (normalized, whole pages) between LOW_START
 * and LOW_LIMIT that has the most room for what they need. 0; or -1 and fail() when none has enough.
 */
int memmap_low(const struct ranges *ram, struct range *low);

/* The value of `root`/proc/meminfo called `name` ("MemTotal"), in bytes. 0, or -1 and fail("memory") if it cannot be known. */
int memmap_meminfo(const char *root, const char *name, uint64_t *bytes);

/*
 * How many bytes programs can get without others having to give up theirs (MemAvailable). 0; or -1 and fail("memory"): then the caller
 * must not count on any.
 */
int memmap_available(const char *root, uint64_t *bytes);

#endif
