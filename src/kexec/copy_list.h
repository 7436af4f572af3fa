/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The copy list: an order in which pages can be copied to the frames that they belong to, although some of these frames hold
 * content that is still to be copied elsewhere.
 */
#ifndef KH_KEXEC_COPY_LIST_H
#define KH_KEXEC_COPY_LIST_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copy `pages` pages, the lowest first: the one in page frame `from` to page frame `to`, the next ones to the next ones.
 * `from` 0: clear them instead. The return trampoline (arch/NAME/return.S) reads the list in this format.
 */
struct copy_item {
	uint32_t to, from, pages;
	uint32_t unused; /* 0 */
};

/* Zero-initialize; copy_list_free() releases what it holds. */
struct copy_list {
	struct copy_item *item;
	size_t count, room;
};

/* One page: the frame that its content lies in, and the one that it goes to. */
struct page_copy {
	uint32_t to, from;
};

/*
 * Appends what copies `count` pages, of which no two go to or come from the same frame. Where some of them change places in a
 * circle, one waits in the frame `spare` meanwhile, which has to be no page's. 0, or -1 and fail().
 */
int copy_list_order(struct copy_list *list, const struct page_copy *page, size_t count, uint32_t spare);

/* Appends: `pages` pages from frame `to` on are cleared. 0, or -1 and fail(). */
int copy_list_clear(struct copy_list *list, uint64_t to, uint64_t pages);

void copy_list_free(struct copy_list *list);

#endif
