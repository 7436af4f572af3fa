/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "save/backup_pages.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "kernel/memmap.h"
#include "kernel/physmem.h"
#include "base/range.h"
#include "base/report.h"

/* An entry is a physical address and one of these. */
enum { IND_DESTINATION = 1, IND_INDIRECTION = 2, IND_DONE = 4, IND_SOURCE = 8 };
#define FLAGS (PAGE_BYTES - 1)
#define ENTRIES (PAGE_BYTES / sizeof(unsigned long))
/* kernel/kexec_core.c (Linux 6.12) takes so many segments, each of which has an IND_DESTINATION. */
#define SEGMENTS_MAX 16

void backup_pages_look(struct backup_pages *s, uint64_t frame, const void *page)
{
	const unsigned long *entry = page;

	/* The list begins with kjump's lowest segment, which is the low memory. */
	if ((entry[0] & FLAGS) == IND_DESTINATION && entry[0] >= LOW_START && entry[0] < LOW_LIMIT && (entry[1] & FLAGS) == IND_SOURCE &&
	    s->starts < BACKUP_STARTS_MAX)
		s->start[s->starts++] = frame;
}

static bool in_core(const struct elfcore *core, uint64_t frame)
{
	return elfcore_at_paddr(core, frame * PAGE_BYTES, PAGE_BYTES);
}

/*
 * A walk along the list. A source that is the very page it is for is no backup page: kimage_alloc_page() of A's kernel happened
 * to get it when it looked for memory, so it had no content of A's to keep.
 */
struct walk {
	const struct elfcore *core;
	const struct bitmap *kept;
	const struct range *window;
	struct physmem *mem;
	struct backup_pages *out;
	size_t room;
	uint64_t to;    /* the page frame that the next IND_SOURCE is for */
	uint64_t least; /* the list is sorted: no frame below this one may follow */
	uint64_t of_window; /* how many pages of the window the list has named */
};

static bool has_content(const struct walk *w, uint64_t frame)
{
	return bitmap_next(w->kept, frame, frame + 1, true) == frame && in_core(w->core, frame);
}

/* Counts the page that the next source is for. false: kjump would not have loaded anything there, so this is no list of its. */
static bool take(struct walk *w)
{
	uint64_t to = w->to++;
	bool of_window = to >= w->window->start / PAGE_BYTES && to < w->window->end / PAGE_BYTES;

	if (to < w->least || (!of_window && to >= MIB_1 / PAGE_BYTES) || in_core(w->core, to))
		return false;
	w->least = to + 1;
	w->of_window += of_window;
	return true;
}

static int add(struct walk *w, uint64_t to, uint64_t from)
{
	struct backup_run *last = w->out->count ? &w->out->run[w->out->count - 1] : NULL, *grown;

	if (last && last->to + last->count == to && last->from + last->count == from) {
		last->count++;
		return 0;
	}
	grown = array_grown("backup pages", w->out->run, sizeof(*grown), w->out->count, &w->room);
	if (!grown)
		return -1;
	w->out->run = grown;
	w->out->run[w->out->count++] = (struct backup_run){ to, from, 1 };
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
			if (!take(w))
				return BROKEN;
			if (frame == w->to - 1)
				break;
			if (!has_content(w, frame))
				return BROKEN;
			if (add(w, w->to - 1, frame))
				return FAILED;
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

static int by_from(const void *a, const void *b)
{
	const struct backup_run *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* Sorts the runs. false: one page is named as the backup of two. */
static bool sort_runs(struct backup_pages *s)
{
	if (s->count)
		qsort(s->run, s->count, sizeof(*s->run), by_from);
	for (size_t i = 1; i < s->count; i++)
		if (s->run[i - 1].from + s->run[i - 1].count > s->run[i].from)
			return false;
	return true;
}

static enum step walk_list(struct walk *w, uint64_t frame)
{
	uint64_t of_window = (w->window->end - w->window->start) / PAGE_BYTES;
	/* Each page of the list but the last is full. If it has many more pages than that, it runs in a circle. */
	uint64_t left = (of_window + MIB_1 / PAGE_BYTES + SEGMENTS_MAX) / (ENTRIES - 1) + 2;
	enum step step;

	w->out->count = 0;
	w->to = w->least = w->of_window = 0;
	do {
		const unsigned long *entry;
		uint64_t size;

		if (!left-- || !has_content(w, frame))
			return BROKEN;
		entry = physmem_at(w->mem, frame * PAGE_BYTES, (frame + 1) * PAGE_BYTES, &size);
		step = entry ? walk_page(w, entry, &frame) : FAILED;
	} while (step == GOES_ON);
	return step == WHOLE && (w->of_window != of_window || !sort_runs(w->out)) ? BROKEN : step;
}

int backup_pages_find(const char *vmcore, const struct elfcore *core, const struct bitmap *kept, const struct range *window,
		 struct backup_pages *s)
{
	struct physmem mem;
	struct walk w = { .core = core, .kept = kept, .window = window, .mem = &mem, .out = s };
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
	/* Walked again, because the walks from later starts have written over what it left in `s`. */
	if (step != FAILED && found == 1)
		step = walk_list(&w, whole);
	s->found = step == WHOLE && found == 1;
	physmem_close(&mem);
	return step == FAILED ? -1 : 0;
}

void backup_pages_free(struct backup_pages *s)
{
	free(s->run);
	memset(s, 0, sizeof(*s));
}
