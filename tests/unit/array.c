/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow. */
#include "base/array.h"

#include "check.h"

static void grows(void)
{
	uint32_t *list = NULL;
	size_t room = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t *grown = array_grown("list", list, sizeof(*grown), i, &room);

		if (!CHECK(grown) || !CHECK(room > i))
			break;
		list = grown;
		list[i] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		CHECK_EQ(list[i], i);
	free(list);
}

static void beyond_all_memory(void)
{
	size_t room = SIZE_MAX / 8;
	char item;

	CHECK(!array_grown("list", &item, 8, room, &room));
	CHECK(strstr(fail_text(), "list: "));
	CHECK_EQ(room, SIZE_MAX / 8);
}

RUN_TESTS(grows, beyond_all_memory)
