/* The compressing half of codec.h, for ksave. */
#ifndef KH_IMAGE_COMPRESS_H
#define KH_IMAGE_COMPRESS_H

#include "image/codec.h"

/* What one thread needs; NULL and fail() without memory. */
struct compressor;
struct compressor *compressor_new(enum codec codec);
void compressor_free(struct compressor *c);

/* `to` has room for codec_bound(size). *stored is a multiple of 4096 but for CODEC_NONE. 0, or -1 and fail(). */
int compress_chunk(struct compressor *c, const void *from, size_t size, void *to, size_t *stored);

#endif
