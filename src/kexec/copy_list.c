#include "kexec/copy_list.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/report.h"

#define NONE UINT32_MAX

void copy_list_free(struct copy_list *moves)
{
	free(moves->item);
	memset(moves, 0, sizeof(*moves));
}

static int add(struct copy_list *moves, uint32_t to, uint32_t from, uint32_t pages)
{
	struct copy_item *last = moves->count ? &moves->item[moves->count - 1] : NULL, *grown;

	/* What follows the last one is a part of it. */
	if (last && from && last->from && last->to + last->pages == to && last->from + last->pages == from) {
		last->pages += pages;
		return 0;
	}
	grown = array_grown("copy list", moves->item, sizeof(*grown), moves->count, &moves->room);
	if (!grown)
		return -1;
	moves->item = grown;
	moves->item[moves->count++] = (struct copy_item){ to, from, pages, 0 };
	return 0;
}

int copy_list_clear(struct copy_list *moves, uint64_t to, uint64_t pages)
{
	if (to > UINT32_MAX || pages > UINT32_MAX - to)
		return fail("moves", 0, "frame %#llx is out of reach", (unsigned long long)to);
	return pages ? add(moves, (uint32_t)to, 0, (uint32_t)pages) : 0;
}

/* Which page comes from a frame: a hash table of the pages' numbers, open addressing. */
struct sources {
	const struct page_copy *page;
	uint32_t *slot;
	uint32_t mask;
};

static uint32_t first_slot(const struct sources *sources, uint32_t frame)
{
	/* Fibonacci hashing: neighbours, which most frames are, go far apart. */
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
		return fail("moves", ENOMEM, "%zu pages", count);
	memset(sources->slot, 0xff, slots * sizeof(*sources->slot));
	for (size_t i = 0; i < count; i++) {
		uint32_t at = first_slot(sources, page[i].from);

		for (; sources->slot[at] != NONE; at = (at + 1) & sources->mask)
			if (page[sources->slot[at]].from == page[i].from)
				return fail("moves", 0, "two pages come from frame %#x", page[i].from);
		sources->slot[at] = (uint32_t)i;
	}
	return 0;
}

/*
 * Page `first` and all that have to go before it: the one whose source lies
 * where it goes to, the one whose source lies where that goes to, and so on.
 * No page is in the way of two, so that is a line, or a circle.
 */
static int add_line(struct copy_list *moves, const struct sources *sources, uint32_t first, uint32_t spare, uint32_t *line, bool *done)
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
	/* A page that is where it belongs is a circle, too. */
	if (next == first && !circle)
		return 0;
	if (circle && add(moves, spare, page[first].from, 1))
		return -1;
	for (; length > 1; length--)
		if (add(moves, page[line[length - 1]].to, page[line[length - 1]].from, 1))
			return -1;
	return add(moves, page[first].to, circle ? spare : page[first].from, 1);
}

int copy_list_order(struct copy_list *moves, const struct page_copy *page, size_t count, uint32_t spare)
{
	uint32_t *line = malloc((count + 1) * sizeof(*line));
	bool *done = calloc(count + 1, sizeof(*done));
	struct sources sources = { 0 };
	int ret = 0;

	if (count >= NONE / 2)
		ret = fail("moves", 0, "%zu pages are too many", count);
	else if (!line || !done)
		ret = fail("moves", ENOMEM, "%zu pages", count);
	else
		ret = sources_new(&sources, page, count);
	for (uint32_t i = 0; i < count && !ret; i++)
		if (!done[i])
			ret = add_line(moves, &sources, i, spare, line, done);
	free(sources.slot);
	free(done);
	free(line);
	return ret;
}
