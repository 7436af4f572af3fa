/*
 * Compression of chunks into standard frames (LZ4 frame format, RFC 8878 for
 * Zstandard), one for each chunk: lz4 -d or zstd -d turn the file that holds
 * them back into dump.elf. A skippable frame, which both formats have, fills
 * each chunk up to whole blocks of the disk.
 */
#ifndef KH_IMAGE_CODEC_H
#define KH_IMAGE_CODEC_H

#include <stddef.h>
#include <stdint.h>

enum codec { CODEC_NONE, CODEC_LZ4, CODEC_ZSTD, CODEC_LAST = CODEC_ZSTD };

/* "none", "lz4", "zstd". 0, or -1 and fail(). */
int codec_parse(const char *text, enum codec *codec);

/* What is appended to a file's name: "", ".lz4", ".zst". */
const char *codec_suffix(enum codec codec);

/* The most that `size` bytes may become, filling included. */
size_t codec_bound(enum codec codec, size_t size);

#endif
