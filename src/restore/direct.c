/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "restore/direct.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>

#include "arch/arch.h"
#include "kexec/kexec.h"
#include "kexec/mailbox.h"
#include "kernel/memmap.h"
#include "kexec/plan.h"
#include "base/report.h"

/* Memory that C keeps for its other work and for suspending its devices. */
#define SPARE MIB(64)
/* Bytes that finding the order of the copies takes for each page, beside the page itself (copy_list_order()). */
#define PAGE_WORK 64

struct layout {
	size_t pages;        /* that are copied */
	struct ranges zeros; /* what is cleared */
	uint64_t end;        /* an address that no page of A or of this kernel lies above */
	struct range place;  /* of the trampoline, the copy list and, at its end, the spare frame */
	uint32_t spare;      /* the number of that frame, in which a page waits while others change places */
};

/* The copy list has 32 bits for the number of a page frame. */
#define END_MAX (1ULL << 44)

static int unfit(const char *why)
{
	fail("direct", 0, "%s", why);
	return DIRECT_UNFIT;
}

/*
 * Decides where everything goes. The trampoline lies at the end of the window, of whose content A has its own backup pages,
 * so that nothing is restored to it. `ours` is this kernel's RAM.
 */
static int lay_out(const struct direct_input *in, const struct ranges *ours, struct layout *l)
{
	const struct restore_input *r = in->restore;
	uint64_t size, available;

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
	if (!elfcore_at_paddr(r->core, in->entry, 1))
		return unfit("the re-entry point is in none of its pages");
	if (r->index->dump_size > SIZE_MAX / 2)
		return unfit("it is too large to be mapped");
	if (restore_zeros(r, &l->zeros))
		return -1;
	/* Pages come from this kernel's RAM as well, which reaches higher if A was told to use less than there is (mem=). */
	l->end = r->meta->ram.item[r->meta->ram.count - 1].end;
	if (l->end < r->meta->window.end)
		l->end = r->meta->window.end;
	if (ours->count && l->end < ours->item[ours->count - 1].end)
		l->end = ours->item[ours->count - 1].end;
	if (l->end > END_MAX)
		return unfit("there is too much RAM");
	/*
	 * The longest list: no two pages are neighbours, and all of them change places in pairs, which takes three copies
	 * each.
	 */
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
	/* There are three copies of the list at a time: as it is made, as kexec_load() gets it, and the kernel's. */
	if (r->index->dump_size + 3 * size + l->pages * (uint64_t)PAGE_WORK + r->core->count * sizeof(*r->core->segment) + SPARE >
	    available)
		return unfit("it takes more memory than there is");
	if (l->place.start < MIB_1 || !ranges_contain(ours, l->place.start, l->place.end))
		return unfit("the window is no RAM here");
	return 0;
}

/* For each page of A's memory in the dump, the frame that it is pinned in and the one that it goes to; the caller frees. */
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
				fail("direct", 0, "page frame %#x lies above all memory", from);
				return NULL;
			}
			list[n++] = (struct page_copy){ (uint32_t)((s->paddr + at) / PAGE_BYTES), from };
		}
	}
	return list;
}

static int list_copies(const struct restore_input *r, const struct pinned *pinned, const struct layout *l,
		       struct copy_list *copies)
{
	struct page_copy *page = list_pages(r, pinned, l);
	int ret = page ? copy_list_order(copies, page, l->pages, l->spare) : -1;

	free(page);
	/* After all copies, since a page that is cleared may have held one of the pinned pages. */
	for (size_t i = 0; i < l->zeros.count && !ret; i++)
		ret = copy_list_clear(copies, l->zeros.item[i].start / PAGE_BYTES,
				  (l->zeros.item[i].end - l->zeros.item[i].start) / PAGE_BYTES);
	return ret;
}

/*
 * Writes A's mail into the pinned page that becomes A's mailbox. A resumes just as well without: it only does not learn how
 * it went.
 */
static int send_mail(const struct direct_input *in, struct pinned *pinned, const struct layout *l)
{
	const struct core_segment *s;
	uint64_t address;
	void *page;

	if (!in->mailbox || mailbox_address(in->mailbox, &address))
		return 0;
	s = elfcore_at_paddr(in->restore->core, address, PAGE_BYTES);
	if (!s)
		return 0;
	page = pinned_write(pinned, (size_t)((s->offset + address - s->paddr) / PAGE_BYTES), &l->place);
	if (!page)
		return -1;
	(void)mailbox_put(page, in->mailbox, REASON_NONE, in->mail);
	return 0;
}

static int load(const struct direct_input *in, struct pinned *pinned, const struct layout *l)
{
	struct restore_input restore = *in->restore;
	const struct range list = { l->place.start, l->place.end - PAGE_BYTES, 0 };
	struct copy_list copies = { 0 };
	struct plan plan = { 0 };
	int ret;

	ret = restore.index->codec == CODEC_NONE ? pinned_open(restore.fd, restore.name, pinned) :
						   pinned_new(restore.index->dump_size, restore.name, pinned);
	if (ret || pinned_hold(pinned))
		return DIRECT_UNFIT;
	restore.pinned = pinned;
	if (restore_memory(&restore) || pinned_find(pinned) || pinned_avoid(pinned, &l->place) || send_mail(in, pinned, l))
		return -1;
	ret = list_copies(&restore, pinned, l, &copies);
	if (!ret)
		ret = trampoline_copying(&list, l->end, in->entry, in->paging, &copies, &plan);
	if (!ret)
		ret = kexec_load_plan(&plan, false);
	debug("%zu pages in %zu copies", l->pages, copies.count);
	plan_free(&plan);
	copy_list_free(&copies);
	return ret;
}

int direct_load(const struct direct_input *in, struct pinned *pinned)
{
	struct ranges ours = { 0 }, kernel = { 0 };
	struct layout l = { 0 };
	int ret = arch_check_paging(in->paging);

	if (!ret)
		ret = memmap_running("", &ours, &kernel);
	if (!ret)
		ret = lay_out(in, &ours, &l);
	if (!ret)
		ret = load(in, pinned, &l);
	ranges_free(&l.zeros);
	ranges_free(&kernel);
	ranges_free(&ours);
	return ret;
}
