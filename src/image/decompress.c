/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/decompress.h"

#include <errno.h>
#include <lz4frame.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/report.h"

struct decompressor {
	enum codec codec;
	LZ4F_dctx *lz4;
	ZSTD_DCtx *zstd;
};

struct decompressor *decompressor_new(enum codec codec)
{
	struct decompressor *d = calloc(1, sizeof(*d));
	bool whole = d != NULL;

	if (whole && codec == CODEC_LZ4)
		whole = !LZ4F_isError(LZ4F_createDecompressionContext(&d->lz4, LZ4F_VERSION));
	if (whole && codec == CODEC_ZSTD)
		whole = (d->zstd = ZSTD_createDCtx()) != NULL;
	if (!whole) {
		decompressor_free(d);
		fail("compression", ENOMEM, "start");
		return NULL;
	}
	d->codec = codec;
	return d;
}

void decompressor_free(struct decompressor *d)
{
	if (!d)
		return;
	LZ4F_freeDecompressionContext(d->lz4);
	ZSTD_freeDCtx(d->zstd);
	free(d);
}

static int unlz4(struct decompressor *d, const unsigned char *from, size_t stored, unsigned char *to, size_t size)
{
	size_t in_done = 0, out_done = 0, wanted = 1;

	/* After a damaged chunk the context is in the middle of a frame, which the next chunk must not continue. */
	LZ4F_resetDecompressionContext(d->lz4);
	while (in_done < stored) {
		size_t in = stored - in_done, out = size - out_done;

		wanted = LZ4F_decompress(d->lz4, to + out_done, &out, from + in_done, &in, NULL);
		if (LZ4F_isError(wanted))
			return fail("compression", 0, "lz4: %s", LZ4F_getErrorName(wanted));
		if (!in && !out)
			break;
		in_done += in;
		out_done += out;
	}
	/* LZ4F_decompress() returns 0 only at the end of a frame. */
	if (wanted || in_done != stored || out_done != size)
		return fail("compression", 0, "lz4: %zu of %zu bytes gave %zu of %zu", in_done, stored, out_done, size);
	return 0;
}

int decompress_chunk(struct decompressor *d, const void *from, size_t stored, void *to, size_t size)
{
	size_t n;

	if (d->codec == CODEC_LZ4)
		return unlz4(d, from, stored, to, size);
	if (d->codec == CODEC_NONE) {
		if (stored != size)
			return fail("compression", 0, "%zu bytes, not %zu", stored, size);
		memcpy(to, from, size);
		return 0;
	}
	n = ZSTD_decompressDCtx(d->zstd, to, size, from, stored);
	if (ZSTD_isError(n))
		return fail("compression", 0, "zstd: %s", ZSTD_getErrorName(n));
	return n == size ? 0 : fail("compression", 0, "zstd: %zu bytes, not %zu", n, size);
}
