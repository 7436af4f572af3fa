/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stored dump.elf: its chunks, and its index. */
#ifndef KH_DUMPFILE_H
#define KH_DUMPFILE_H

#include "image/index.h"

struct dumpfile {
	struct blob stored;
	struct index index;
};

/* Stores the core `elf`, whose headers take `headers_size` bytes. */
struct dumpfile dumpfile_store(const struct blob *elf, uint64_t headers_size, enum codec codec);
void dumpfile_free(struct dumpfile *file);

/* Reads the stored dump, and verifies every chunk; the caller frees it. */
struct blob dumpfile_elf(const struct dumpfile *file);

#endif
