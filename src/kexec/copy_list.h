/* An order in which pages can be copied to their places although those hold pages that are still to be copied. */
#ifndef KH_KEXEC_COPY_LIST_H
#define KH_KEXEC_COPY_LIST_H

#include <stddef.h>
#include <stdint.h>

/*
 * `pages` pages go from page frame `from` on to page frame `to` on, the lowest first; from 0
 * they are cleared. The return trampoline (arch/NAME/return.S) carries them out as they stand here.
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

/* A page's frames. */
struct page_copy {
	uint32_t to, from;
};

/*
 * Appends an order for the moves of `count` pages, of which no two go to or
 * come from the same frame. Where pages change places in a circle, one of them
 * waits in the frame `spare`, which is none of theirs. 0, or -1 and fail().
 */
int copy_list_order(struct copy_list *moves, const struct page_copy *page, size_t count, uint32_t spare);

/* Appends: `pages` pages from frame `to` on are cleared. 0, or -1 and fail(). */
int copy_list_clear(struct copy_list *moves, uint64_t to, uint64_t pages);

void copy_list_free(struct copy_list *moves);

#endif
