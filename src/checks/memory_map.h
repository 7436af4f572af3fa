/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May a system that was saved with one memory map of firmware go on where firmware has another? */
#ifndef KH_CHECKS_MEMORY_MAP_H
#define KH_CHECKS_MEMORY_MAP_H

#include <stdbool.h>

#include "base/range.h"

/* What firmware says of memory at one boot. memory_map_free() frees. */
struct memory_map {
	struct ranges e820; /* normalized, with types */
	struct ranges efi;  /* the memory of EFI's runtime services, normalized, with EFI's types; empty where it is not known */
	struct ranges acpi; /* the places of ACPI's DSDT and FACS, normalized; empty where they are not known */
};

/* This boot's, from the files below `root`. 0, or -1 and fail(). */
int memory_map_read(const char *root, struct memory_map *map);

/* From its texts, as ranges_text() has them; the last two may be NULL. 0, or -1 and fail(). */
int memory_map_parse(const char *e820, const char *efi, const char *acpi, struct memory_map *map);

/* Adds to `needed` the whole pages of RAM that the map has; below 640 KiB only (`low`), or all. 0, or -1 and fail(). */
int memory_map_ram(const struct memory_map *map, bool low, struct ranges *needed);

/*
 * Could a system with the memory `needed` (ranges in any order), saved with the map `saved`, go on with the map `now`? Its memory
 * has to be RAM, since all of it is written. What was ACPI's has to be that still, by its type, or, where firmware only reserves its
 * tables, because they lie in it; and EFI's runtime services have to be where they were: the system reads and calls them there.
 * Where the map had nothing, above 1 MiB, there must be no RAM now, since the system may have put a device's registers there.
 * Nothing else matters: no kernel uses what is reserved, nor the first page. 0; 1, and `why` says what is in the way; or -1 and
 * fail().
 */
#define MEMORY_MAP_WHY_SIZE 160
int memory_map_fits(const struct memory_map *saved, const struct ranges *needed, const struct memory_map *now,
		    char why[MEMORY_MAP_WHY_SIZE]);

/* How much RAM that is, in MiB, for people: to the next multiple of 4, since firmware keeps some hundred KiB for itself. */
unsigned long memory_map_mib(const struct memory_map *map);

/*
 * May two maps be of the same machine at different boots? Firmware moves what it keeps for itself by some pages; more than this
 * means that memory was added or removed, or a setting of firmware was changed, and the next boot will be like this one.
 */
#define MEMORY_MAP_MOVES MIB(32)
bool memory_map_may_move(const struct memory_map *a, const struct memory_map *b);

/* Do both say the same of memory, to the byte? EFI's part counts only where both have it. */
bool memory_map_same(const struct memory_map *a, const struct memory_map *b);

void memory_map_free(struct memory_map *map);

#endif
