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

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Appends [start, end) with the highest type of the ranges from `first` on that hold it; none does if the list has a hole there. */
static int add_highest(const struct ranges *sorted, size_t first, uint64_t start, uint64_t end, struct ranges *out)
{
	const struct range *highest = NULL;

	for (size_t i = first; i < sorted->count && sorted->item[i].start <= start; i++)
		if (sorted->item[i].end >= end && (!highest || sorted->item[i].type > highest->type))
			highest = &sorted->item[i];
	return highest ? ranges_add(out, start, end, highest->type) : 0;
}

int ranges_resolve(struct ranges *list)
{
	struct ranges out = { 0 };
	uint64_t *border;
	size_t first = 0;
	int ret = 0;

	if (!list->count)
		return 0;
	border = calloc(list->count, 2 * sizeof(*border));
	if (!border)
		return fail("memory map", ENOMEM, "%zu ranges", list->count);
	qsort(list->item, list->count, sizeof(*list->item), by_start);
	for (size_t i = 0; i < list->count; i++) {
		border[2 * i] = list->item[i].start;
		border[2 * i + 1] = list->item[i].end;
	}
	qsort(border, 2 * list->count, sizeof(*border), by_number);
	/* No range begins or ends between two borders. */
	for (size_t i = 1; i < 2 * list->count && !ret; i++) {
		while (first < list->count && list->item[first].end <= border[i - 1])
			first++;
		if (border[i] > border[i - 1])
			ret = add_highest(list, first, border[i - 1], border[i], &out);
	}
	free(border);
	if (ret || ranges_normalize(&out)) {
		ranges_free(&out);
		return -1;
	}
	ranges_free(list);
	*list = out;
	return 0;
}

int ranges_to_pages(struct ranges *list)
{
	size_t kept = 0;

	if (ranges_resolve(list))
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		struct range r = list->item[i];

		r.start = page_up(r.start);
		r.end = page_down(r.end);
		/* An address in the last page of all cannot be rounded up. */
		if (r.start >= list->item[i].start && r.start < r.end)
			list->item[kept++] = r;
	}
	list->count = kept;
	return 0;
}

int ranges_append(struct ranges *list, const struct ranges *more)
{
	for (size_t i = 0; i < more->count; i++)
		if (ranges_add(list, more->item[i].start, more->item[i].end, more->item[i].type))
			return -1;
	return 0;
}

int ranges_of_type(const struct ranges *list, unsigned int type, struct ranges *out)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i].type == type && ranges_add(out, list->item[i].start, list->item[i].end, type))
			return -1;
	return 0;
}

int ranges_subtract(struct ranges *list, const struct ranges *cut)
{
	for (size_t i = 0; i < cut->count; i++)
		if (ranges_cut(list, cut->item[i].start, cut->item[i].end))
			return -1;
	return 0;
}

int ranges_common(const struct ranges *a, const struct ranges *b, struct ranges *out)
{
	for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
		const struct range *x = &a->item[i], *y = &b->item[k];

		if (ranges_add(out, max_u64(x->start, y->start), min_u64(x->end, y->end), x->type))
			return -1;
		if (x->end < y->end)
			i++;
		else
			k++;
	}
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
