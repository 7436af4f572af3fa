/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "madt.h"

#include <stdlib.h>
#include <string.h>

#include "fixture.h"

/* Captured with Linux 6.12.117: the header, the local APICs' address, and flags, which say that there are two PICs, too. */
static const unsigned char head[44] =
	"APIC\x90\x00\x00\x00\x01\x4d" "BOCHS BXPC    \x01\x00\x00\x00" "BXPC\x01\x00\x00\x00\x00\x00\xe0\xfe\x01\x00\x00";
/* What came behind the CPUs: an I/O APIC, five interrupts that lie elsewhere, and what an NMI comes in by. */
static const unsigned char rest[] = {
	0x01, 0x0c, 0x00, 0x00, 0x00, 0x00, 0xc0, 0xfe, 0x00, 0x00, 0x00, 0x00, 0x02, 0x0a, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x02, 0x0a, 0x00, 0x05, 0x05, 0x00, 0x00, 0x00, 0x0d, 0x00, 0x02, 0x0a, 0x00, 0x09, 0x09, 0x00, 0x00, 0x00, 0x0d, 0x00,
	0x02, 0x0a, 0x00, 0x0a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x00, 0x02, 0x0a, 0x00, 0x0b, 0x0b, 0x00, 0x00, 0x00, 0x0d, 0x00,
	0x04, 0x06, 0xff, 0x00, 0x00, 0x01,
};
/* Of a table's header (ACPI 6.5, 5.2.6); all bytes of a table add up to 0. */
enum { LENGTH_AT = 4, CHECKSUM_AT = 9 };

static size_t add(unsigned char *at, const struct madt_cpu *cpu, unsigned char number)
{
	if (cpu->wide) {
		const unsigned char entry[16] = { 9, 16, 0, 0, cpu->id & 255, cpu->id >> 8 & 255, 0, 0, cpu->enabled, 0, 0, 0, number };

		memcpy(at, entry, sizeof(entry));
		return sizeof(entry);
	}
	const unsigned char entry[8] = { 0, 8, number, cpu->id & 255, cpu->enabled };

	memcpy(at, entry, sizeof(entry));
	return sizeof(entry);
}

struct blob madt_build(const struct madt_cpu *cpus, size_t count)
{
	struct blob table = { malloc(sizeof(head) + count * 16 + sizeof(rest)), sizeof(head) };
	unsigned char sum = 0;
	uint32_t length;

	if (!table.data)
		abort();
	memcpy(table.data, head, sizeof(head));
	for (size_t i = 0; i < count; i++)
		table.size += add(table.data + table.size, &cpus[i], (unsigned char)i);
	memcpy(table.data + table.size, rest, sizeof(rest));
	table.size += sizeof(rest);
	length = (uint32_t)table.size;
	memcpy(table.data + LENGTH_AT, &length, sizeof(length));
	table.data[CHECKSUM_AT] = 0;
	for (size_t i = 0; i < table.size; i++)
		sum = (unsigned char)(sum + table.data[i]);
	table.data[CHECKSUM_AT] = (unsigned char)-sum;
	return table;
}

void madt_write(const char *root, const struct madt_cpu *cpus, size_t count)
{
	struct blob table = madt_build(cpus, count);

	fixture_write(root, "sys/firmware/acpi/tables/APIC", table.data, table.size);
	free(table.data);
}
