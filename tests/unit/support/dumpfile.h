/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A dump.elf as it is stored: in chunks, with its index. */
#ifndef KH_DUMPFILE_H
#define KH_DUMPFILE_H

#include "image/index.h"

struct dumpfile {
	struct blob stored;
	struct index index;
};

/* Stores `elf`, whose headers take `headers_size` bytes. */
struct dumpfile dumpfile_store(const struct blob *elf, uint64_t headers_size, enum codec codec);
void dumpfile_free(struct dumpfile *file);

/* The dump.elf that is stored, every chunk verified; the caller frees it. */
struct blob dumpfile_elf(const struct dumpfile *file);

#endif
