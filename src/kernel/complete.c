/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"
#include "kernel/boot_ram.h"
#include "kernel/memmap.h"
#include "kernel/pageflags.h"

#define ZONEINFO_MAX (16u << 20)
/* No page frame has a higher number, since its address has 64 bits. */
#define FRAME_MAX (UINT64_MAX / PAGE_BYTES)

/* --- the zones */

struct zone {
	unsigned long long start, spanned, present;
};

/* Counts a zone whose lines have all been read; one without pages has no start. 0, or -1 and fail(). */
static int add_zone(struct zones *zones, const struct zone *zone)
{
	if (!zone->present)
		return 0;
	if (zone->spanned > FRAME_MAX || zone->start > FRAME_MAX - zone->spanned || zone->present > zone->spanned ||
	    zones->present / PAGE_BYTES > FRAME_MAX - zone->present)
		return fail("memory map", 0, "/proc/zoneinfo has a zone of %llu pages from %llu on, %llu present", zone->spanned, zone->start,
			    zone->present);
	zones->present += zone->present * PAGE_BYTES;
	return ranges_add(&zones->span, zone->start * PAGE_BYTES, (zone->start + zone->spanned) * PAGE_BYTES, 0);
}

int zones_read(const char *root, struct zones *zones)
{
	struct zone zone = { 0 };
	char path[256];
	struct blob text;
	int ret = 0;

	*zones = (struct zones){ 0 };
	snprintf(path, sizeof(path), "%s/proc/zoneinfo", root);
	if (read_file(path, ZONEINFO_MAX, &text))
		return -1;
	for (const char *line = (char *)text.data; line && !ret; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, "Node ", 5)) {
			ret = add_zone(zones, &zone);
			zone = (struct zone){ 0 };
		} else if (sscanf(line, " spanned %llu", &zone.spanned) != 1 && sscanf(line, " present %llu", &zone.present) != 1) {
			(void)sscanf(line, " start_pfn: %llu", &zone.start);
		}
	}
	free(text.data);
	if (!ret)
		ret = add_zone(zones, &zone);
	if (!ret && !zones->present)
		ret = fail("memory map", 0, "%s shows no memory", path);
	if (!ret)
		ret = ranges_resolve(&zones->span);
	if (ret)
		ranges_free(&zones->span);
	return ret;
}

/* --- is it all? */

/* How much of `ram` lies in the zones, bytes. UINT64_MAX and fail(). */
static uint64_t in_zones(const struct ranges *ram, const struct zones *zones)
{
	struct ranges common = { 0 };
	uint64_t total = ranges_common(ram, &zones->span, &common) ? UINT64_MAX : ranges_total(&common);

	ranges_free(&common);
	return total;
}

/* Adds to `ram` those pages of [start, end) that the kernel has. */
static int add_pages(int fd, uint64_t start, uint64_t end, struct ranges *ram)
{
	while (start < end) {
		uint64_t there = pageflags_find(fd, start, end, PAGE_THERE);
		uint64_t missing = there == UINT64_MAX ? there : pageflags_find(fd, there, end, PAGE_MISSING);

		if (missing == UINT64_MAX || ranges_add(ram, there, missing, 0))
			return -1;
		start = missing;
	}
	return 0;
}

/* What firmware calls usable, and what the kernel has pages of, but does not show as RAM: adds it. */
static int add_unshown(int fd, const struct ranges *firmware, const struct zones *zones, struct ranges *ram)
{
	struct ranges usable = { 0 }, unshown = { 0 };
	int ret = ranges_of_type(firmware, E820_USABLE, &usable) || ranges_to_pages(&usable) ||
		  ranges_common(&usable, &zones->span, &unshown) || ranges_subtract(&unshown, ram) ||
		  ranges_cut(&unshown, 0, LOW_START) ? -1 : 0;

	for (size_t i = 0; i < unshown.count && !ret; i++)
		ret = add_pages(fd, unshown.item[i].start, unshown.item[i].end, ram);
	ranges_free(&usable);
	ranges_free(&unshown);
	return ret ? -1 : ranges_to_pages(ram);
}

/* The first page outside of `ram` that the kernel's page allocator was given; UINT64_MAX if there is none. 0, or -1 and fail(). */
static int find_missing(int fd, const struct zones *zones, const struct ranges *ram, uint64_t *at)
{
	struct ranges outside = { 0 };
	int ret = ranges_append(&outside, &zones->span) || ranges_subtract(&outside, ram) ? -1 : 0;

	*at = UINT64_MAX;
	for (size_t i = 0; i < outside.count && !ret && *at == UINT64_MAX; i++) {
		uint64_t found = pageflags_find(fd, outside.item[i].start, outside.item[i].end, PAGE_ALLOCATED);

		if (found == UINT64_MAX)
			ret = -1;
		else if (found < outside.item[i].end)
			*at = found;
	}
	ranges_free(&outside);
	return ret;
}

/*
 * The amounts differ: first for RAM that is shown as something else. If then there is less than the kernel has, some of it is
 * not known. If there is more, that may be right, as RAM can be taken offline; so no page of the rest may be one that the kernel
 * uses.
 */
static int settle(int fd, const struct ranges *firmware, const struct zones *zones, struct ranges *ram)
{
	uint64_t known, at;
	char where[64] = "";

	if (add_unshown(fd, firmware, zones, ram))
		return -1;
	known = in_zones(ram, zones);
	if (known == UINT64_MAX)
		return -1;
	if (known == zones->present)
		return 0;
	if (find_missing(fd, zones, ram, &at))
		return -1;
	if (known > zones->present && at == UINT64_MAX)
		return 0;
	if (at != UINT64_MAX)
		snprintf(where, sizeof(where), ", a page of it at %#llx", (unsigned long long)at);
	return fail("memory map", 0, "the kernel has %llu KiB of memory (/proc/zoneinfo), of which only %llu are in a range that is known to be "
		    "RAM (/proc/iomem)%s: the rest would be lost; boot without the driver or device that adds it",
		    (unsigned long long)(zones->present >> 10), (unsigned long long)(min_u64(known, zones->present) >> 10), where);
}

int memory_complete(const char *root, const struct ranges *firmware, struct ranges *ram)
{
	struct zones zones;
	uint64_t known;
	int fd, ret = -1;

	if (zones_read(root, &zones))
		return -1;
	known = in_zones(ram, &zones);
	if (known == zones.present) {
		ret = 0;
	} else if (known != UINT64_MAX && (fd = pageflags_open_at(root)) >= 0) {
		ret = settle(fd, firmware, &zones, ram);
		close(fd);
	}
	ranges_free(&zones.span);
	return ret;
}

/* Is all of `ram` usable by firmware's map? 0, or -1 and fail(). */
static int check_firmware_knows(const struct ranges *ram, const struct ranges *firmware)
{
	struct ranges usable = { 0 }, rest = { 0 };
	int ret = ranges_of_type(firmware, E820_USABLE, &usable) || ranges_to_pages(&usable) || ranges_append(&rest, ram) ||
		  ranges_subtract(&rest, &usable) ? -1 : 0;

	if (!ret && rest.count)
		ret = fail("memory map", 0, "%llx-%llx is RAM to the kernel, and not by firmware's map, so it could not be resumed: "
			   "does the kernel command line add it (memmap=)?", (unsigned long long)rest.item[0].start,
			   (unsigned long long)rest.item[0].end);
	ranges_free(&usable);
	ranges_free(&rest);
	return ret;
}

int memory_running(const char *root, const struct ranges *firmware, struct ranges *ram, struct ranges *kernel)
{
	return memmap_running(root, ram, kernel) || boot_ram_check(root, ram) || memory_complete(root, firmware, ram) ||
			check_firmware_knows(ram, firmware) ?
	       -1 : memmap_check_reach(ram);
}
