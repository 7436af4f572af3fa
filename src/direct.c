#include "direct.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>

#include "kexec.h"
#include "mailbox.h"
#include "memmap.h"
#include "plan.h"
#include "report.h"

/* What is left to C for its other work, and for suspending its devices. */
#define SPARE MIB(64)
/* What is needed for each page beside its content while the order is found (moves.c). */
#define PAGE_WORK 64

/* What is where: the pages that are moved, what is cleared, and the place of the trampoline. */
struct layout {
	size_t pages;
	struct ranges zeros;
	uint64_t end;       /* no page lies above it */
	struct range place; /* of the trampoline and its list */
	uint32_t spare;     /* a frame behind it */
};

static int unfit(const char *why)
{
	fail("direct", 0, "%s", why);
	return DIRECT_UNFIT;
}

/* Where everything goes; the trampoline's place is the end of the window, which is nobody's while A is restored. */
static int lay_out(const struct direct_input *in, struct layout *l)
{
	const struct restore_input *r = in->restore;
	uint64_t size, last = r->meta->ram.item[r->meta->ram.count - 1].end, available = memmap_meminfo("MemAvailable:");

	if (r->index->codec != CODEC_NONE)
		return unfit("the image is compressed");
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
	}
	if (restore_zeros(r, &l->zeros))
		return -1;
	l->end = last > r->meta->window.end ? last : r->meta->window.end;
	/* At worst no two pages are neighbours, and every two change places. */
	size = plan_moving_size(l->end, in->entry, in->paging, l->pages + l->pages / 2 + l->zeros.count + 1);
	if (!size)
		return -1;
	if (size + PAGE_BYTES > r->meta->window.end - r->meta->window.start)
		return unfit("the window has no room for the list of its pages");
	l->spare = (uint32_t)(r->meta->window.end / PAGE_BYTES - 1);
	l->place = (struct range){ r->meta->window.end - PAGE_BYTES - size, r->meta->window.end, 0 };
	/* The list is there three times: as it is made, as it is handed over, and in the kernel. */
	if (r->index->dump_size + 3 * size + l->pages * (uint64_t)PAGE_WORK + SPARE > available)
		return unfit("it takes more memory than there is");
	return 0;
}

/* The pages of the dump that are A's, from where they are staged to where they go. */
static struct page_move *list_pages(const struct restore_input *r, const struct staged *staged, const struct layout *l)
{
	struct page_move *list = calloc(l->pages + 1, sizeof(*list));
	size_t n = 0;

	if (!list) {
		fail("direct", ENOMEM, "%zu pages", l->pages);
		return NULL;
	}
	for (size_t i = 0; i < r->core->count; i++) {
		const struct core_segment *s = &r->core->segment[i];

		for (uint64_t at = 0; s->type == PT_LOAD && at < s->filesz; at += PAGE_BYTES) {
			uint32_t from = staged->frame[(s->offset + at) / PAGE_BYTES];

			if (from >= l->end / PAGE_BYTES) {
				free(list);
				fail("direct", 0, "frame %#x lies above A's memory", from);
				return NULL;
			}
			list[n++] = (struct page_move){ (uint32_t)((s->paddr + at) / PAGE_BYTES), from };
		}
	}
	return list;
}

static int list_moves(const struct restore_input *r, const struct staged *staged, const struct layout *l, struct moves *moves)
{
	struct page_move *page = list_pages(r, staged, l);
	int ret = page ? moves_order(moves, page, l->pages, l->spare) : -1;

	free(page);
	/* Last, since what is cleared may be where pages came from. */
	for (size_t i = 0; i < l->zeros.count && !ret; i++)
		ret = moves_clear(moves, l->zeros.item[i].start / PAGE_BYTES,
				  (l->zeros.item[i].end - l->zeros.item[i].start) / PAGE_BYTES);
	return ret;
}

/* A's mailbox is one of the pages; without it A does not learn how it went, and is as good. */
static int send_mail(const struct direct_input *in, struct staged *staged, const struct layout *l)
{
	uint64_t address;

	if (!in->mailbox || mailbox_address(in->mailbox, &address))
		return 0;
	for (size_t i = 0; i < in->restore->core->count; i++) {
		const struct core_segment *s = &in->restore->core->segment[i];

		if (s->type == PT_LOAD && address >= s->paddr && address - s->paddr < s->filesz) {
			void *page = staged_write(staged, (size_t)((s->offset + address - s->paddr) / PAGE_BYTES), &l->place);

			if (!page)
				return -1;
			(void)mailbox_put(page, in->mailbox, MAIL_OK, in->mail);
		}
	}
	return 0;
}

static int load(const struct direct_input *in, struct staged *staged, const struct layout *l)
{
	struct restore_input restore = *in->restore;
	struct moves moves = { 0 };
	struct plan plan = { 0 };
	int ret;

	if (staged_open(restore.fd, restore.name, staged))
		return -1;
	restore.staged = staged;
	if (restore_memory(&restore) || staged_find(staged) || staged_avoid(staged, &l->place) || send_mail(in, staged, l))
		return -1;
	ret = list_moves(&restore, staged, l, &moves);
	if (!ret)
		ret = plan_moving_return(&l->place, l->end, in->entry, in->paging, &moves, &plan);
	if (!ret)
		ret = kexec_load_plan(&plan, false);
	debug("%zu pages in %zu moves", l->pages, moves.count);
	plan_free(&plan);
	moves_free(&moves);
	return ret;
}

int direct_load(const struct direct_input *in, struct staged *staged)
{
	struct layout l = { 0 };
	int ret = lay_out(in, &l);

	if (!ret)
		ret = load(in, staged, &l);
	ranges_free(&l.zeros);
	return ret;
}
