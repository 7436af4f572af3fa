/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checksum of images: XXH3, 64 bits (libxxhash's header; it finds damage, not forgery). */
#ifndef KH_BASE_HASH_H
#define KH_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash;

#define HASH_TEXT_SIZE 17 /* 16 hex digits and a NUL */

/* Of one piece of memory. */
uint64_t hash_of(const void *data, size_t size);

/* NULL and fail() without memory. The caller ends it with hash_end(). */
struct hash *hash_begin(void);
void hash_add(struct hash *hash, const void *data, size_t size);
/* Frees `hash`; the digest in canonical (big-endian) hex goes into `text`. */
void hash_end(struct hash *hash, char text[HASH_TEXT_SIZE]);

#endif
