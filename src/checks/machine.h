/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine check: what the hardware and firmware were when the image was saved, and whether they still are. */
#ifndef KH_CHECKS_MACHINE_H
#define KH_CHECKS_MACHINE_H

#include <stdio.h>

#include "kernel/cpu.h"
#include "base/io.h"

/*
 * Writes the lines of hibernate.meta that describe this machine to `out`: memmap, efi_runtime, acpi_places, cpu, cpu_features,
 * cpu_xsave, cpus, cpu_ids, microcode and acpi; the second, the third and the last four where /proc and /sys below `root` (or "") tell.
 * 0, or -1 and fail().
 */
int machine_print(const char *root, const struct cpu *cpu, FILE *out);

/* Firmware's memory map does not fit, of about the same amount of memory; with some firmware it is another one at the next boot. */
enum { MACHINE_OTHER_MAP = 1 };

/*
 * Compares the lines of `meta` with the machine; those that are not there are passed over, but for memmap. What is no
 * reason to refuse is written to `notes`, a line each. 0; or MACHINE_OTHER_MAP or -1, and fail() with the first that does not
 * fit, in words, and in `notes` its two values where they are long.
 */
int machine_compare(const char *root, const struct cpu *cpu, const struct blob *meta, FILE *notes);

#endif
