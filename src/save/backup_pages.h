/*
 * Where the content of the memory that B lives in has gone: A's kernel
 * swapped it, page by page, with pages of its own, and keeps a list of them.
 */
#ifndef KH_SAVE_BACKUP_PAGES_H
#define KH_SAVE_BACKUP_PAGES_H

#include "base/bitmap.h"
#include "elf/elfcore.h"
#include "base/range.h"

/* What belongs to page frames [to, to + count) lies in [from, from + count). */
struct backup_run {
	uint64_t to, from, count;
};

#define BACKUP_STARTS_MAX 64

struct backup_pages {
	uint64_t start[BACKUP_STARTS_MAX]; /* page frames that the list may begin in */
	size_t starts;
	struct backup_run *run; /* by `from`, none of which is there twice, nor is a `to` */
	size_t count;
	bool found;
};

/* Notes page frame `frame`, with the content `page`, as a start if the list could begin there. All 0 to begin with. */
void backup_pages_look(struct backup_pages *s, uint64_t frame, const void *page);

/*
 * Follows the list (include/linux/kexec.h, kimage_add_entry() in
 * kernel/kexec_core.c, Linux 6.12) from the starts on, through the kept pages
 * of the core in the file `vmcore`. A list counts if all of its pages and of
 * those that it names are kept, and what it brings back is each page of
 * `window` and some below 1 MiB, by address, as kjump has it. Not `found` where
 * there is no such list, or where there are two: one of them is left from
 * before. 0, or -1 and fail(); backup_pages_free() frees.
 */
int backup_pages_find(const char *vmcore, const struct elfcore *core, const struct bitmap *kept, const struct range *window,
		 struct backup_pages *s);
void backup_pages_free(struct backup_pages *s);

#endif
