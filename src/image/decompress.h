/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decompressing chunks (image/codec.h), for krestore. */
#ifndef KH_IMAGE_DECOMPRESS_H
#define KH_IMAGE_DECOMPRESS_H

#include "image/codec.h"

/* What a thread needs for it, and no other thread may use meanwhile. NULL and fail() without memory. */
struct decompressor;
struct decompressor *decompressor_new(enum codec codec);
void decompressor_free(struct decompressor *d);

/* Decompresses `stored` bytes into `to`, which have to become exactly `size` bytes. 0, or -1 and fail(). */
int decompress_chunk(struct decompressor *d, const void *from, size_t stored, void *to, size_t size);

#endif
