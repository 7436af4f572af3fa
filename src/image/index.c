/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/range.h"
#include "base/report.h"

static const char magic[8] = "khindex";

#define VERSION 1
#define FLAG_FREE_LEFT_OUT 1u
/* Enough for 1 TiB of dump. */
#define CHUNKS_MAX (1u << 20)
/* Bytes of ELF headers, which are read as a whole: enough for a million program headers (elfcore.c) and the notes. */
#define HEADERS_MAX (64u << 20)

/* The start of the file. All machines that we run on are little-endian and lay it out like this. */
struct file_header {
	char magic[8];
	uint32_t version, codec, flags, chunk_bytes;
	uint64_t dump_size, stored_size, headers_size, count;
};

static uint64_t chunks_of(uint64_t dump_size)
{
	return dump_size / CHUNK_BYTES + (dump_size % CHUNK_BYTES != 0);
}

int index_new(struct index *index, uint64_t dump_size)
{
	uint64_t count = chunks_of(dump_size);

	*index = (struct index){ .dump_size = dump_size };
	if (!count || count > CHUNKS_MAX)
		return fail("index", 0, "a dump of %llu bytes", (unsigned long long)dump_size);
	index->chunk = calloc((size_t)count, sizeof(*index->chunk));
	if (!index->chunk)
		return fail("index", ENOMEM, "%llu chunks", (unsigned long long)count);
	index->count = (size_t)count;
	return 0;
}

void index_free(struct index *index)
{
	free(index->chunk);
	*index = (struct index){ 0 };
}

size_t index_chunk_bytes(const struct index *index, size_t i)
{
	uint64_t at = (uint64_t)i * CHUNK_BYTES, left = index->dump_size - at;

	return left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
}

int index_encode(const struct index *index, struct blob *out)
{
	struct file_header h = {
		.version = VERSION,
		.codec = index->codec,
		.flags = index->free_left_out ? FLAG_FREE_LEFT_OUT : 0,
		.chunk_bytes = CHUNK_BYTES,
		.dump_size = index->dump_size,
		.stored_size = index->stored_size,
		.headers_size = index->headers_size,
		.count = index->count,
	};
	size_t chunks = index->count * sizeof(*index->chunk);

	memcpy(h.magic, magic, sizeof(magic));
	out->size = sizeof(h) + chunks;
	out->data = malloc(out->size);
	if (!out->data)
		return fail("index", ENOMEM, "%zu bytes", out->size);
	memcpy(out->data, &h, sizeof(h));
	memcpy(out->data + sizeof(h), index->chunk, chunks);
	return 0;
}

static int check_chunks(const struct index *index)
{
	uint64_t end = 0;

	for (size_t i = 0; i < index->count; i++) {
		const struct chunk *c = &index->chunk[i];

		/* The chunks adjoin, so that every byte of the stored file has a checksum. */
		if (c->offset != end || c->unused || !c->size || c->size > codec_bound(index->codec, index_chunk_bytes(index, i)))
			return fail("index", 0, "chunk %zu: %u bytes at %llu", i, c->size, (unsigned long long)c->offset);
		if (index->codec == CODEC_NONE ? c->size != index_chunk_bytes(index, i) : c->size % PAGE_BYTES != 0)
			return fail("index", 0, "chunk %zu: %u bytes", i, c->size);
		end += c->size;
	}
	return end == index->stored_size ? 0 :
		fail("index", 0, "the chunks have %llu bytes, the file %llu", (unsigned long long)end,
		     (unsigned long long)index->stored_size);
}

int index_decode(const struct blob *file, struct index *index)
{
	struct file_header h;

	*index = (struct index){ 0 };
	if (file->size < sizeof(h))
		return fail("index", 0, "%zu bytes: torn", file->size);
	memcpy(&h, file->data, sizeof(h));
	if (memcmp(h.magic, magic, sizeof(magic)) || h.version != VERSION || h.chunk_bytes != CHUNK_BYTES)
		return fail("index", 0, "not one of version %u", VERSION);
	if (h.codec > CODEC_LAST || h.flags & ~FLAG_FREE_LEFT_OUT)
		return fail("index", 0, "codec %u, flags %#x", h.codec, h.flags);
	if (h.count != chunks_of(h.dump_size))
		return fail("index", 0, "%llu chunks for %llu bytes", (unsigned long long)h.count,
			    (unsigned long long)h.dump_size);
	if (h.headers_size > h.dump_size || h.headers_size > HEADERS_MAX || h.headers_size % PAGE_BYTES)
		return fail("index", 0, "headers of %llu bytes", (unsigned long long)h.headers_size);
	/* Checked before memory for that many chunks is allocated. */
	if ((file->size - sizeof(h)) / sizeof(*index->chunk) != h.count || (file->size - sizeof(h)) % sizeof(*index->chunk))
		return fail("index", 0, "%zu bytes for %llu chunks", file->size, (unsigned long long)h.count);
	if (index_new(index, h.dump_size))
		return -1;
	index->codec = (enum codec)h.codec;
	index->free_left_out = h.flags & FLAG_FREE_LEFT_OUT;
	index->stored_size = h.stored_size;
	index->headers_size = h.headers_size;
	memcpy(index->chunk, file->data + sizeof(h), index->count * sizeof(*index->chunk));
	if (!check_chunks(index))
		return 0;
	index_free(index);
	return -1;
}

int chunk_room_new(const char *step, enum codec codec, struct chunk_room *room)
{
	room->raw = aligned_alloc(PAGE_BYTES, CHUNK_BYTES);
	room->stored = codec == CODEC_NONE ? room->raw : aligned_alloc(PAGE_BYTES, (size_t)page_up(codec_bound(codec, CHUNK_BYTES)));
	return room->raw && room->stored ? 0 : fail(step, ENOMEM, "a chunk");
}

void chunk_room_free(struct chunk_room *room)
{
	if (room->stored != room->raw)
		free(room->stored);
	free(room->raw);
}
