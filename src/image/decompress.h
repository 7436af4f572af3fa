/* The decompressing half of codec.h, for krestore. */
#ifndef KH_IMAGE_DECOMPRESS_H
#define KH_IMAGE_DECOMPRESS_H

#include "image/codec.h"

/* What one thread needs; NULL and fail() without memory. */
struct decompressor;
struct decompressor *decompressor_new(enum codec codec);
void decompressor_free(struct decompressor *d);

/* Exactly `size` bytes have to come out. 0, or -1 and fail(). */
int decompress_chunk(struct decompressor *d, const void *from, size_t stored, void *to, size_t size);

#endif
