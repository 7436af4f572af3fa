/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several threads at one list of items. */
#ifndef KH_BASE_WORKERS_H
#define KH_BASE_WORKERS_H

#include <stddef.h>

/*
 * What the threads do: `begin` makes what one of them needs for itself (NULL
 * and fail() if it cannot), `work` does item `item` with it (0, or -1 and
 * fail()), `end` frees it (also NULL). `context` is the caller's, for all of them.
 */
struct work {
	void *context;
	void *(*begin)(void *context);
	int (*work)(void *context, void *own, size_t item);
	void (*end)(void *own);
};

/* As many threads as keep all CPUs and the disk busy. */
unsigned int workers_count(void);

/*
 * Does the items 0 to `items` - 1 with `threads` threads, each taking the
 * lowest that is left, until one fails. 0, or -1 and fail() with what failed first.
 */
int workers_run(const struct work *work, unsigned int threads, size_t items);

#endif
