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

/* Offsets in the FACP of the addresses of both; the second ones, of 64 bits, hold where they are there and not 0. */
enum { FACS_32 = 36, DSDT_32 = 40, FACS_64 = 132, DSDT_64 = 140 };

/* The address at one offset or the other of the table; 0 if it has none. */
static uint64_t address_at(const struct blob *table, size_t at_64, size_t at_32)
{
	uint64_t wide = 0;
	uint32_t narrow = 0;

	if (table->size >= at_64 + sizeof(wide))
		memcpy(&wide, table->data + at_64, sizeof(wide));
	if (table->size >= at_32 + sizeof(narrow))
		memcpy(&narrow, table->data + at_32, sizeof(narrow));
	return wide ? le64toh(wide) : le32toh(narrow);
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
		ret = add(places, address_at(&facp, DSDT_64, DSDT_32), dsdt.size) || add(places, address_at(&facp, FACS_64, FACS_32), FACS_BYTES) ||
		      ranges_resolve(places) ? -1 : 0;
		free(dsdt.data);
	}
	free(facp.data);
	return ret;
}
