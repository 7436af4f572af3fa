/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What A's kernel says of a physical page (/proc/kpageflags) and of our own pages. */
#ifndef KH_KERNEL_PAGEFLAGS_H
#define KH_KERNEL_PAGEFLAGS_H

#include <stddef.h>
#include <stdint.h>

/* /proc/kpageflags, in tests below `root`: an open file, or -1 and fail(). */
int pageflags_open(void);
int pageflags_open_at(const char *root);

/* Whole machines have holes: of some page frames the kernel has no page at all, of others one that it reserved and never used. */
enum page_kind {
	PAGE_MISSING,  /* the kernel has no page there */
	PAGE_THERE,    /* it has */
	PAGE_ALLOCATED /* its page allocator was given it */
};

/* The first page of that kind in [start, end), whole pages; `end` if there is none; UINT64_MAX and fail() on an error. */
uint64_t pageflags_find(int fd, uint64_t start, uint64_t end, enum page_kind kind);

/*
 * The end of the last reserved page in [start, end), 0 if there is none.
 * Reserved pages are what the kernel took for itself before its page allocator
 * ran: its image, mem_map and the top of its page tables. makedumpfile reads
 * them in the vmcore, which does not have what lies in the window.
 * -1 (UINT64_MAX) and fail() on an error.
 */
uint64_t pageflags_last_reserved(int fd, uint64_t start, uint64_t end);

/* The physical address of a mapped, locked page of this process; 0 and fail() if unknown. */
uint64_t physical_address(const void *page);

/* The page frames of `count` such pages from `pages` on, page-aligned. 0, or -1 and fail(). */
int physical_frames(const void *pages, size_t count, uint32_t *frame);

#endif
