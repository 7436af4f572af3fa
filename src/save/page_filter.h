/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page filter: makedumpfile knows which pages of A matter. The file that it writes to a pipe (-F) begins with a bitmap of
 * all pages. Reading stops behind that bitmap, so only makedumpfile's analysis costs time, and no page is copied by it.
 */
#ifndef KH_SAVE_PAGE_FILTER_H
#define KH_SAVE_PAGE_FILTER_H

#include "base/bitmap.h"

/*
 * Runs makedumpfile on `vmcore` with dump level `level` and reads its bitmap:
 * bit n of `kept` is 1 when page frame n, one of the `pages` that the vmcore goes up to, is to be saved.
 * 0, or -1 and fail(); bitmap_free() frees.
 */
int page_filter_run(const char *vmcore, unsigned int level, uint64_t pages, struct bitmap *kept);

/*
 * The same from the stream open at `fd`: flattened format (makedumpfile
 * 1.7.2, makedumpfile.h, struct makedumpfile_header and _data_header) around
 * the kdump-compressed format (diskdump_mod.h, struct disk_dump_header).
 */
int page_filter_read(int fd, uint64_t pages, struct bitmap *kept);

#endif
