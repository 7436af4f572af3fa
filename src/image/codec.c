/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/codec.h"

#include <string.h>

#include "base/range.h"
#include "base/report.h"

static const struct {
	const char *name, *suffix;
} kinds[] = {
	[CODEC_NONE] = { "none", "" },
	[CODEC_LZ4] = { "lz4", ".lz4" },
	[CODEC_ZSTD] = { "zstd", ".zst" },
};

int codec_parse(const char *text, enum codec *codec)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(text, kinds[i].name)) {
			*codec = (enum codec)i;
			return 0;
		}
	return fail("options", 0, "no compression is called %.20s", text);
}

const char *codec_suffix(enum codec codec)
{
	return kinds[codec].suffix;
}

size_t codec_bound(enum codec codec, size_t size)
{
	/*
	 * In both formats, what cannot be compressed grows by less than 1/128. One page is for filling up the last one, and another
	 * for a last one of which less is left than the header of a skippable frame takes.
	 */
	return codec == CODEC_NONE ? size : size + size / 128 + 2 * (size_t)PAGE_BYTES;
}
