/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/memory_map.h"

#include <stdio.h>
#include <string.h>

#include "base/e820.h"
#include "kernel/acpi.h"
#include "kernel/efi.h"
#include "kernel/memmap.h"

int memory_map_read(const char *root, struct memory_map *map)
{
	*map = (struct memory_map){ 0 };
	if (!memmap_firmware(root, &map->e820) && !efi_runtime(root, &map->efi) && !acpi_places(root, &map->acpi))
		return 0;
	memory_map_free(map);
	return -1;
}

static int parse(const char *text, struct ranges *list)
{
	return text && (ranges_parse(list, text) || ranges_resolve(list)) ? -1 : 0;
}

int memory_map_parse(const char *e820, const char *efi, const char *acpi, struct memory_map *map)
{
	*map = (struct memory_map){ 0 };
	if (!parse(e820, &map->e820) && !parse(efi, &map->efi) && !parse(acpi, &map->acpi))
		return 0;
	memory_map_free(map);
	return -1;
}

int memory_map_ram(const struct memory_map *map, bool low, struct ranges *needed)
{
	struct ranges pages = { 0 };
	int ret = ranges_of_type(&map->e820, E820_USABLE, &pages) || ranges_to_pages(&pages) ||
		  (low && ranges_cut(&pages, LOW_LIMIT, UINT64_MAX)) || ranges_append(needed, &pages) ? -1 : 0;

	ranges_free(&pages);
	return ret;
}

/* The first range of `list` that is not in `other`, but for the first page; both normalized. 1: *first; 0: there is none; or -1 and fail(). */
static int not_in(const struct ranges *list, const struct ranges *other, struct range *first)
{
	struct ranges rest = { 0 };
	int ret = ranges_append(&rest, list) || ranges_subtract(&rest, other) || ranges_cut(&rest, 0, LOW_START) ? -1 : rest.count > 0;

	if (ret > 0)
		*first = rest.item[0];
	ranges_free(&rest);
	return ret;
}

static void tell(char why[MEMORY_MAP_WHY_SIZE], const struct range *where, const char *how)
{
	uint64_t size = where->end - where->start;
	bool mib = size >= MIB_1;

	snprintf(why, MEMORY_MAP_WHY_SIZE, "%llu %s at %#llx %s", (unsigned long long)(mib ? size >> 20 : (size + 1023) >> 10), mib ? "MiB" : "KiB",
		 (unsigned long long)where->start, how);
}

/* Appends what must not be RAM now: where firmware had its tables, although it only reserved that, and where it had nothing. */
static int no_ram(const struct memory_map *saved, struct ranges *out)
{
	const struct ranges *e820 = &saved->e820;
	struct ranges nothing = { 0 };
	int ret = ranges_add(&nothing, MIB_1, UINT64_MAX, 0);

	for (size_t i = 0; i < e820->count && !ret; i++) {
		const struct range *r = &e820->item[i];

		ret = ranges_cut(&nothing, page_down(r->start), r->end > UINT64_MAX - PAGE_BYTES ? UINT64_MAX : page_up(r->end));
		if (!ret && r->type != E820_USABLE && (!saved->acpi.count || ranges_touch(&saved->acpi, r->start, r->end)))
			ret = ranges_add(out, r->start, r->end, 0);
	}
	if (!ret)
		ret = ranges_append(out, &nothing);
	ranges_free(&nothing);
	return ret ? -1 : ranges_resolve(out);
}

static int check_ram(const struct memory_map *saved, const struct ranges *needed, const struct memory_map *now, char why[MEMORY_MAP_WHY_SIZE])
{
	struct ranges memory = { 0 }, forbidden = { 0 }, here = { 0 }, wrong = { 0 };
	struct range first;
	int ret = ranges_append(&memory, needed) || ranges_to_pages(&memory) || memory_map_ram(now, false, &here) ||
		  no_ram(saved, &forbidden) || ranges_common(&here, &forbidden, &wrong) ? -1 : 0;

	if (!ret && (ret = not_in(&memory, &here, &first)) > 0)
		tell(why, &first, "were RAM, and are not now");
	if (!ret && (ret = not_in(&wrong, &(struct ranges){ 0 }, &first)) > 0)
		tell(why, &first, "were no RAM, and are now");
	ranges_free(&memory);
	ranges_free(&forbidden);
	ranges_free(&here);
	ranges_free(&wrong);
	return ret;
}

static int check_acpi(const struct memory_map *saved, const struct memory_map *now, char why[MEMORY_MAP_WHY_SIZE])
{
	static const unsigned int types[] = { E820_ACPI_DATA, E820_ACPI_NVS };
	int ret = 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types) && !ret; i++) {
		struct ranges then = { 0 }, here = { 0 };
		struct range first;

		ret = ranges_of_type(&saved->e820, types[i], &then) || ranges_of_type(&now->e820, types[i], &here) ? -1 :
		      not_in(&then, &here, &first);
		if (ret > 0)
			tell(why, &first, "were ACPI's, and are not now, or of another kind");
		ranges_free(&then);
		ranges_free(&here);
	}
	return ret;
}

static bool same_ranges(const struct ranges *a, const struct ranges *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; i < a->count && same; i++)
		same = a->item[i].start == b->item[i].start && a->item[i].end == b->item[i].end && a->item[i].type == b->item[i].type;
	return same;
}

/* One that knows nothing of EFI cannot tell. */
static bool same_efi(const struct memory_map *a, const struct memory_map *b)
{
	return !a->efi.count || !b->efi.count || same_ranges(&a->efi, &b->efi);
}

int memory_map_fits(const struct memory_map *saved, const struct ranges *needed, const struct memory_map *now,
		    char why[MEMORY_MAP_WHY_SIZE])
{
	int ret = check_ram(saved, needed, now, why);

	if (!ret)
		ret = check_acpi(saved, now, why);
	if (ret || same_efi(saved, now))
		return ret;
	snprintf(why, MEMORY_MAP_WHY_SIZE, "EFI's runtime services are not where they were");
	return 1;
}

static uint64_t usable_bytes(const struct memory_map *map)
{
	uint64_t total = 0;

	for (size_t i = 0; i < map->e820.count; i++)
		if (map->e820.item[i].type == E820_USABLE)
			total += map->e820.item[i].end - map->e820.item[i].start;
	return total;
}

unsigned long memory_map_mib(const struct memory_map *map)
{
	const uint64_t step = MIB(4);

	return (unsigned long)((usable_bytes(map) + step / 2) / step * (step >> 20));
}

bool memory_map_may_move(const struct memory_map *a, const struct memory_map *b)
{
	uint64_t one = usable_bytes(a), other = usable_bytes(b);

	return max_u64(one, other) - min_u64(one, other) < MEMORY_MAP_MOVES;
}

bool memory_map_same(const struct memory_map *a, const struct memory_map *b)
{
	return same_ranges(&a->e820, &b->e820) && same_efi(a, b);
}

void memory_map_free(struct memory_map *map)
{
	ranges_free(&map->e820);
	ranges_free(&map->efi);
	ranges_free(&map->acpi);
	memset(map, 0, sizeof(*map));
}
