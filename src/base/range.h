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

/*
 * The same for ranges that may overlap: what lies in several of them is of the highest of their types, as in a kernel
 * (e820__update_table() in arch/x86/kernel/e820.c, Linux 6.12). 0, or -1 and fail() (no memory).
 */
int ranges_resolve(struct ranges *list);

/*
 * The whole pages of ranges in any order: joins what touches or overlaps first, by ranges_resolve(), and rounds last. So a page of
 * which two neighbours of one type have a part each is there, and one that is not covered to its end is not. 0, or -1 and fail().
 */
int ranges_to_pages(struct ranges *list);

/* Appends the ranges of `more`. 0, or -1 and fail(). */
int ranges_append(struct ranges *list, const struct ranges *more);

/* Appends the ranges of `list` that are of the type `type`. 0, or -1 and fail(). */
int ranges_of_type(const struct ranges *list, unsigned int type, struct ranges *out);

/* Cuts all of the ranges `cut` out of a normalized list. 0, or -1 and fail(). */
int ranges_subtract(struct ranges *list, const struct ranges *cut);

/* Appends what two normalized lists have in common, with the types of `a`. 0, or -1 and fail(). */
int ranges_common(const struct ranges *a, const struct ranges *b, struct ranges *out);

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
