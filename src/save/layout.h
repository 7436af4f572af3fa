/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a core of the kept pages is laid out: its PT_LOADs, from what makedumpfile and the pages say. */
#ifndef KH_SAVE_LAYOUT_H
#define KH_SAVE_LAYOUT_H

#include <elf.h>

#include "base/bitmap.h"
#include "elf/elfcore.h"
#include "save/backup_pages.h"

/*
 * There are no more PT_LOADs than this, since they have to fit into the window, where each takes 104 bytes. Where there would
 * be more, the shortest runs of zero or free pages between others are saved like them.
 */
#define LAYOUT_SEGMENTS_MAX 131072
/* Bytes of memory for each, in the layout and in the headers. */
#define LAYOUT_SEGMENT_BYTES (sizeof(struct core_segment) + sizeof(Elf64_Phdr))

/* At worst one for each page of a window of 256 MiB; usually there are some hundreds. */
#define LAYOUT_VIEWS_MAX 65536

struct layout {
	struct core_segment *segment; /* PT_LOADs in the order of the core's; offset counts from the first byte of data */
	size_t count;
	uint64_t data; /* bytes */
	struct core_segment *view; /* PT_LOADs that show some of that data at another address */
	size_t views;
};

/*
 * The kept pages of `core`'s PT_LOADs: runs of data with p_filesz, runs of
 * zeros behind them as p_memsz beyond p_filesz, and the others in no PT_LOAD.
 * `zero` is 1 for kept pages that hold zeros only. `max` limits the PT_LOADs.
 * 0, or -1 and fail(); layout_free() frees.
 */
int layout_make(const struct elfcore *core, const struct bitmap *kept, const struct bitmap *zero, size_t max,
		struct layout *out);

/*
 * Adds views: PT_LOADs that show the backup pages at the addresses that their
 * content belongs to, in the window, where a debugger looks for it. They have no
 * PF_W and lie outside of the RAM that hibernate.meta names; krestore passes them over. 0; or -1, fail(), and no views.
 */
int layout_add_views(struct layout *layout, const struct elfcore *core, const struct backup_pages *backup);
void layout_free(struct layout *layout);

/* The index of the first segment with data at or behind `offset`; `count` if there is none. */
size_t layout_find(const struct layout *layout, uint64_t offset);

#endif
