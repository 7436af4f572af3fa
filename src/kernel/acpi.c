/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/acpi.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

#define TABLE_MAX (16u << 20)
#define FACS_BYTES 64

static uint32_t narrow_at(const struct blob *table, size_t at)
{
	uint32_t address = 0;

	if (table->size >= at + sizeof(address))
		memcpy(&address, table->data + at, sizeof(address));
	return le32toh(address);
}

static uint64_t wide_at(const struct blob *table, size_t at)
{
	uint64_t address = 0;

	if (table->size >= at + sizeof(address))
		memcpy(&address, table->data + at, sizeof(address));
	return le64toh(address);
}

/* Offsets in the FACP of the addresses of both, of 32 and of 64 bits; 0 is none. A table of an old version has those of 32 bits only. */
enum { FACS_32 = 36, DSDT_32 = 40, FACS_64 = 132, DSDT_64 = 140 };

/* Where there are two, Linux 6.12 goes by the wide one (acpi_tb_select_address() in drivers/acpi/acpica/tbfadt.c). */
static uint64_t dsdt_of(const struct blob *facp)
{
	uint64_t wide = wide_at(facp, DSDT_64);

	return wide ? wide : narrow_at(facp, DSDT_32);
}

/* Here it goes by the narrow one (acpi_tb_initialize_facs() in drivers/acpi/acpica/tbutils.c). */
static uint64_t facs_of(const struct blob *facp)
{
	uint64_t narrow = narrow_at(facp, FACS_32);

	return narrow ? narrow : wide_at(facp, FACS_64);
}

static int add(struct ranges *places, uint64_t start, uint64_t size)
{
	return !start || start > UINT64_MAX - size ? 0 : ranges_add(places, start, start + size, 0);
}

/* The table called `name`; empty if it is not there. 0 and the caller frees it, or -1 and fail(). */
static int table_of(const char *root, const char *name, struct blob *table)
{
	char path[512];

	*table = (struct blob){ 0 };
	snprintf(path, sizeof(path), "%s/sys/firmware/acpi/tables/%s", root, name);
	return access(path, F_OK) ? 0 : read_file(path, TABLE_MAX, table);
}

int acpi_places(const char *root, struct ranges *places)
{
	struct blob facp, dsdt;
	int ret;

	if (table_of(root, "FACP", &facp))
		return -1;
	ret = table_of(root, "DSDT", &dsdt);
	if (!ret) {
		ret = add(places, dsdt_of(&facp), dsdt.size) || add(places, facs_of(&facp), FACS_BYTES) ||
		      ranges_resolve(places) ? -1 : 0;
		free(dsdt.data);
	}
	free(facp.data);
	return ret;
}
