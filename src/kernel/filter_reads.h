/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of A the page filter (makedumpfile 1.7.2) has to read. While B runs, the window's own content lies in the backup
 * pages, and the vmcore does not have it: so the window must not take any of these pages.
 *
 * On x86_64 makedumpfile translates each address by A's own page tables, and reads
 *   - the names of the kernel and its map of nodes, in the kernel's image
 *   - mem_section (include/linux/mmzone.h, Linux 6.12): the array of roots, and what each root points to
 *   - the mem_map of each section, which is mapped into the vmemmap
 * The kernel took most of that for itself before its page allocator ran, and those pages are reserved (kernel/pageflags.h). But
 * the allocator gave what came later: mem_section, mem_map and page tables of RAM that was added; page tables of mappings that
 * were split; the pages that are left of the mem_map of a huge page (hugetlb_free_vmemmap=on).
 */
#ifndef KH_KERNEL_FILTER_READS_H
#define KH_KERNEL_FILTER_READS_H

#include "base/bitmap.h"
#include "base/range.h"

/*
 * Sets a bit for each page frame below the physical address `end` that the page filter reads of the kernel that the core `path` shows:
 * /proc/kcore, or A in B's /proc/vmcore. What the core does not have is passed over with all that it leads to; that it is needed has been
 * noted by then. None are set on an architecture where all of it is reserved (i386). 0, or -1 and fail() when it cannot be known.
 * bitmap_free() frees `pages`, also after a failure.
 */
int filter_reads(const char *path, uint64_t end, struct bitmap *pages);

/* The end of the last page in [start, end) that has its bit in `pages`, 0 if none has. */
uint64_t filter_reads_last(const struct bitmap *pages, uint64_t start, uint64_t end);

#endif
