/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the decompression of a chunk. The input: a byte for the codec, one for how many pages have to come out, the frame. */
#include "image/decompress.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct decompressor *decompressor[CODEC_LAST + 1];
	unsigned char *from, *to;
	enum codec codec;
	size_t want;

	if (size < 2)
		return 0;
	codec = (enum codec)(data[0] % (CODEC_LAST + 1));
	want = data[1] * (size_t)1024;
	size -= 2;
	/* A decompressor is kept from one input to the next, as krestore's threads keep theirs from chunk to chunk. */
	if (!decompressor[codec])
		decompressor[codec] = decompressor_new(codec);
	from = malloc(size ? size : 1);
	to = malloc(want ? want : 1);
	PROMISE(decompressor[codec] && from && to);
	memcpy(from, data + 2, size);
	(void)decompress_chunk(decompressor[codec], from, size, to, want);
	free(from);
	free(to);
	return 0;
}
