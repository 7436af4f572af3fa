/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a dump is compressed. Each chunk (image/index.h) becomes one frame of a standard format (LZ4 frame format; RFC 8878 for
 * Zstandard), so that `lz4 -d` or `zstd -d` turns the whole file back into dump.elf. A skippable frame, which both formats
 * have and their programs pass over, fills each chunk up to whole blocks of the disk, for O_DIRECT.
 */
#ifndef KH_IMAGE_CODEC_H
#define KH_IMAGE_CODEC_H

#include <stddef.h>
#include <stdint.h>

enum codec { CODEC_NONE, CODEC_LZ4, CODEC_ZSTD, CODEC_LAST = CODEC_ZSTD };

/* The codec that is called "none", "lz4" or "zstd". 0, or -1 and fail(). */
int codec_parse(const char *text, enum codec *codec);

/* What it appends to the name of a dump: "", ".lz4", ".zst". */
const char *codec_suffix(enum codec codec);

/* The most bytes that a chunk of `size` bytes becomes, what fills it up to whole blocks included. */
size_t codec_bound(enum codec codec, size_t size);

#endif
