/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Searching lists. */
#ifndef KH_BASE_SEARCH_H
#define KH_BASE_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Binary search: the first of the items 0 to `count` - 1 that ends behind `value`; `count` if there is none. `ends_behind` tells of
 * one item of `list` whether it does, and has to be true of all items that follow one of which it is true.
 */
size_t search_first(const void *list, size_t count, uint64_t value, bool (*ends_behind)(const void *list, size_t item, uint64_t value));

/* Which of `count` names is `name`; `count` for none. */
size_t search_name(const char *const *list, size_t count, const char *name);

#endif
