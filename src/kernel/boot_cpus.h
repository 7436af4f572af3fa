/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CPUs by their APIC IDs: those that run (/proc/cpuinfo), and those that firmware told of at the boot, which are enabled in ACPI's
 * MADT (ACPI 6.5, 5.2.12; /sys/firmware/acpi/tables/APIC). A CPU that is added later is not in that table, which stays as it was.
 * `root` is the folder below which /proc and /sys lie, "" but in tests.
 */
#ifndef KH_KERNEL_BOOT_CPUS_H
#define KH_KERNEL_BOOT_CPUS_H

#include "base/blob.h"

/* Room for the APIC IDs of 4096 CPUs, as text. */
#define BOOT_CPUS_TEXT 32768

/* Did firmware tell of all CPUs that run, where both can be known? 0, or -1 and fail() with what can be done. */
int boot_cpus_check(const char *root);

/* The APIC IDs of the CPUs that run, decimal, with commas between them; "" where that cannot be known. 0, or -1 and fail(). */
int boot_cpus_running(const char *root, char ids[BOOT_CPUS_TEXT]);

/* Are the CPUs with these APIC IDs that this boot's MADT lists, where there is one, enabled? 0, or -1 and fail(). */
int boot_cpus_have(const char *root, const char *ids);

/*
 * Makes an MADT say nothing of which CPUs are enabled, so that two boots can be compared that differ in that only: a CPU that was plugged in
 * or out in between. `table` is changed; what is no table is left as it is.
 */
void boot_cpus_blank(struct blob *table);

#endif
