/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of A's kept pages hold nothing but zeros. */
#ifndef KH_SAVE_ZERO_SCAN_H
#define KH_SAVE_ZERO_SCAN_H

#include "base/bitmap.h"
#include "elf/elfcore.h"
#include "save/backup_pages.h"

/*
 * Looks at each page frame of `kept` in `core`: its bit of `zero`, unless that
 * is NULL, becomes 1 if it holds zeros only; else `backup` notes it if A's list
 * of backup pages may begin there. 0, or -1 and fail(); bitmap_free() frees.
 */
int zero_scan(const char *vmcore, const struct elfcore *core, const struct bitmap *kept, struct bitmap *zero,
	      struct backup_pages *backup);

#endif
