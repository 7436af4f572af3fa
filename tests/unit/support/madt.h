/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ACPI's table of CPUs, made as firmware has it: /sys/firmware/acpi/tables/APIC of a QEMU (7.2, q35) with more or fewer CPUs. */
#ifndef KH_MADT_H
#define KH_MADT_H

#include <stdbool.h>

#include "base/io.h"

/* `wide`: with 32 bits of APIC ID. */
struct madt_cpu {
	unsigned int id;
	bool enabled, wide;
};

/* The caller frees it. */
struct blob madt_build(const struct madt_cpu *cpus, size_t count);

/* Writes `root`/sys/firmware/acpi/tables/APIC. */
void madt_write(const char *root, const struct madt_cpu *cpus, size_t count);

#endif
