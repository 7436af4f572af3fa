/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dumpfile.h"

#include <stdio.h>
#include <stdlib.h>

#include "image/compress.h"
#include "image/decompress.h"
#include "base/hash.h"
#include "base/report.h"

static void give_up(void)
{
	fprintf(stderr, "%s\n", fail_text());
	exit(EXIT_FAILURE);
}

struct dumpfile dumpfile_store(const struct blob *elf, uint64_t headers_size, enum codec codec)
{
	struct compressor *c = compressor_new(codec);
	struct dumpfile file = { 0 };

	if (!c || index_new(&file.index, elf->size))
		give_up();
	file.index.codec = codec;
	file.index.headers_size = headers_size;
	file.stored.data = malloc(file.index.count * codec_bound(codec, CHUNK_BYTES));
	for (size_t i = 0; i < file.index.count; i++) {
		struct chunk *chunk = &file.index.chunk[i];
		size_t size;

		if (compress_chunk(c, elf->data + i * CHUNK_BYTES, index_chunk_bytes(&file.index, i),
				   file.stored.data + file.stored.size, &size))
			give_up();
		chunk->offset = file.stored.size;
		chunk->size = (uint32_t)size;
		chunk->hash = hash_of(file.stored.data + file.stored.size, size);
		file.stored.size += size;
	}
	file.index.stored_size = file.stored.size;
	compressor_free(c);
	return file;
}

void dumpfile_free(struct dumpfile *file)
{
	free(file->stored.data);
	index_free(&file->index);
}

struct blob dumpfile_elf(const struct dumpfile *file)
{
	struct decompressor *d = decompressor_new(file->index.codec);
	struct blob elf = { malloc((size_t)file->index.dump_size), (size_t)file->index.dump_size };

	if (!d || !elf.data)
		give_up();
	for (size_t i = 0; i < file->index.count; i++) {
		const struct chunk *chunk = &file->index.chunk[i];
		const unsigned char *stored = file->stored.data + chunk->offset;

		if (chunk->offset + chunk->size > file->stored.size || hash_of(stored, chunk->size) != chunk->hash)
			fail("dump", 0, "chunk %zu is damaged", i);
		else if (!decompress_chunk(d, stored, chunk->size, elf.data + i * CHUNK_BYTES,
					   index_chunk_bytes(&file->index, i)))
			continue;
		give_up();
	}
	decompressor_free(d);
	return elf;
}
