/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Backup pages: before the jump A's kernel takes, for each page of the memory that B will live in, a page of its own, and at the
 * jump it exchanges the content of the two. So the content of the window lies in these pages while B runs. A's kernel keeps a
 * list of them, which is found here in A's memory.
 */
#ifndef KH_SAVE_BACKUP_PAGES_H
#define KH_SAVE_BACKUP_PAGES_H

#include "base/bitmap.h"
#include "elf/elfcore.h"
#include "base/range.h"

/* The content that belongs to page frames [to, to + count) lies in the frames [from, from + count). */
struct backup_run {
	uint64_t to, from, count;
};

#define BACKUP_STARTS_MAX 64

struct backup_pages {
	uint64_t start[BACKUP_STARTS_MAX]; /* page frames that the list may begin in */
	size_t starts;
	struct backup_run *run; /* sorted by `from`; no frame is in two of them, neither as a `from` nor as a `to` */
	size_t count;
	bool found;
};

/* Notes page frame `frame`, with the content `page`, if the list could begin there. `s` is all 0 before the first call. */
void backup_pages_look(struct backup_pages *s, uint64_t frame, const void *page);

/*
 * Follows the list (include/linux/kexec.h, kimage_add_entry() in
 * kernel/kexec_core.c, Linux 6.12) from each noted frame on, in the core in the
 * file `vmcore`. What is found is a list only if all of its pages, and all that
 * it names, are kept ones; and if it names, in the order of their addresses,
 * each page of `window` and otherwise only pages below 1 MiB, since that is what
 * kjump loads. Not `found` where there is no such list, or where there are two,
 * of which one must be left from an earlier hibernation. 0, or -1 and fail(); backup_pages_free() frees.
 */
int backup_pages_find(const char *vmcore, const struct elfcore *core, const struct bitmap *kept, const struct range *window,
		      struct backup_pages *s);
void backup_pages_free(struct backup_pages *s);

#endif
