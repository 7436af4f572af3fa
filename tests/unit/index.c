/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dump.index: what was written is read again, and a wrong one is refused. */
#include "image/index.h"

#include "check.h"
#include "fixture.h"
#include "base/range.h"

/* Three chunks, the last one short. */
#define DUMP_SIZE (2 * CHUNK_BYTES + 0x3000)
#define COUNT 3

/* Where the fields lie: those of index.c's struct file_header, and then of each struct chunk. */
enum {
	MAGIC = 0, VERSION = 8, CODEC = 12, FLAGS = 16, CHUNK_SIZE = 20, DUMP = 24, STORED = 32, HEADERS = 40,
	CHUNKS = 48, FIRST = 56, CHUNK_FIELDS = 24
};
enum { OFFSET = 0, SIZE = 16 };

static struct index make(enum codec codec)
{
	struct index index;

	if (index_new(&index, DUMP_SIZE))
		abort();
	index.codec = codec;
	index.headers_size = 0x2000;
	for (size_t i = 0; i < COUNT; i++) {
		index.chunk[i] = (struct chunk){
			.offset = index.stored_size,
			.hash = 0x0123456789abcdef * (i + 1),
			.size = (uint32_t)(codec == CODEC_NONE ? index_chunk_bytes(&index, i) : 0x1000 * (i + 1)),
		};
		index.stored_size += index.chunk[i].size;
	}
	return index;
}

static struct blob encoded(enum codec codec)
{
	struct index index = make(codec);
	struct blob file;

	if (index_encode(&index, &file))
		abort();
	index_free(&index);
	return file;
}

static void sizes(void)
{
	struct index index;

	CHECK_FAILS(index_new(&index, 0), "a dump of 0 bytes");
	CHECK_FAILS(index_new(&index, (1ULL << 40) + 1), "a dump of");
	CHECK_FAILS(index_new(&index, UINT64_MAX), "a dump of");
	if (CHECK_OK(index_new(&index, 1))) {
		CHECK_EQ(index.count, 1);
		CHECK_EQ(index_chunk_bytes(&index, 0), 1);
	}
	index_free(&index);
	CHECK(!index.chunk && !index.count);
	if (CHECK_OK(index_new(&index, 2 * CHUNK_BYTES))) {
		CHECK_EQ(index.count, 2);
		CHECK_EQ(index_chunk_bytes(&index, 1), CHUNK_BYTES);
	}
	index_free(&index);
	if (CHECK_OK(index_new(&index, DUMP_SIZE))) {
		CHECK_EQ(index.count, COUNT);
		CHECK_EQ(index_chunk_bytes(&index, 0), CHUNK_BYTES);
		CHECK_EQ(index_chunk_bytes(&index, 2), 0x3000);
	}
	index_free(&index);
	if (CHECK_OK(index_new(&index, 1ULL << 40)))
		CHECK_EQ(index.count, 1 << 20);
	index_free(&index);
}

static void round_trip(void)
{
	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++)
		for (int left_out = 0; left_out < 2; left_out++) {
			struct index index = make(codec), got;
			struct blob file;

			index.free_left_out = left_out;
			if (CHECK_OK(index_encode(&index, &file)) && CHECK_OK(index_decode(&file, &got))) {
				CHECK_EQ(got.codec, codec);
				CHECK_EQ(got.free_left_out, left_out);
				CHECK_EQ(got.dump_size, DUMP_SIZE);
				CHECK_EQ(got.stored_size, index.stored_size);
				CHECK_EQ(got.headers_size, 0x2000);
				CHECK_EQ(got.count, COUNT);
				CHECK(!memcmp(got.chunk, index.chunk, COUNT * sizeof(*got.chunk)));
				index_free(&got);
			}
			index_free(&index);
			free(file.data);
		}
}

/* The file is refused; it is freed. */
static void check_refused(struct blob file, int line)
{
	struct index index;

	check_forget_failure();
	check_failure(index_decode(&file, &index), "index:", __FILE__, line, "index_decode");
	/* After a refusal there is nothing to be freed. */
	check_true(!index.chunk, __FILE__, line, "!index.chunk");
	free(file.data);
}

#define CHECK_REFUSED(file) check_refused(file, __LINE__)

/* The file with one field, of 4 or 8 bytes, replaced. */
static struct blob changed(enum codec codec, size_t at, uint64_t value, size_t size)
{
	struct blob file = encoded(codec);

	memcpy(file.data + at, &value, size);
	return file;
}

static void bad_headers(void)
{
	static const struct {
		size_t at;
		uint64_t value;
		size_t size;
	} cases[] = {
		{ VERSION, 0, 4 }, { VERSION, 2, 4 },
		{ CODEC, CODEC_LAST + 1, 4 }, { CODEC, UINT32_MAX, 4 },
		{ FLAGS, 2, 4 }, { FLAGS, 0x80000001, 4 },
		{ CHUNK_SIZE, 0, 4 }, { CHUNK_SIZE, CHUNK_BYTES / 2, 4 }, { CHUNK_SIZE, CHUNK_BYTES + 1, 4 },
		{ DUMP, 0, 8 }, { DUMP, 2 * CHUNK_BYTES, 8 }, { DUMP, 3 * CHUNK_BYTES + 1, 8 }, { DUMP, UINT64_MAX, 8 },
		{ STORED, 0, 8 }, { STORED, DUMP_SIZE - 1, 8 }, { STORED, DUMP_SIZE + 1, 8 }, { STORED, UINT64_MAX, 8 },
		{ HEADERS, 0x1fff, 8 }, { HEADERS, 0x2001, 8 }, { HEADERS, DUMP_SIZE + PAGE_BYTES, 8 },
		{ HEADERS, UINT64_MAX - 0xfff, 8 }, { HEADERS, (64 << 20) + PAGE_BYTES, 8 },
		{ CHUNKS, 0, 8 }, { CHUNKS, COUNT - 1, 8 }, { CHUNKS, COUNT + 1, 8 }, { CHUNKS, (1ULL << 32) + COUNT, 8 },
		{ CHUNKS, UINT64_MAX, 8 },
	};

	for (size_t i = 0; i < 8; i++)
		CHECK_REFUSED(changed(CODEC_NONE, MAGIC + i / 4 * 4, 0x78787878, 4));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK_REFUSED(changed(CODEC_NONE, cases[i].at, cases[i].value, cases[i].size));
		CHECK_REFUSED(changed(CODEC_ZSTD, cases[i].at, cases[i].value, cases[i].size));
	}
	/* The count fits the size, but there may not be so many chunks. */
	CHECK_REFUSED(changed(CODEC_NONE, DUMP, ((1ULL << 20) + 1) * CHUNK_BYTES, 8));
}

/* Headers may not be too large, since they are read as a whole. */
static void large_headers(void)
{
	struct index index, got;

	if (!CHECK_OK(index_new(&index, 100ULL * CHUNK_BYTES)))
		return;
	for (size_t i = 0; i < index.count; i++)
		index.chunk[i] = (struct chunk){ .offset = i * (uint64_t)CHUNK_BYTES, .size = CHUNK_BYTES };
	index.stored_size = index.dump_size;
	for (uint64_t more = 0; more <= PAGE_BYTES; more += PAGE_BYTES) {
		struct blob file;

		index.headers_size = MIB(64) + more;
		if (!CHECK_OK(index_encode(&index, &file)))
			break;
		if (more) {
			CHECK_REFUSED(file);
			continue;
		}
		if (CHECK_OK(index_decode(&file, &got)))
			index_free(&got);
		free(file.data);
	}
	index_free(&index);
}

static void bad_chunks(void)
{
	for (size_t i = 0; i < COUNT; i++) {
		size_t at = FIRST + i * CHUNK_FIELDS;
		struct index plain = make(CODEC_NONE), packed = make(CODEC_LZ4);

		/* A gap between chunks, an overlap, and an offset that would wrap around. */
		CHECK_REFUSED(changed(CODEC_NONE, at + OFFSET, plain.chunk[i].offset + 1, 8));
		CHECK_REFUSED(changed(CODEC_LZ4, at + OFFSET, packed.chunk[i].offset + 0x1000, 8));
		CHECK_REFUSED(changed(CODEC_LZ4, at + OFFSET, packed.chunk[i].offset - 0x1000, 8));
		CHECK_REFUSED(changed(CODEC_LZ4, at + OFFSET, UINT64_MAX, 8));
		CHECK_REFUSED(changed(CODEC_NONE, at + SIZE, 0, 4));
		CHECK_REFUSED(changed(CODEC_NONE, at + SIZE, plain.chunk[i].size + 1, 4));
		CHECK_REFUSED(changed(CODEC_LZ4, at + SIZE, 0, 4));
		CHECK_REFUSED(changed(CODEC_LZ4, at + SIZE, packed.chunk[i].size + 0x1000, 4));
		CHECK_REFUSED(changed(CODEC_LZ4, at + SIZE, UINT32_MAX, 4));
		index_free(&plain);
		index_free(&packed);
	}
}

/* A dump of one chunk, behind which nothing has to fit. */
static void chunk_larger_than_it_can_get(void)
{
	size_t most = codec_bound(CODEC_LZ4, CHUNK_BYTES);
	struct index index, got;
	struct blob file;

	if (!CHECK_OK(index_new(&index, CHUNK_BYTES)))
		return;
	index.codec = CODEC_LZ4;
	for (size_t more = 0; more < 2; more++) {
		index.chunk[0].size = (uint32_t)(most + more);
		index.stored_size = most + more;
		if (!CHECK_OK(index_encode(&index, &file)))
			break;
		if (more) {
			CHECK_REFUSED(file);
			continue;
		}
		if (CHECK_OK(index_decode(&file, &got)))
			index_free(&got);
		free(file.data);
	}
	index_free(&index);
}

/* In the index of a plain dump any changed bit is found, but for those of the checksums, the codec and the flag: others confirm it. */
static void any_bit_changed(void)
{
	static const struct {
		size_t at, size;
	} fields[] = { { MAGIC, 8 }, { VERSION, 4 }, { CHUNK_SIZE, 4 }, { DUMP, 8 }, { STORED, 8 }, { CHUNKS, 8 },
		       { FIRST + OFFSET, 8 }, { FIRST + SIZE, 4 }, { FIRST + CHUNK_FIELDS + OFFSET, 8 },
		       { FIRST + CHUNK_FIELDS + SIZE, 4 }, { FIRST + 2 * CHUNK_FIELDS + OFFSET, 8 },
		       { FIRST + 2 * CHUNK_FIELDS + SIZE, 4 } };

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		for (size_t bit = 0; bit < fields[i].size * 8; bit++) {
			struct blob file = encoded(CODEC_NONE);

			file.data[fields[i].at + bit / 8] ^= (unsigned char)(1 << bit % 8);
			CHECK_REFUSED(file);
		}
}

static void truncated(void)
{
	struct blob whole = encoded(CODEC_NONE);

	CHECK_EQ(whole.size, FIRST + COUNT * CHUNK_FIELDS);
	for (size_t size = 0; size < whole.size; size++)
		CHECK_REFUSED(fixture_blob(whole.data, size));
	whole.data = realloc(whole.data, whole.size + CHUNK_FIELDS);
	memset(whole.data + whole.size, 0, CHUNK_FIELDS);
	CHECK_REFUSED(fixture_blob(whole.data, whole.size + 1));
	CHECK_REFUSED(fixture_blob(whole.data, whole.size + CHUNK_FIELDS));
	free(whole.data);
}

RUN_TESTS(sizes, round_trip, bad_headers, large_headers, bad_chunks, chunk_larger_than_it_can_get, any_bit_changed, truncated)
