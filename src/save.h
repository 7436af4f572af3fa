/* Writing dump.elf: A's kept pages, in chunks, through several threads. */
#ifndef KH_SAVE_H
#define KH_SAVE_H

#include <stdio.h>

#include "elfcore.h"
#include "index.h"
#include "layout.h"

struct save_input {
	const char *vmcore;         /* its path */
	const struct elfcore *core; /* its headers */
	const struct layout *layout;
	const struct blob *headers; /* of dump.elf */
	enum codec codec;
	FILE *progress; /* NULL: quiet */
};

/*
 * Looks at each page frame of `kept` in `core`: its bit of `zero`, unless that
 * is NULL, becomes 1 if it holds zeros only, and `swapped` notes it if A's list
 * of swapped pages may begin there. 0, or -1 and fail(); bitmap_free() frees.
 */
int save_look(const char *vmcore, const struct elfcore *core, const struct bitmap *kept, struct bitmap *zero,
	      struct swapped *swapped);

/*
 * Writes the dump to the new file `path`, around the page cache where that
 * goes, and has it on the disk when it returns; `index` is filled, but for
 * headers_size and free_left_out. 0, or -1 and fail(); index_free() frees in both cases.
 */
int save_dump(const struct save_input *in, const char *path, struct index *index);

/* An index of a dump that another program wrote, uncompressed, to `path`. 0, or -1 and fail(); index_free() frees. */
int save_index_of(const char *path, FILE *progress, struct index *index);

#endif
