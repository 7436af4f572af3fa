#include "swapped.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memmap.h"
#include "physmem.h"
#include "range.h"
#include "report.h"

/* An entry is a physical address and one of these. */
enum { IND_DESTINATION = 1, IND_INDIRECTION = 2, IND_DONE = 4, IND_SOURCE = 8 };
#define FLAGS (PAGE_BYTES - 1)
#define ENTRIES (PAGE_BYTES / sizeof(unsigned long))
/* Enough for a window of 512 MiB; a circle ends here, too. */
#define LIST_PAGES_MAX 256

void swapped_look(struct swapped *s, uint64_t frame, const void *page)
{
	const unsigned long *entry = page;

	/* kjump's lowest segment is the low memory. */
	if (entry[0] == (LOW_START | IND_DESTINATION) && (entry[1] & FLAGS) == IND_SOURCE && s->starts < SWAPPED_STARTS_MAX)
		s->start[s->starts++] = frame;
}

static bool in_core(const struct elfcore *core, uint64_t frame)
{
	for (size_t i = 0; i < core->count; i++) {
		const struct core_segment *s = &core->segment[i];

		if (s->type == PT_LOAD && frame >= s->paddr / PAGE_BYTES && frame < (s->paddr + s->filesz) / PAGE_BYTES)
			return true;
	}
	return false;
}

/* A walk along the list; pages that are on their own place hold nothing of A's. */
struct walk {
	const struct elfcore *core;
	const struct bitmap *kept;
	struct physmem *mem;
	struct swapped *out;
	size_t room;
	uint64_t to; /* the page frame that the next IND_SOURCE is for */
};

static bool has_content(const struct walk *w, uint64_t frame)
{
	return bitmap_next(w->kept, frame, frame + 1, true) == frame && in_core(w->core, frame);
}

static int add(struct walk *w, uint64_t from)
{
	struct swapped_run *last = w->out->count ? &w->out->run[w->out->count - 1] : NULL;

	if (last && last->to + last->count == w->to && last->from + last->count == from) {
		last->count++;
		return 0;
	}
	if (w->out->count == w->room) {
		size_t room = w->room ? 2 * w->room : 256;
		struct swapped_run *grown = realloc(w->out->run, room * sizeof(*grown));

		if (!grown)
			return fail("swapped pages", ENOMEM, "%zu runs", room);
		w->out->run = grown;
		w->room = room;
	}
	w->out->run[w->out->count++] = (struct swapped_run){ w->to, from, 1 };
	return 0;
}

enum step { BROKEN, WHOLE, GOES_ON, FAILED };

/* The entries of one page of the list; *next is the page frame of the next one if it goes on. */
static enum step walk_page(struct walk *w, const unsigned long *entry, uint64_t *next)
{
	for (size_t i = 0; i < ENTRIES; i++) {
		uint64_t frame = entry[i] / PAGE_BYTES;

		switch (entry[i] & FLAGS) {
		case IND_DESTINATION:
			w->to = frame;
			break;
		case IND_SOURCE:
			if (in_core(w->core, w->to) || (frame != w->to && !has_content(w, frame)))
				return BROKEN;
			if (frame != w->to && add(w, frame))
				return FAILED;
			w->to++;
			break;
		case IND_INDIRECTION:
			*next = frame;
			return GOES_ON;
		case IND_DONE:
			return WHOLE;
		default:
			return BROKEN;
		}
	}
	return BROKEN;
}

static enum step walk_list(struct walk *w, uint64_t frame)
{
	enum step step = GOES_ON;

	w->out->count = 0;
	for (size_t pages = 0; step == GOES_ON; pages++) {
		const unsigned long *entry;
		uint64_t size;

		if (pages == LIST_PAGES_MAX || !has_content(w, frame))
			return BROKEN;
		entry = physmem_at(w->mem, frame * PAGE_BYTES, (frame + 1) * PAGE_BYTES, &size);
		step = entry ? walk_page(w, entry, &frame) : FAILED;
	}
	return step;
}

static int by_from(const void *a, const void *b)
{
	const struct swapped_run *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

int swapped_find(const char *vmcore, const struct elfcore *core, const struct bitmap *kept, struct swapped *s)
{
	struct physmem mem;
	struct walk w = { .core = core, .kept = kept, .mem = &mem, .out = s };
	uint64_t whole = 0;
	size_t found = 0;
	enum step step = BROKEN;

	if (!s->starts)
		return 0;
	if (physmem_open(&mem, vmcore, core))
		return -1;
	for (size_t i = 0; i < s->starts && step != FAILED; i++) {
		step = walk_list(&w, s->start[i]);
		if (step == WHOLE) {
			whole = s->start[i];
			found++;
		}
	}
	/* Again, since later starts have written over it. */
	if (step != FAILED && found == 1)
		step = walk_list(&w, whole);
	else
		s->count = 0;
	physmem_close(&mem);
	if (step == FAILED)
		return -1;
	if (s->count)
		qsort(s->run, s->count, sizeof(*s->run), by_from);
	return 0;
}

void swapped_free(struct swapped *s)
{
	free(s->run);
	memset(s, 0, sizeof(*s));
}
