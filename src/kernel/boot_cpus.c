/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/boot_cpus.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"

#define PATH_SIZE 512
#define MADT "/sys/firmware/acpi/tables/APIC"
#define MADT_MAX (4u << 20)
#define CPUINFO_MAX (64u << 20)

/* The table's header, the local APICs' address, and flags. */
#define CHECKSUM_AT 9
#define ENTRIES_AT 44
/* Two kinds of entries are of CPUs: with 8 and with 32 bits of APIC ID. */
enum { LOCAL_APIC = 0, LOCAL_X2APIC = 9 };
enum { LOCAL_APIC_SIZE = 8, LOCAL_X2APIC_SIZE = 16 };
#define ENABLED 1u

/* A CPU of the MADT. */
struct entry {
	uint32_t id;
	unsigned char *flags; /* the lowest byte of its flags, in the table */
};

/* The next entry of a CPU from *at on, which goes on behind it. */
static bool next_entry(const struct blob *table, size_t *at, struct entry *out)
{
	while (*at + 2 <= table->size) {
		unsigned char *e = table->data + *at;
		size_t size = e[1];

		if (size < 2 || size > table->size - *at)
			return false;
		*at += size;
		if (e[0] == LOCAL_APIC && size >= LOCAL_APIC_SIZE) {
			*out = (struct entry){ e[3], e + 4 };
			return true;
		}
		if (e[0] == LOCAL_X2APIC && size >= LOCAL_X2APIC_SIZE) {
			memcpy(&out->id, e + 4, sizeof(out->id));
			out->flags = e + 8;
			return true;
		}
	}
	return false;
}

/*
 * Is it listed, but not as enabled? One that is not listed at all says nothing: firmware is known that numbers its CPUs in another
 * way there than they do themselves.
 */
static bool disabled_in(const struct blob *table, uint32_t id)
{
	size_t at = ENTRIES_AT;
	struct entry entry;
	bool disabled = false;

	while (next_entry(table, &at, &entry)) {
		if (entry.id == id && *entry.flags & ENABLED)
			return false;
		disabled |= entry.id == id;
	}
	return disabled;
}

static unsigned int count_enabled(const struct blob *table)
{
	size_t at = ENTRIES_AT;
	unsigned int count = 0;
	struct entry entry;

	while (next_entry(table, &at, &entry))
		count += *entry.flags & ENABLED;
	return count;
}

void boot_cpus_blank(struct blob *table)
{
	size_t at = ENTRIES_AT;
	struct entry entry;

	while (next_entry(table, &at, &entry))
		*entry.flags &= (unsigned char)~ENABLED;
	if (table->size >= ENTRIES_AT)
		table->data[CHECKSUM_AT] = 0;
}

/* 0 with data NULL where there is none; or -1 and fail(). */
static int read_if_there(const char *root, const char *name, size_t max, struct blob *out)
{
	char path[PATH_SIZE];

	*out = (struct blob){ 0 };
	snprintf(path, sizeof(path), "%s%s", root, name);
	return access(path, R_OK) ? 0 : read_file(path, max, out);
}

/* The value of a line "KEY<tabs>: VALUE" of /proc/cpuinfo. */
static bool number_of(const char *line, const char *key, uint32_t *value)
{
	size_t length = strlen(key);
	unsigned long long number;
	char *end;

	if (strncmp(line, key, length) || line[length] != '\t')
		return false;
	line += strcspn(line, ":\n");
	if (*line != ':')
		return false;
	number = strtoull(line + 1, &end, 10);
	*value = (uint32_t)number;
	return end != line + 1 && *end == '\n' && number <= UINT32_MAX;
}

/* The next CPU of the text from *at on: its number, and its APIC ID. */
static bool next_running(const char **at, uint32_t *cpu, uint32_t *id)
{
	while (**at) {
		const char *line = *at;

		*at += strcspn(line, "\n");
		*at += **at == '\n';
		if (!number_of(line, "processor", cpu) && number_of(line, "apicid", id))
			return true;
	}
	return false;
}

static int check_running(const struct blob *table, const char *cpuinfo)
{
	unsigned int running = 0, enabled = count_enabled(table);
	uint32_t cpu = 0, id;

	/* One more than firmware told of is refused, too, whatever its number. */
	while (next_running(&cpuinfo, &cpu, &id))
		if (++running > enabled || disabled_in(table, id))
			return fail("CPUs", 0, "CPU %" PRIu32 " (APIC ID %" PRIu32 ") was added since the boot, and whether the next boot has it is "
				    "not known: start the machine anew, or take it offline (echo 0 >/sys/devices/system/cpu/cpu%" PRIu32
				    "/online)", cpu, id, cpu);
	return 0;
}

int boot_cpus_check(const char *root)
{
	struct blob table, cpuinfo;
	int ret = 0;

	if (read_if_there(root, MADT, MADT_MAX, &table) || read_if_there(root, "/proc/cpuinfo", CPUINFO_MAX, &cpuinfo)) {
		free(table.data);
		return -1;
	}
	/* A table without CPUs tells nothing. */
	if (table.data && cpuinfo.data && count_enabled(&table))
		ret = check_running(&table, (const char *)cpuinfo.data);
	free(cpuinfo.data);
	free(table.data);
	return ret;
}

int boot_cpus_running(const char *root, char ids[BOOT_CPUS_TEXT])
{
	struct blob cpuinfo;
	const char *at;
	uint32_t cpu = 0, id;
	size_t used = 0;
	int ret = 0;

	*ids = '\0';
	if (read_if_there(root, "/proc/cpuinfo", CPUINFO_MAX, &cpuinfo))
		return -1;
	at = cpuinfo.data ? (const char *)cpuinfo.data : "";
	while (!ret && next_running(&at, &cpu, &id)) {
		used += (size_t)snprintf(ids + used, BOOT_CPUS_TEXT - used, "%s%" PRIu32, used ? "," : "", id);
		if (used >= BOOT_CPUS_TEXT)
			ret = fail("CPUs", 0, "there are too many to be listed");
	}
	free(cpuinfo.data);
	return ret;
}

int boot_cpus_have(const char *root, const char *ids)
{
	struct blob table;
	int ret = 0;

	if (read_if_there(root, MADT, MADT_MAX, &table))
		return -1;
	while (table.data && count_enabled(&table) && *ids && !ret) {
		char *end;
		unsigned long long id = strtoull(ids, &end, 10);

		if (end == ids || (*end && *end != ',') || id > UINT32_MAX)
			ret = fail("machine", 0, "no APIC IDs: %.40s", ids);
		else if (disabled_in(&table, (uint32_t)id))
			ret = fail("machine", 0, "the CPU with the APIC ID %llu was in use, and is not there", id);
		ids = end + (*end == ',');
	}
	free(table.data);
	return ret;
}
