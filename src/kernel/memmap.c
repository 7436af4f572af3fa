/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/memmap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/io.h"
#include "base/number.h"
#include "base/report.h"
#include "kernel/boot_ram.h"

#define ATTRIBUTE_SIZE 256

/* Names as in e820_type_to_string() and firmware_map_add_entry() (Linux 6.12). */
static unsigned int type_of(const char *name)
{
	static const struct {
		const char *name;
		unsigned int type;
	} names[] = {
		{ "System RAM", E820_USABLE },
		{ "ACPI Tables", E820_ACPI_DATA },
		{ "ACPI Non-volatile Storage", E820_ACPI_NVS },
		{ "Unusable memory", E820_BAD },
		{ "Persistent Memory", E820_PERSISTENT },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].type;
	/* A type that is not known may be anything, so nothing may be written there. */
	return E820_KEEP_OUT;
}

/* A sysfs attribute of an entry. 0, or -1 and fail(). */
static int attribute(const char *dir, const char *entry, const char *name, char value[ATTRIBUTE_SIZE])
{
	char path[512];

	if (snprintf(path, sizeof(path), "%s/%s/%s", dir, entry, name) >= (int)sizeof(path))
		return fail("memory map", ENAMETOOLONG, "%s", dir);
	return read_line(path, value, ATTRIBUTE_SIZE);
}

static int add_entry(void *map, const char *dir, const char *entry)
{
	char start[ATTRIBUTE_SIZE], end[ATTRIBUTE_SIZE], type[ATTRIBUTE_SIZE];
	uint64_t first, last;

	if (attribute(dir, entry, "start", start) || attribute(dir, entry, "end", end) || attribute(dir, entry, "type", type))
		return -1;
	if (number_parse(start, 16, &first) || number_parse(end, 16, &last) || last < first || last == UINT64_MAX)
		return fail("memory map", 0, "%s/%s is no range: %s to %s", dir, entry, start, end);
	return ranges_add(map, first, last + 1, type_of(type));
}

int memmap_firmware(const char *root, struct ranges *map)
{
	char dir[256];
	int ret;

	snprintf(dir, sizeof(dir), "%s/sys/firmware/memmap", root);
	if (access(dir, F_OK))
		return fail("memory map", errno, "%s: does the kernel have CONFIG_FIRMWARE_MEMMAP?", dir);
	ret = folder_each("memory map", dir, add_entry, map);
	if (!ret)
		ret = boot_ram_drop_added(root, map);
	if (!ret)
		ret = ranges_resolve(map);
	if (!ret && !map->count)
		ret = fail("memory map", 0, "%s is empty", dir);
	return ret;
}

int memmap_running(const char *root, struct ranges *ram, struct ranges *kernel)
{
	char path[256];
	struct blob text;
	int ret = 0;

	snprintf(path, sizeof(path), "%s/proc/iomem", root);
	if (read_file(path, 16 << 20, &text))
		return -1;
	for (char *line = (char *)text.data, *next; *line && !ret; line = next) {
		unsigned long long first, last;
		int name = 0;

		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (sscanf(line, " %llx-%llx : %n", &first, &last, &name) < 2 || !name || last < first ||
		    last >= page_down(UINT64_MAX))
			continue;
		if (!strncmp(line + name, "System RAM (", 12))
			/* virtio-mem, CXL: RAM that firmware's map does not have, and C would not know. */
			ret = fail("memory map", 0, "RAM that a driver added is not supported: %s", line);
		else if (!strncmp(line + name, "Kernel ", 7))
			ret = ranges_add(kernel, page_down(first), page_up(last + 1), 0);
		else if (!strcmp(line + name, "System RAM"))
			ret = ranges_add(ram, first, last + 1, 0);
	}
	free(text.data);
	if (!ret)
		ret = ranges_to_pages(ram);
	if (!ret && (!ram->count || ram->item[ram->count - 1].end <= PAGE_BYTES))
		ret = fail("memory map", 0, "%s shows no addresses (not root?)", path);
	if (!ret)
		ret = boot_ram_cut_offline(root, ram);
	return ret;
}

int memmap_check_reach(const struct ranges *ram)
{
	if (ram->item[ram->count - 1].end > ARCH_RAM_END)
		return fail("memory map", 0, "RAM above %llu GiB is beyond what the appliance for %s can reach",
			    (unsigned long long)(ARCH_RAM_END >> 30), ARCH_NAME);
	return 0;
}

/* How much of `low` lies where the appliance's kernel looks for memory for its other CPUs' first code. */
static uint64_t room_in(const struct range *low)
{
	uint64_t start = max_u64(low->start, LOW_UNUSED_END);

	return low->end > start ? low->end - start : 0;
}

int memmap_low(const struct ranges *ram, struct range *low)
{
	*low = (struct range){ 0 };
	for (size_t i = 0; i < ram->count; i++) {
		struct range r = { max_u64(ram->item[i].start, LOW_START), min_u64(ram->item[i].end, LOW_LIMIT), 0 };

		if (r.start < r.end && (low->start == low->end || room_in(&r) > room_in(low)))
			*low = r;
	}
	if (room_in(low) < LOW_NEEDED)
		return fail("memory map", 0, "the appliance needs %d KiB of RAM in one piece between %d and %d KiB, the largest has %d: do firmware's"
			    " settings, the boot loader or the kernel command line (memmap=) take it?", (int)(LOW_NEEDED >> 10),
			    (int)(LOW_UNUSED_END >> 10), (int)(LOW_LIMIT >> 10), (int)(room_in(low) >> 10));
	return 0;
}

int memmap_meminfo(const char *root, const char *name, uint64_t *bytes)
{
	char path[256];
	struct blob text;
	size_t length = strlen(name);
	int ret = -1;

	snprintf(path, sizeof(path), "%s/proc/meminfo", root);
	if (read_file(path, 65536, &text))
		return fail("memory", 0, "%s", fail_text());
	for (const char *line = (char *)text.data; ret && line; line = strchr(line, '\n')) {
		unsigned long long kib;
		int unit = 0;

		line += *line == '\n';
		if (strncmp(line, name, length) || line[length] != ':' || sscanf(line + length, ": %llu kB%n", &kib, &unit) != 1 || !unit ||
		    kib > UINT64_MAX >> 10)
			continue;
		*bytes = (uint64_t)kib << 10;
		ret = 0;
	}
	free(text.data);
	return ret ? fail("memory", 0, "%s does not tell %s", path, name) : 0;
}

int memmap_available(const char *root, uint64_t *bytes)
{
	return memmap_meminfo(root, "MemAvailable", bytes);
}
