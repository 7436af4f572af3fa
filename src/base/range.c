/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/range.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/number.h"
#include "base/report.h"

void ranges_free(struct ranges *list)
{
	free(list->item);
	memset(list, 0, sizeof(*list));
}

int ranges_add(struct ranges *list, uint64_t start, uint64_t end, unsigned int type)
{
	struct range *item;

	if (start >= end)
		return 0;
	item = array_grown("memory map", list->item, sizeof(*item), list->count, &list->room);
	if (!item)
		return -1;
	list->item = item;
	list->item[list->count++] = (struct range){ start, end, type };
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

int ranges_normalize(struct ranges *list)
{
	size_t kept = 0;

	if (!list->count)
		return 0;
	qsort(list->item, list->count, sizeof(*list->item), by_start);
	for (size_t i = 1; i < list->count; i++) {
		struct range *last = &list->item[kept], *next = &list->item[i];

		if (next->start < last->end)
			return fail("memory map", 0, "%" PRIx64 "-%" PRIx64 " overlaps %" PRIx64 "-%" PRIx64,
				    next->start, next->end, last->start, last->end);
		if (next->start == last->end && next->type == last->type)
			last->end = next->end;
		else
			list->item[++kept] = *next;
	}
	list->count = kept + 1;
	return 0;
}

int ranges_cut(struct ranges *list, uint64_t start, uint64_t end)
{
	struct ranges left = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		const struct range *r = &list->item[i];
		uint64_t low_end = start < r->end ? start : r->end;
		uint64_t high_start = end > r->start ? end : r->start;

		if (ranges_add(&left, r->start, low_end, r->type) ||
		    ranges_add(&left, high_start, r->end, r->type)) {
			ranges_free(&left);
			return -1;
		}
	}
	ranges_free(list);
	*list = left;
	return 0;
}

bool ranges_contain(const struct ranges *list, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i].start <= start && end <= list->item[i].end)
			return true;
	return false;
}

const struct range *ranges_touch(const struct ranges *list, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i].start < end && start < list->item[i].end)
			return &list->item[i];
	return NULL;
}

uint64_t ranges_total(const struct ranges *list)
{
	uint64_t total = 0;

	for (size_t i = 0; i < list->count; i++)
		total += list->item[i].end - list->item[i].start;
	return total;
}

int ranges_parse(struct ranges *list, const char *text)
{
	while (*text) {
		char item[64];
		size_t length = strcspn(text, ",");
		uint64_t start, end, type = 0;
		char *dash, *colon;

		if (length >= sizeof(item))
			return fail("memory map", 0, "no range: %.40s", text);
		memcpy(item, text, length);
		item[length] = '\0';
		dash = strchr(item, '-');
		colon = dash ? strchr(dash, ':') : NULL;
		if (dash)
			*dash++ = '\0';
		if (colon)
			*colon++ = '\0';
		if (!dash || number_parse(item, 16, &start) || number_parse(dash, 16, &end) || start >= end ||
		    (colon && (number_parse(colon, 16, &type) || type > 0xffffffff)))
			return fail("memory map", 0, "no range: %.*s", (int)length, text);
		if (ranges_add(list, start, end, (unsigned int)type))
			return -1;
		text += length;
		if (*text == ',')
			text++;
	}
	return 0;
}

char *ranges_text(const struct ranges *list, bool with_types)
{
	/* Three 16-digit numbers, three separators, an end. */
	size_t room = list->count * 52 + 1, used = 0;
	char *text = malloc(room);

	if (!text) {
		fail("memory map", ENOMEM, "%zu ranges", list->count);
		return NULL;
	}
	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		const struct range *r = &list->item[i];

		used += (size_t)snprintf(text + used, room - used, "%s%" PRIx64 "-%" PRIx64,
					 i ? "," : "", r->start, r->end);
		if (with_types)
			used += (size_t)snprintf(text + used, room - used, ":%x", r->type);
	}
	return text;
}
