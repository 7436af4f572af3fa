/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/compress.h"

#include <errno.h>
#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/range.h"
#include "base/report.h"

/* A skippable frame (lz4_Frame_format.md; RFC 8878, 3.1.2): a magic number, the size of what follows, and that. */
#define SKIPPABLE_MAGIC 0x184D2A50u
#define SKIPPABLE_HEADER 8
/* The fastest: compressing has to be faster than the disk, or it would only cost time. */
#define ZSTD_LEVEL 1

struct compressor {
	enum codec codec;
	ZSTD_CCtx *zstd;
};

struct compressor *compressor_new(enum codec codec)
{
	struct compressor *c = calloc(1, sizeof(*c));

	if (c && codec == CODEC_ZSTD)
		c->zstd = ZSTD_createCCtx();
	if (!c || (codec == CODEC_ZSTD && !c->zstd)) {
		free(c);
		fail("compression", ENOMEM, "start");
		return NULL;
	}
	c->codec = codec;
	return c;
}

void compressor_free(struct compressor *c)
{
	if (!c)
		return;
	ZSTD_freeCCtx(c->zstd);
	free(c);
}

/* Fills the last page behind `size` bytes with a skippable frame, which may take one more page; returns the new size. */
static size_t fill(unsigned char *to, size_t size)
{
	size_t end = size % PAGE_BYTES ? (size_t)page_up(size + SKIPPABLE_HEADER) : size;
	uint32_t header[2] = { SKIPPABLE_MAGIC, (uint32_t)(end - size - SKIPPABLE_HEADER) };

	if (end == size)
		return size;
	memcpy(to + size, header, sizeof(header));
	memset(to + size + sizeof(header), 0, header[1]);
	return end;
}

static int lz4(const void *from, size_t size, void *to, size_t room, size_t *stored)
{
	const LZ4F_preferences_t preferences = { .frameInfo = { .blockSizeID = LZ4F_max1MB, .blockMode = LZ4F_blockIndependent,
								.contentSize = size } };

	*stored = LZ4F_compressFrame(to, room, from, size, &preferences);
	return LZ4F_isError(*stored) ? fail("compression", 0, "lz4: %s", LZ4F_getErrorName(*stored)) : 0;
}

static int zstd(ZSTD_CCtx *context, const void *from, size_t size, void *to, size_t room, size_t *stored)
{
	*stored = ZSTD_compressCCtx(context, to, room, from, size, ZSTD_LEVEL);
	return ZSTD_isError(*stored) ? fail("compression", 0, "zstd: %s", ZSTD_getErrorName(*stored)) : 0;
}

int compress_chunk(struct compressor *c, const void *from, size_t size, void *to, size_t *stored)
{
	/* One page less than there is room for: fill() may need that one. */
	size_t room = codec_bound(c->codec, size) - PAGE_BYTES;

	if (c->codec == CODEC_NONE) {
		memcpy(to, from, size);
		*stored = size;
		return 0;
	}
	if (c->codec == CODEC_LZ4 ? lz4(from, size, to, room, stored) : zstd(c->zstd, from, size, to, room, stored))
		return -1;
	*stored = fill(to, *stored);
	return 0;
}
