/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing dump.elf: A's kept pages, in chunks, through several threads. */
#ifndef KH_SAVE_DUMP_H
#define KH_SAVE_DUMP_H

#include <stdio.h>

#include "elf/elfcore.h"
#include "image/index.h"
#include "save/layout.h"

struct dump_input {
	const char *vmcore;         /* its path */
	const struct elfcore *core; /* its headers */
	const struct layout *layout;
	const struct blob *headers; /* of dump.elf */
	enum codec codec;
	FILE *progress; /* NULL: quiet */
};

/*
 * Writes the dump to the new file `path`, around the page cache where that
 * goes, and has it on the disk when it returns; `index` is filled, but for
 * headers_size and free_left_out. 0, or -1 and fail(); index_free() frees in both cases.
 */
int dump_write(const struct dump_input *in, const char *path, struct index *index);

/* An index of a dump that another program wrote, uncompressed, to `path`. 0, or -1 and fail(); index_free() frees. */
int dump_index_of(const char *path, FILE *progress, struct index *index);

#endif
