/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of memory in firmware's map (ACPI 6.5, table 15.10; arch/x86/include/asm/e820/types.h, Linux 6.12). */
#ifndef KH_BASE_E820_H
#define KH_BASE_E820_H

enum {
	E820_USABLE = 1,
	E820_KEEP_OUT = 2, /* what is used by firmware or a device, or is not known */
	E820_ACPI_DATA = 3,
	E820_ACPI_NVS = 4,
	E820_BAD = 5,
	E820_PERSISTENT = 7
};

/*
 * A kernel without NUMA, such as the appliance's, knows no more than three ranges beyond these, and a boot loader without
 * SETUP_E820_EXT hands over no more (arch/x86/include/asm/e820/types.h and E820_MAX_ENTRIES_ZEROPAGE, Linux 6.12).
 */
#define E820_RANGES_MAX 128

#endif
