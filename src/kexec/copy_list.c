/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/copy_list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/report.h"

#define NONE UINT32_MAX

void copy_list_free(struct copy_list *list)
{
	free(list->item);
	memset(list, 0, sizeof(*list));
}

static int add(struct copy_list *list, uint32_t to, uint32_t from, uint32_t pages)
{
	struct copy_item *last = list->count ? &list->item[list->count - 1] : NULL, *grown;

	/* Pages that go on where the last item ends become a part of it. */
	if (last && from && last->from && last->to + last->pages == to && last->from + last->pages == from) {
		last->pages += pages;
		return 0;
	}
	grown = array_grown("copy list", list->item, sizeof(*grown), list->count, &list->room);
	if (!grown)
		return -1;
	list->item = grown;
	list->item[list->count++] = (struct copy_item){ to, from, pages, 0 };
	return 0;
}

int copy_list_clear(struct copy_list *list, uint64_t to, uint64_t pages)
{
	if (to > UINT32_MAX || pages > UINT32_MAX - to)
		return fail("copy list", 0, "frame %#llx is out of reach", (unsigned long long)to);
	return pages ? add(list, (uint32_t)to, 0, (uint32_t)pages) : 0;
}

/* Which page comes from a frame: a hash table of the pages' numbers, open addressing. */
struct sources {
	const struct page_copy *page;
	uint32_t *slot;
	uint32_t mask;
};

static uint32_t first_slot(const struct sources *sources, uint32_t frame)
{
	/* Fibonacci hashing: it puts neighbouring numbers, which most frames have, far apart. */
	return (uint32_t)((frame * 0x9e3779b97f4a7c15ULL) >> 32) & sources->mask;
}

static uint32_t page_from(const struct sources *sources, uint32_t frame)
{
	uint32_t at = first_slot(sources, frame);

	while (sources->slot[at] != NONE && sources->page[sources->slot[at]].from != frame)
		at = (at + 1) & sources->mask;
	return sources->slot[at];
}

static int sources_new(struct sources *sources, const struct page_copy *page, size_t count)
{
	size_t slots = 1024;

	while (slots < count * 2)
		slots *= 2;
	*sources = (struct sources){ .page = page, .slot = malloc(slots * sizeof(*sources->slot)), .mask = (uint32_t)(slots - 1) };
	if (!sources->slot)
		return fail("copy list", ENOMEM, "%zu pages", count);
	memset(sources->slot, 0xff, slots * sizeof(*sources->slot));
	for (size_t i = 0; i < count; i++) {
		uint32_t at = first_slot(sources, page[i].from);

		for (; sources->slot[at] != NONE; at = (at + 1) & sources->mask)
			if (page[sources->slot[at]].from == page[i].from)
				return fail("copy list", 0, "two pages come from frame %#x", page[i].from);
		sources->slot[at] = (uint32_t)i;
	}
	return 0;
}

/*
 * Adds page `first` and all that have to be copied before it: the page whose content lies in the frame that `first` goes to,
 * the page whose content lies in the frame that this one goes to, and so on. No frame holds the content of two pages and none
 * gets that of two, so these pages are a line with an end, or a circle.
 */
static int add_line(struct copy_list *list, const struct sources *sources, uint32_t first, uint32_t spare, uint32_t *line,
		    bool *done)
{
	const struct page_copy *page = sources->page;
	uint32_t next = first;
	size_t length = 0;
	bool circle;

	do {
		line[length++] = next;
		done[next] = true;
		next = page_from(sources, page[next].to);
	} while (next != NONE && !done[next]);
	circle = next == first && length > 1;
	/* A page whose content lies in the frame that it goes to: a circle of one, with nothing to copy. */
	if (next == first && !circle)
		return 0;
	if (circle && add(list, spare, page[first].from, 1))
		return -1;
	for (; length > 1; length--)
		if (add(list, page[line[length - 1]].to, page[line[length - 1]].from, 1))
			return -1;
	return add(list, page[first].to, circle ? spare : page[first].from, 1);
}

int copy_list_order(struct copy_list *list, const struct page_copy *page, size_t count, uint32_t spare)
{
	uint32_t *line = malloc((count + 1) * sizeof(*line));
	bool *done = calloc(count + 1, sizeof(*done));
	struct sources sources = { 0 };
	int ret = 0;

	if (count >= NONE / 2)
		ret = fail("copy list", 0, "%zu pages are too many", count);
	else if (line && done)
		ret = sources_new(&sources, page, count);
	else
		ret = fail("copy list", ENOMEM, "%zu pages", count);
	for (uint32_t i = 0; !ret && i < count; i++)
		if (!done[i])
			ret = add_line(list, &sources, i, spare, line, done);
	free(sources.slot);
	free(done);
	free(line);
	return ret;
}
