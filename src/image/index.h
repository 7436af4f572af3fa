/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump.index. The dump is cut into chunks of CHUNK_BYTES, each of them stored as it is or compressed. The index says where
 * each chunk lies in the stored file and what its checksum is, so that any chunk can be read, verified and restored without
 * the others.
 */
#ifndef KH_IMAGE_INDEX_H
#define KH_IMAGE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/codec.h"
#include "base/io.h"

#define CHUNK_BYTES (1u << 20)

struct chunk {
	uint64_t offset; /* in the stored file, bytes */
	uint64_t hash;   /* XXH3 (64 bits) of the stored bytes */
	uint32_t size;   /* stored bytes */
	uint32_t unused; /* 0 */
};

struct index {
	enum codec codec;
	bool free_left_out;    /* memory in no PT_LOAD was free, so that its content does not matter; otherwise it is zeros */
	uint64_t dump_size;    /* of dump.elf, bytes */
	uint64_t stored_size;  /* of the file that holds it */
	uint64_t headers_size; /* of dump.elf's headers, bytes: the data begins there */
	struct chunk *chunk;
	size_t count;
};

/* An empty index for a dump of `dump_size` bytes. 0, or -1 and fail(); index_free() frees. */
int index_new(struct index *index, uint64_t dump_size);
void index_free(struct index *index);

/* How many bytes of the dump chunk `i` holds: only the last one may hold less than CHUNK_BYTES. */
size_t index_chunk_bytes(const struct index *index, size_t i);

/*
 * Makes the content of dump.index, which the caller frees; and reads it back, with every field checked, into an index that
 * index_free() frees. 0, or -1 and fail().
 */
int index_encode(const struct index *index, struct blob *out);
int index_decode(const struct blob *file, struct index *index);

/*
 * Room for one chunk, aligned to pages, which O_DIRECT wants: for its bytes of the dump, and for what is stored of them, up to a
 * whole page. Where nothing is compressed both are the same.
 */
struct chunk_room {
	unsigned char *raw, *stored;
};

/* 0, or -1 and fail(`step`) without memory; chunk_room_free() frees in both cases. */
int chunk_room_new(const char *step, enum codec codec, struct chunk_room *room);
void chunk_room_free(struct chunk_room *room);

#endif
