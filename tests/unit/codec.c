/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compression of chunks: what is compressed comes out again, and damaged input fails without harm. */
#include "image/codec.h"

#include <unistd.h>

#include "check.h"
#include "image/compress.h"
#include "content.h"
#include "image/decompress.h"
#include "fixture.h"
#include "image/index.h"
#include "base/range.h"

/* The byte around every buffer, by which writes outside of it show; the libraries are not built with the sanitizers. */
#define GUARD 0x9d
#define GUARD_SIZE 4096

static struct compressor *packer[CODEC_LAST + 1];
static struct decompressor *unpacker[CODEC_LAST + 1];

static void names(void)
{
	enum codec codec = CODEC_LAST;

	CHECK_OK(codec_parse("none", &codec));
	CHECK_EQ(codec, CODEC_NONE);
	CHECK_OK(codec_parse("lz4", &codec));
	CHECK_EQ(codec, CODEC_LZ4);
	CHECK_OK(codec_parse("zstd", &codec));
	CHECK_EQ(codec, CODEC_ZSTD);
	CHECK_FAILS(codec_parse("", &codec), "no compression is called");
	CHECK_FAILS(codec_parse("LZ4", &codec), "no compression is called LZ4");
	CHECK_FAILS(codec_parse("zstd ", &codec), "no compression is called zstd");
	CHECK_EQ(codec, CODEC_ZSTD);
	CHECK_STR(codec_suffix(CODEC_NONE), "");
	CHECK_STR(codec_suffix(CODEC_LZ4), ".lz4");
	CHECK_STR(codec_suffix(CODEC_ZSTD), ".zst");
}

/* A new buffer of `size` bytes with guards on both sides. */
static unsigned char *guarded_new(size_t size)
{
	unsigned char *all = malloc(size + 2 * GUARD_SIZE);

	memset(all, GUARD, size + 2 * GUARD_SIZE);
	return all + GUARD_SIZE;
}

/* Are both guards as they were? Frees the buffer. */
static bool guarded_end(unsigned char *buffer, size_t size)
{
	unsigned char *all = buffer - GUARD_SIZE, guard[GUARD_SIZE];
	bool whole;

	memset(guard, GUARD, GUARD_SIZE);
	whole = !memcmp(all, guard, GUARD_SIZE) && !memcmp(buffer + size, guard, GUARD_SIZE);
	free(all);
	return whole;
}

/* Decompresses into a buffer of exactly `size` bytes; *right says whether they are those of `want`. */
static int unpack(enum codec codec, const struct blob *packed, const unsigned char *want, size_t size, bool *right)
{
	unsigned char *to = guarded_new(size);
	int ret = decompress_chunk(unpacker[codec], packed->data, packed->size, to, size);

	*right = !memcmp(to, want, size);
	CHECK(guarded_end(to, size));
	return ret;
}

/* Compresses; the caller frees the result. */
static struct blob pack(enum codec codec, const void *from, size_t size)
{
	size_t bound = codec_bound(codec, size);
	unsigned char *to = guarded_new(bound);
	struct blob packed = { 0 };

	if (CHECK_OK(compress_chunk(packer[codec], from, size, to, &packed.size)) && CHECK(packed.size <= bound))
		packed = fixture_blob(to, packed.size);
	CHECK(guarded_end(to, bound));
	return packed;
}

static void check_round_trip(enum codec codec, enum content content, size_t size)
{
	unsigned char *from = malloc(size);
	struct blob packed;
	bool right;

	content_fill(from, size, content);
	packed = pack(codec, from, size);
	if (codec == CODEC_NONE)
		CHECK_EQ(packed.size, size);
	else
		CHECK_EQ(packed.size % PAGE_BYTES, 0);
	if (codec != CODEC_NONE && content != CONTENT_RANDOM)
		CHECK(packed.size <= page_up(size / 2 + 200));
	if (!CHECK_OK(unpack(codec, &packed, from, size, &right)) || !CHECK(right))
		printf("  codec %d, content %d, %zu bytes\n", codec, content, size);
	free(packed.data);
	free(from);
}

static void round_trips(void)
{
	/* With some of the sizes around 4096 the headers, or the frame that fills up the page, end close to a page's end. */
	static const size_t sizes[] = { 1, 2, 15, 16, 4000, 4096, 65536, 65537, 0x3000, CHUNK_BYTES - 4096, CHUNK_BYTES };

	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++)
		for (enum content content = CONTENT_ZERO; content <= CONTENT_LAST; content++)
			for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
				check_round_trip(codec, content, sizes[i]);
}

/* Frames whose last page has each possible length, and so each length of what fills it up. */
static void every_filling(void)
{
	for (enum codec codec = CODEC_LZ4; codec <= CODEC_LAST; codec++)
		for (size_t size = 4040; size < 4110; size++)
			check_round_trip(codec, CONTENT_RANDOM, size);
}

/* A frame of two pages, so that bytes of the second can be missing that are none of the filling. */
#define SAMPLE 8000

static struct blob sample(enum codec codec, unsigned char from[SAMPLE])
{
	content_fill(from, SAMPLE / 2, CONTENT_RANDOM);
	content_fill(from + SAMPLE / 2, SAMPLE - SAMPLE / 2, CONTENT_TEXT);
	return pack(codec, from, SAMPLE);
}

/* A frame fails that was cut where its bytes are. If only filling is missing, all bytes come out. */
static void truncated(void)
{
	unsigned char from[SAMPLE];

	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++) {
		struct blob packed = sample(codec, from);
		size_t whole = packed.size;
		bool right;

		for (packed.size = 0; packed.size < whole; packed.size++)
			if (!unpack(codec, &packed, from, SAMPLE, &right))
				CHECK(right);
		for (packed.size = 0; packed.size < SAMPLE / 2; packed.size++)
			CHECK_FAILS(unpack(codec, &packed, from, SAMPLE, &right), "compression:");
		/* After a failure the same decompressor is good for the next chunk. */
		packed.size = whole;
		CHECK_OK(unpack(codec, &packed, from, SAMPLE, &right));
		CHECK(right);
		free(packed.data);
	}
}

static void wrong_size(void)
{
	unsigned char from[SAMPLE + 1] = { 0 };

	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++) {
		struct blob packed = sample(codec, from);
		bool right;

		CHECK_FAILS(unpack(codec, &packed, from, SAMPLE - 1, &right), "compression:");
		CHECK_FAILS(unpack(codec, &packed, from, SAMPLE + 1, &right), "compression:");
		CHECK_FAILS(unpack(codec, &packed, from, 1, &right), "compression:");
		free(packed.data);
	}
}

/* A damaged frame does no harm. That it is damaged is for the index's checksum to find. */
static void corrupted(void)
{
	unsigned char from[SAMPLE];

	for (enum codec codec = CODEC_LZ4; codec <= CODEC_LAST; codec++) {
		struct blob packed = sample(codec, from);
		size_t bits = packed.size * 8, failed = 0;
		bool right;

		for (size_t bit = 0; bit < bits; bit += bit < 800 ? 1 : 61) {
			unsigned char flip = (unsigned char)(1 << bit % 8);

			packed.data[bit / 8] ^= flip;
			failed += unpack(codec, &packed, from, SAMPLE, &right) != 0;
			packed.data[bit / 8] ^= flip;
			/* These bits are the magic number's. */
			if (bit < 32)
				CHECK_EQ(failed, bit + 1);
		}
		for (int i = 0; i < 200; i++) {
			content_fill(packed.data + 32, packed.size - 32, CONTENT_RANDOM);
			if (!unpack(codec, &packed, from, SAMPLE, &right))
				CHECK(!right);
		}
		CHECK_FAILS(unpack(codec, &packed, from, SAMPLE, &right), "compression:");
		free(packed.data);
	}
}

/* The programs lz4 and zstd decompress what we have compressed. */
static void standard_programs(void)
{
	static const char *const program[] = { [CODEC_LZ4] = "lz4", [CODEC_ZSTD] = "zstd" };
	static const size_t sizes[] = { CHUNK_BYTES, CHUNK_BYTES, 0x5000 };
	struct blob plain = { malloc(3 * CHUNK_BYTES), 0 }, got;
	const char *root = fixture_root();
	char command[2048], path[512];

	for (size_t i = 0; i < 3; i++) {
		content_fill(plain.data + plain.size, sizes[i], i == 0 ? CONTENT_RANDOM : CONTENT_TEXT);
		plain.size += sizes[i];
	}
	snprintf(path, sizeof(path), "%s/plain", root);
	for (enum codec codec = CODEC_LZ4; codec <= CODEC_LAST; codec++) {
		struct blob all = { malloc(4 * CHUNK_BYTES), 0 };
		size_t at = 0;

		for (size_t i = 0; i < 3; at += sizes[i++]) {
			struct blob packed = pack(codec, plain.data + at, sizes[i]);

			memcpy(all.data + all.size, packed.data, packed.size);
			all.size += packed.size;
			free(packed.data);
		}
		fixture_write(root, "packed", all.data, all.size);
		free(all.data);
		snprintf(command, sizeof(command), "! command -v %s >%s || %s -d -c <%s/packed >%s", program[codec], path,
			 program[codec], root, path);
		CHECK_EQ(system(command), 0);
		/* The program is not installed, so there is nothing to compare. */
		if (!CHECK_OK(read_file(path, 4 * CHUNK_BYTES, &got)))
			continue;
		if (got.size)
			CHECK(got.size == plain.size && !memcmp(got.data, plain.data, plain.size));
		free(got.data);
	}
	free(plain.data);
}

static void begin(void)
{
	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++) {
		packer[codec] = compressor_new(codec);
		unpacker[codec] = decompressor_new(codec);
		CHECK(packer[codec] && unpacker[codec]);
	}
}

static void end(void)
{
	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++) {
		compressor_free(packer[codec]);
		decompressor_free(unpacker[codec]);
	}
	compressor_free(NULL);
	decompressor_free(NULL);
}

RUN_TESTS(begin, names, round_trips, every_filling, truncated, wrong_size, corrupted, standard_programs, end)
