/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressing chunks (image/codec.h), for ksave. */
#ifndef KH_IMAGE_COMPRESS_H
#define KH_IMAGE_COMPRESS_H

#include "image/codec.h"

/* What a thread needs for it, and no other thread may use meanwhile. NULL and fail() without memory. */
struct compressor;
struct compressor *compressor_new(enum codec codec);
void compressor_free(struct compressor *c);

/*
 * Compresses `size` bytes into `to`, which has room for codec_bound(size) bytes; *stored is how many it takes, with every
 * codec but CODEC_NONE a multiple of 4096. 0, or -1 and fail().
 */
int compress_chunk(struct compressor *c, const void *from, size_t size, void *to, size_t *stored);

#endif
