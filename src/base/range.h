/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of physical address ranges: [start, end), in bytes. */
#ifndef KH_BASE_RANGE_H
#define KH_BASE_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/units.h"

struct range {
	uint64_t start, end;
	unsigned int type; /* e820 type in a memory map, 0 where types do not matter */
};

/* Zero-initialize; ranges_free() releases what it holds. */
struct ranges {
	struct range *item;
	size_t count, room;
};

void ranges_free(struct ranges *list);

/* Appends; an empty range is left out. 0, or -1 and fail() (no memory). */
int ranges_add(struct ranges *list, uint64_t start, uint64_t end, unsigned int type);

/* Sorts by start and joins neighbours of the same type. -1 and fail() if two overlap. */
int ranges_normalize(struct ranges *list);

/* Cuts [start, end) out of a normalized list; with start == end only splits the range that holds it. 0, or -1 and fail(). */
int ranges_cut(struct ranges *list, uint64_t start, uint64_t end);

/* Does one range of a normalized list hold all of [start, end)? */
bool ranges_contain(const struct ranges *list, uint64_t start, uint64_t end);

/* The first range that [start, end) touches, or NULL. */
const struct range *ranges_touch(const struct ranges *list, uint64_t start, uint64_t end);

uint64_t ranges_total(const struct ranges *list);

/*
 * Text form: "start-end" or "start-end:type", hexadecimal without 0x, joined
 * by commas. ranges_parse() appends to `list`; ranges_text() gives a string
 * that the caller frees, or NULL and fail().
 */
int ranges_parse(struct ranges *list, const char *text);
char *ranges_text(const struct ranges *list, bool with_types);

#endif
