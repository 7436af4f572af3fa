/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow. */
#ifndef KH_BASE_ARRAY_H
#define KH_BASE_ARRAY_H

#include <stddef.h>

/*
 * The array `item` (NULL to begin with) with room for one more item of `size` bytes than the `count` that it has; *room is how
 * many fit. The caller takes the result in place of `item`, and frees it. NULL and fail(`step`) without memory: `item` stays.
 */
void *array_grown(const char *step, void *item, size_t size, size_t count, size_t *room);

#endif
