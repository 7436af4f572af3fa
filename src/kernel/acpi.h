/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where firmware's ACPI tables lie, as far as a running kernel tells. */
#ifndef KH_KERNEL_ACPI_H
#define KH_KERNEL_ACPI_H

#include "base/range.h"

/*
 * The physical places of the DSDT and of the FACS, which the table FACP names (ACPI 6.5, table 5.9), appended to `places`,
 * normalized: a kernel reads the one when it starts, and writes into the other as long as it runs; the other tables lie beside them.
 * Nothing where `root`/sys/firmware/acpi/tables has no FACP. 0, or -1 and fail().
 */
int acpi_places(const char *root, struct ranges *places);

#endif
