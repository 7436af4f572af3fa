#include "restore/direct.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "kexec/kexec.h"
#include "kexec/mailbox.h"
#include "kernel/memmap.h"
#include "kexec/plan.h"
#include "base/report.h"

/* What is left to C for its other work, and for suspending its devices. */
#define SPARE MIB(64)
/* What is needed for each page beside its content while the order is found (moves.c). */
#define PAGE_WORK 64

/* What is where: the pages that are moved, what is cleared, and the place of the trampoline. */
struct layout {
	size_t pages;
	struct ranges zeros;
	uint64_t end;       /* no page lies above it */
	struct range place; /* of the trampoline and its list, and of the spare frame behind them */
	uint32_t spare;     /* its number */
};

/* A move has 32 bits for a page frame's number. */
#define END_MAX (1ULL << 44)

static int unfit(const char *why)
{
	fail("direct", 0, "%s", why);
	return DIRECT_UNFIT;
}

/*
 * Where everything goes; the trampoline's place is the end of the window, which
 * is nobody's while A is restored. `ours` is this kernel's RAM.
 */
static int lay_out(const struct direct_input *in, const struct ranges *ours, struct layout *l)
{
	const struct restore_input *r = in->restore;
	uint64_t size, available;
	bool entered = false;

	if ((r->meta->window.start | r->meta->window.end) % PAGE_BYTES || r->meta->window.end > 1ULL << 32)
		return fail("direct", 0, "the window is %llx-%llx", (unsigned long long)r->meta->window.start,
			    (unsigned long long)r->meta->window.end);
	for (size_t i = 0; i < r->core->count; i++) {
		const struct core_segment *s = &r->core->segment[i];

		if (s->type != PT_LOAD)
			continue;
		if ((s->offset | s->paddr | s->filesz | s->memsz) % PAGE_BYTES)
			return unfit("its segments are not of whole pages");
		l->pages += (size_t)(s->filesz / PAGE_BYTES);
		entered |= in->entry >= s->paddr && in->entry - s->paddr < s->filesz;
	}
	if (!entered)
		return unfit("the re-entry point is in none of its pages");
	if (r->index->dump_size > SIZE_MAX / 2)
		return unfit("it is too large to be mapped");
	if (restore_zeros(r, &l->zeros))
		return -1;
	/* A may have been told to use less RAM than there is. */
	l->end = r->meta->ram.item[r->meta->ram.count - 1].end;
	if (l->end < r->meta->window.end)
		l->end = r->meta->window.end;
	if (ours->count && l->end < ours->item[ours->count - 1].end)
		l->end = ours->item[ours->count - 1].end;
	if (l->end > END_MAX)
		return unfit("there is too much RAM");
	/* At worst no two pages are neighbours, and every two change places. */
	size = trampoline_copying_size(l->end, in->entry, in->paging, l->pages + l->pages / 2 + l->zeros.count + 1);
	if (!size)
		return -1;
	if (size + PAGE_BYTES > r->meta->window.end - r->meta->window.start)
		return unfit("the window has no room for the list of its pages");
	l->spare = (uint32_t)(r->meta->window.end / PAGE_BYTES - 1);
	l->place = (struct range){ r->meta->window.end - PAGE_BYTES - size, r->meta->window.end, 0 };
	/* What cannot be known is not there: C' needs less. */
	if (memmap_available("", &available))
		return DIRECT_UNFIT;
	/* The list is there three times: as it is made, as it is handed over, and in the kernel. */
	if (r->index->dump_size + 3 * size + l->pages * (uint64_t)PAGE_WORK + r->core->count * sizeof(*r->core->segment) + SPARE >
	    available)
		return unfit("it takes more memory than there is");
	if (l->place.start < MIB_1 || !ranges_contain(ours, l->place.start, l->place.end))
		return unfit("the window is no RAM here");
	return 0;
}

/* The pages of the dump that are A's, from where they are pinned to where they go. */
static struct page_copy *list_pages(const struct restore_input *r, const struct pinned *pinned, const struct layout *l)
{
	struct page_copy *list = calloc(l->pages + 1, sizeof(*list));
	size_t n = 0;

	if (!list) {
		fail("direct", ENOMEM, "%zu pages", l->pages);
		return NULL;
	}
	for (size_t i = 0; i < r->core->count; i++) {
		const struct core_segment *s = &r->core->segment[i];

		for (uint64_t at = 0; s->type == PT_LOAD && at < s->filesz; at += PAGE_BYTES) {
			uint32_t from = pinned->frame[(s->offset + at) / PAGE_BYTES];

			if (from >= l->end / PAGE_BYTES) {
				free(list);
				fail("direct", 0, "frame %#x lies above A's memory", from);
				return NULL;
			}
			list[n++] = (struct page_copy){ (uint32_t)((s->paddr + at) / PAGE_BYTES), from };
		}
	}
	return list;
}

static int list_moves(const struct restore_input *r, const struct pinned *pinned, const struct layout *l, struct copy_list *moves)
{
	struct page_copy *page = list_pages(r, pinned, l);
	int ret = page ? copy_list_order(moves, page, l->pages, l->spare) : -1;

	free(page);
	/* Last, since what is cleared may be where pages came from. */
	for (size_t i = 0; i < l->zeros.count && !ret; i++)
		ret = copy_list_clear(moves, l->zeros.item[i].start / PAGE_BYTES,
				  (l->zeros.item[i].end - l->zeros.item[i].start) / PAGE_BYTES);
	return ret;
}

/* A's mailbox is one of the pages; without it A does not learn how it went, and is as good. */
static int send_mail(const struct direct_input *in, struct pinned *pinned, const struct layout *l)
{
	uint64_t address;

	if (!in->mailbox || mailbox_address(in->mailbox, &address))
		return 0;
	for (size_t i = 0; i < in->restore->core->count; i++) {
		const struct core_segment *s = &in->restore->core->segment[i];

		if (s->type == PT_LOAD && address >= s->paddr && address - s->paddr < s->filesz) {
			void *page = pinned_write(pinned, (size_t)((s->offset + address - s->paddr) / PAGE_BYTES), &l->place);

			if (!page)
				return -1;
			(void)mailbox_put(page, in->mailbox, REASON_NONE, in->mail);
		}
	}
	return 0;
}

static int load(const struct direct_input *in, struct pinned *pinned, const struct layout *l)
{
	struct restore_input restore = *in->restore;
	const struct range list = { l->place.start, l->place.end - PAGE_BYTES, 0 };
	struct copy_list moves = { 0 };
	struct plan plan = { 0 };
	int ret;

	ret = restore.index->codec == CODEC_NONE ? pinned_open(restore.fd, restore.name, pinned) :
						   pinned_new(restore.index->dump_size, restore.name, pinned);
	if (ret || pinned_hold(pinned))
		return DIRECT_UNFIT;
	restore.pinned = pinned;
	if (restore_memory(&restore) || pinned_find(pinned) || pinned_avoid(pinned, &l->place) || send_mail(in, pinned, l))
		return -1;
	ret = list_moves(&restore, pinned, l, &moves);
	if (!ret)
		ret = trampoline_copying(&list, l->end, in->entry, in->paging, &moves, &plan);
	if (!ret)
		ret = kexec_load_plan(&plan, false);
	debug("%zu pages in %zu moves", l->pages, moves.count);
	plan_free(&plan);
	copy_list_free(&moves);
	return ret;
}

int direct_load(const struct direct_input *in, struct pinned *pinned)
{
	struct ranges ours = { 0 }, kernel = { 0 };
	struct layout l = { 0 };
	int ret = memmap_running("", &ours, &kernel);

	if (!ret)
		ret = lay_out(in, &ours, &l);
	if (!ret)
		ret = load(in, pinned, &l);
	ranges_free(&l.zeros);
	ranges_free(&kernel);
	ranges_free(&ours);
	return ret;
}
