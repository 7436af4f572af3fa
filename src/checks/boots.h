/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory maps that firmware had at earlier boots of A: some has another one each time, and an image may not fit the next. */
#ifndef KH_CHECKS_BOOTS_H
#define KH_CHECKS_BOOTS_H

#include <stddef.h>

#include "checks/memory_map.h"

/* Where they are remembered, one line for each of the last boots: ID E820 EFI, the latter two as ranges_text() has them, or "-". */
#define BOOTS_FILE "/var/lib/khibernate/maps"
#define BOOTS_MAX 8

/* What they say: how many other boots are known, and how many of them had a map that a system of this boot could not go on with. */
struct boots {
	size_t known, unfit;
	char why[MEMORY_MAP_WHY_SIZE]; /* of one that does not fit */
};

/*
 * Compares this boot's map with those in `root`/var/lib/khibernate/maps, and adds it there; the oldest makes room. Lines that make
 * no sense are dropped. 0; or -1 and fail(), with `seen` as far as it is known.
 */
int boots_remember(const char *root, struct boots *seen);

#endif
