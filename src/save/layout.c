/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "save/layout.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/array.h"
#include "base/range.h"
#include "base/report.h"
#include "base/search.h"

/* A walk over the pages, which makes the PT_LOADs; without `room` for them it only counts how many there would be. */
struct walk {
	const struct bitmap *kept, *zero;
	uint64_t shortest; /* pages: shorter runs of zero or excluded pages between data count as data */
	struct layout *out;
	size_t room, count;
};

static void emit(struct walk *walk, const struct core_segment *from, uint64_t first, uint64_t data_end, uint64_t end)
{
	uint64_t address = first * PAGE_BYTES, data = (data_end - first) * PAGE_BYTES;

	if (walk->count < walk->room)
		walk->out->segment[walk->count] = (struct core_segment){
			.type = PT_LOAD,
			.flags = PF_R | PF_W | PF_X,
			.offset = walk->out->data,
			.paddr = address,
			/* 0 stands for "has no virtual address", as in the core header. */
			.vaddr = from->vaddr ? from->vaddr + (address - from->paddr) : 0,
			.filesz = data,
			.memsz = (end - first) * PAGE_BYTES,
		};
	walk->out->data += data;
	walk->count++;
}

/*
 * The end of the data that begins at `page`: where so many zeros begin that leaving them out is worth a PT_LOAD. They end at
 * *zeros_end.
 */
static uint64_t data_end(const struct walk *walk, uint64_t page, uint64_t end, uint64_t *zeros_end)
{
	while (page < end) {
		uint64_t zeros = bitmap_next(walk->zero, page, end, true);

		*zeros_end = bitmap_next(walk->zero, zeros, end, false);
		/* Zeros that end a segment need no other segment behind them: they are its p_memsz beyond p_filesz. */
		if (*zeros_end - zeros >= walk->shortest || *zeros_end == end)
			return zeros;
		page = *zeros_end;
	}
	*zeros_end = end;
	return end;
}

static void walk_kept(struct walk *walk, const struct core_segment *from, uint64_t page, uint64_t end)
{
	while (page < end) {
		uint64_t zeros_end, data = data_end(walk, page, end, &zeros_end);

		emit(walk, from, page, data, zeros_end);
		page = zeros_end;
	}
}

static void walk_segment(struct walk *walk, const struct core_segment *from)
{
	uint64_t last = (from->paddr + from->memsz) / PAGE_BYTES;
	uint64_t page = bitmap_next(walk->kept, from->paddr / PAGE_BYTES, last, true);

	while (page < last) {
		uint64_t end = bitmap_next(walk->kept, page, last, false);
		uint64_t next = bitmap_next(walk->kept, end, last, true);

		while (next < last && next - end < walk->shortest) {
			end = bitmap_next(walk->kept, next, last, false);
			next = bitmap_next(walk->kept, end, last, true);
		}
		walk_kept(walk, from, page, end);
		page = next;
	}
}

static void walk_all(struct walk *walk, const struct elfcore *core)
{
	walk->count = 0;
	walk->out->data = 0;
	for (size_t i = 0; i < core->count; i++)
		if (core->segment[i].type == PT_LOAD)
			walk_segment(walk, &core->segment[i]);
}

int layout_make(const struct elfcore *core, const struct bitmap *kept, const struct bitmap *zero, size_t max,
		struct layout *out)
{
	struct walk walk = { .kept = kept, .zero = zero, .shortest = 1, .out = out };

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < core->count; i++)
		if (core->segment[i].type == PT_LOAD &&
		    (core->segment[i].paddr % PAGE_BYTES || core->segment[i].memsz % PAGE_BYTES))
			return fail("layout", 0, "a PT_LOAD at %#llx is not whole pages",
				    (unsigned long long)core->segment[i].paddr);
	/* Ends when no run is long enough any more: then there is one segment for each PT_LOAD. */
	for (walk_all(&walk, core); walk.count > max && walk.shortest < 1ULL << 51; walk_all(&walk, core))
		walk.shortest *= 2;
	if (walk.count > max)
		return fail("layout", 0, "%zu PT_LOADs, %zu fit", walk.count, max);
	out->segment = calloc(walk.count + 1, sizeof(*out->segment));
	if (!out->segment)
		return fail("layout", ENOMEM, "%zu PT_LOADs", walk.count);
	walk.room = walk.count;
	walk_all(&walk, core);
	out->count = walk.count;
	return 0;
}

/* What to add to a physical address for one in the direct map; 0 if the core does not say. */
static uint64_t direct_map(const struct elfcore *core)
{
	for (size_t i = 0; i < core->count; i++) {
		const struct core_segment *s = &core->segment[i];

		if (s->type == PT_LOAD && s->vaddr && s->vaddr < ARCH_KERNEL_TEXT)
			return s->vaddr - s->paddr;
	}
	return 0;
}

/* A view of the part of `run` that lies in segment `s`: that part of its data, at the address that it belongs to. */
static struct core_segment view_of(const struct core_segment *s, const struct backup_run *run, uint64_t map)
{
	uint64_t start = run->from * PAGE_BYTES, end = (run->from + run->count) * PAGE_BYTES;
	uint64_t zeros_at = s->paddr + s->filesz, to;

	if (start < s->paddr)
		start = s->paddr;
	if (end > s->paddr + s->memsz)
		end = s->paddr + s->memsz;
	to = run->to * PAGE_BYTES + (start - run->from * PAGE_BYTES);
	return (struct core_segment){
		.type = PT_LOAD,
		.flags = PF_R,
		.offset = s->offset + ((start < zeros_at ? start : zeros_at) - s->paddr),
		.paddr = to,
		.vaddr = map ? map + to : 0,
		.filesz = start >= zeros_at ? 0 : (end < zeros_at ? end : zeros_at) - start,
		.memsz = end - start,
	};
}

static int add_view(struct layout *layout, size_t *room, struct core_segment view)
{
	struct core_segment *grown;

	if (layout->views == LAYOUT_VIEWS_MAX)
		return fail("layout", 0, "more than %d views", LAYOUT_VIEWS_MAX);
	grown = array_grown("layout", layout->view, sizeof(*grown), layout->views, room);
	if (!grown)
		return -1;
	layout->view = grown;
	layout->view[layout->views++] = view;
	return 0;
}

static int by_paddr(const void *a, const void *b)
{
	const struct core_segment *x = a, *y = b;

	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

static bool run_ends_behind(const void *list, size_t i, uint64_t frame)
{
	const struct backup_run *run = (const struct backup_run *)list + i;

	return run->from + run->count > frame;
}

int layout_add_views(struct layout *layout, const struct elfcore *core, const struct backup_pages *backup)
{
	uint64_t map = direct_map(core);
	size_t room = 0;

	for (size_t i = 0; i < layout->count; i++) {
		const struct core_segment *s = &layout->segment[i];
		uint64_t end = (s->paddr + s->memsz) / PAGE_BYTES;

		size_t r = search_first(backup->run, backup->count, s->paddr / PAGE_BYTES, run_ends_behind);

		for (; r < backup->count && backup->run[r].from < end; r++)
			if (add_view(layout, &room, view_of(s, &backup->run[r], map))) {
				layout->views = 0;
				return -1;
			}
	}
	if (layout->views)
		qsort(layout->view, layout->views, sizeof(*layout->view), by_paddr);
	return 0;
}

void layout_free(struct layout *layout)
{
	free(layout->segment);
	free(layout->view);
	memset(layout, 0, sizeof(*layout));
}

size_t layout_find(const struct layout *layout, uint64_t offset)
{
	return elfcore_first_data(layout->segment, layout->count, offset);
}
