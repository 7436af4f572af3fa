/* An order in which pages can be copied to their places although those hold pages that are still to be copied. */
#ifndef KH_MOVES_H
#define KH_MOVES_H

#include <stddef.h>
#include <stdint.h>

/*
 * `pages` pages go from page frame `from` on to page frame `to` on, the lowest first; from 0
 * they are cleared. The return trampoline (arch/NAME/return.S) carries them out as they stand here.
 */
struct move {
	uint32_t to, from, pages;
	uint32_t unused; /* 0 */
};

/* Zero-initialize; moves_free() releases what it holds. */
struct moves {
	struct move *item;
	size_t count, room;
};

/* A page's frames. */
struct page_move {
	uint32_t to, from;
};

/*
 * Appends an order for the moves of `count` pages, of which no two go to or
 * come from the same frame. Where pages change places in a circle, one of them
 * waits in the frame `spare`, which is none of theirs. 0, or -1 and fail().
 */
int moves_order(struct moves *moves, const struct page_move *page, size_t count, uint32_t spare);

/* Appends: `pages` pages from frame `to` on are cleared. 0, or -1 and fail(). */
int moves_clear(struct moves *moves, uint64_t to, uint64_t pages);

void moves_free(struct moves *moves);

#endif
