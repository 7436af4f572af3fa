/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/array.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/report.h"

#define FIRST_ROOM 32

void *array_grown(const char *step, void *item, size_t size, size_t count, size_t *room)
{
	size_t more = *room ? *room * 2 : FIRST_ROOM;
	void *grown;

	if (count < *room)
		return item;
	grown = more <= SIZE_MAX / 2 / size ? realloc(item, more * size) : NULL;
	if (!grown) {
		fail(step, ENOMEM, "%zu items of %zu bytes", more, size);
		return NULL;
	}
	*room = more;
	return grown;
}
