/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Restoring memory from a made-up dump. A sparse file stands for /dev/mem. */
#include "restore/restore.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "corefile.h"
#include "dumpfile.h"
#include "fixture.h"
#include "base/hash.h"

/* There is RAM on both sides of the window and above 4 GiB, and one range is longer than what is mapped at a time. */
#define RAM "100000-140000,180000-2400000,100000000-100010000"
#define MEMORY_END 0x100010000
#define LEFTOVER 0xee

#define LOAD(at, from, file, memory) \
	{ .type = PT_LOAD, .flags = PF_R | PF_W, .offset = (at), .paddr = (from), .filesz = (file), .memsz = (memory) }
#define VIEW(at, from, file, memory) \
	{ .type = PT_LOAD, .flags = PF_R, .offset = (at), .paddr = (from), .filesz = (file), .memsz = (memory) }

/* They are not in the order of addresses, have gaps of less than a page in the file, and some are not of whole pages. */
static const struct core_segment segments[] = {
	{ .type = PT_NOTE, .offset = 0x400, .filesz = 100 },
	{ .type = PT_LOAD, .offset = 0x1000, .paddr = 0x100000000, .filesz = 0x1000, .memsz = 0x1000 },
	{ .type = PT_LOAD, .offset = 0x2000, .paddr = 0x100000, .filesz = 0x3000, .memsz = 0x5000 },
	{ .type = PT_LOAD, .offset = 0x5000, .paddr = 0x107000, .filesz = 0, .memsz = 0x2000 },
	{ .type = PT_LOAD, .offset = 0x5803, .paddr = 0x110800, .filesz = 0x801, .memsz = 0x2000 },
	{ .type = PT_LOAD, .offset = 0x7000, .paddr = 0x1f00000, .filesz = 0x280000, .memsz = 0x280000 },
	{ .type = PT_LOAD, .offset = 0x287800, .paddr = 0x13f000, .filesz = 0x1000, .memsz = 0x1000 },
	{ .type = PT_LOAD, .offset = 0x289000, .paddr = 0x180000, .filesz = 0x1000, .memsz = 0x1000 },
};

enum { SEGMENTS = sizeof(segments) / sizeof(*segments), TRAILING = 777 };

/* A stored dump.elf, and what hibernate.meta says of it. */
struct image {
	const struct core_segment *segment;
	size_t count;
	struct blob elf;
	struct dumpfile file;
	int fd; /* the stored file, for tests that damage it */
	struct meta meta;
};

static struct image make_image(const struct core_segment *segment, size_t count, size_t trailing, const char *ram,
			       enum codec codec)
{
	uint64_t headers_end = page_up(corefile_header_end(ELFCLASS64, count));
	struct image image = { .segment = segment, .count = count,
			       .elf = corefile_build(ELFCLASS64, EM_X86_64, segment, count, 0) };
	size_t size = image.elf.size > headers_end ? image.elf.size : headers_end;

	image.elf.data = realloc(image.elf.data, size + trailing);
	image.elf.size = size + trailing;
	/* No two pages are alike, and no byte is zero. */
	for (size_t at = corefile_header_end(ELFCLASS64, count); at < image.elf.size; at++)
		image.elf.data[at] = (unsigned char)(1 + (at * 7 + at / 4096 * 13) % 250);
	image.file = dumpfile_store(&image.elf, headers_end, codec);
	image.fd = fixture_fd(image.file.stored.data, image.file.stored.size);
	image.meta.dump_size = image.file.stored.size;
	image.meta.ram = fixture_ranges(ram);
	return image;
}

static struct image usual_image(enum codec codec)
{
	return make_image(segments, SEGMENTS, TRAILING, RAM, codec);
}

static void free_image(struct image *image)
{
	free(image->elf.data);
	dumpfile_free(&image->file);
	close(image->fd);
	ranges_free(&image->meta.ram);
}

/* Memory full of what firmware and C have left there: a file, which is filled anew each time. */
static int make_memory(char path[512])
{
	static const struct range used[] = { { 0, 0x2401000, 0 }, { 0xffff0000, MEMORY_END, 0 } };
	static const char *root;
	unsigned char *leftover = malloc(MIB(1));
	int fd;

	if (!root)
		root = fixture_root();
	memset(leftover, LEFTOVER, MIB(1));
	snprintf(path, 512, "%s/mem", root);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	for (size_t i = 0; i < 2; i++)
		for (uint64_t at = used[i].start; at < used[i].end; at += MIB(1)) {
			uint64_t size = used[i].end - at < MIB(1) ? used[i].end - at : MIB(1);

			if (pwrite(fd, leftover, size, (off_t)at) != (ssize_t)size)
				abort();
		}
	free(leftover);
	return fd;
}

static int restore(const struct image *image, const char *memory)
{
	struct elfcore core;
	const struct restore_input in = { .fd = image->fd, .name = "dump.elf", .memory = memory, .core = &core,
					  .index = &image->file.index, .meta = &image->meta };
	int ret;

	if (restore_headers(in.fd, in.name, in.index, &core))
		return -1;
	ret = restore_check(&core, in.meta, in.index->dump_size, EM_X86_64);
	if (!ret)
		ret = restore_memory(&in);
	elfcore_free(&core);
	return ret;
}

/* How many bytes of [start, end) are wrong. They should be what the image says, and `rest` where it says nothing. */
static size_t count_wrong(int mem, const struct image *image, uint64_t start, uint64_t end, int rest)
{
	size_t size = (size_t)(end - start), wrong = 0;
	unsigned char *want = malloc(size), *got = malloc(size);

	memset(want, rest, size);
	for (size_t i = 0; i < image->count; i++) {
		const struct core_segment *s = &image->segment[i];

		if (s->type != PT_LOAD || s->paddr < start || s->paddr >= end)
			continue;
		memset(want + (s->paddr - start), 0, s->memsz);
		memcpy(want + (s->paddr - start), image->elf.data + s->offset, s->filesz);
	}
	if (pread(mem, got, size, (off_t)start) != (ssize_t)size)
		abort();
	for (size_t i = 0; i < size; i++)
		wrong += want[i] != got[i];
	free(want);
	free(got);
	return wrong;
}

/* Checks that A's RAM is what the image says, and that all other memory is as it was. */
static void check_memory(int mem, const struct image *image)
{
	const struct ranges *ram = &image->meta.ram;
	struct ranges others = fixture_ranges("0-2401000,ffff0000-100010000");

	for (size_t i = 0; i < ram->count; i++) {
		CHECK_EQ(count_wrong(mem, image, ram->item[i].start, ram->item[i].end,
				     image->file.index.free_left_out ? LEFTOVER : 0), 0);
		CHECK_OK(ranges_cut(&others, ram->item[i].start, ram->item[i].end));
	}
	for (size_t i = 0; i < others.count; i++)
		CHECK_EQ(count_wrong(mem, image, others.item[i].start, others.item[i].end, LEFTOVER), 0);
	ranges_free(&others);
}

/* Restores the image and checks memory; frees the image. */
static void check_restored(struct image image, bool free_left_out)
{
	char path[512];
	int mem = make_memory(path);

	image.file.index.free_left_out = free_left_out;
	if (CHECK_OK(restore(&image, path)))
		check_memory(mem, &image);
	close(mem);
	free_image(&image);
}

static void pages_come_back(void)
{
	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++) {
		check_restored(usual_image(codec), false);
		check_restored(usual_image(codec), true);
	}
}

/* Views, which show debuggers the window and low memory, are not restored. */
static void views_are_not_restored(void)
{
	static const struct core_segment views[] = {
		VIEW(0x2000, 0x140000, 0x3000, 0x5000), VIEW(0x7000, 0x17f000, 0x1000, 0x1000), VIEW(0x1000, 0x1000, 0x1000, 0x1000),
	};
	struct core_segment all[SEGMENTS + 3];
	struct image image;

	memcpy(all, segments, sizeof(segments));
	memcpy(all + SEGMENTS, views, sizeof(views));
	image = make_image(all, SEGMENTS + 3, TRAILING, RAM, CODEC_NONE);
	image.meta.window = (struct range){ 0x140000, 0x180000, 0 };
	image.count = SEGMENTS;
	check_restored(image, false);
}

/* Segments that end or begin with a chunk, a byte before its end, or a byte behind its start. */
static void segments_at_chunk_borders(void)
{
	static const struct core_segment borders[] = {
		LOAD(0x1000, 0x180000, CHUNK_BYTES - 0x1000 + 1, CHUNK_BYTES),
		LOAD(CHUNK_BYTES + 1, 0x300000, CHUNK_BYTES - 2, CHUNK_BYTES),
		LOAD(2 * CHUNK_BYTES - 1, 0x400123, 1, 1), LOAD(2 * CHUNK_BYTES, 0x400124, 5, 6),
		LOAD(2 * CHUNK_BYTES + 5, 0x500000, CHUNK_BYTES - 5, CHUNK_BYTES - 5),
	};

	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++)
		check_restored(make_image(borders, sizeof(borders) / sizeof(*borders), 0, RAM, codec), true);
}

/* There are more program headers than fit into one chunk; each segment has 32 bytes of data and 32 of zeros. */
static void headers_of_several_chunks(void)
{
	enum { COUNT = 40000, LINE = 64 };
	struct core_segment *many = calloc(COUNT, sizeof(*many));
	uint64_t offset = page_up(corefile_header_end(ELFCLASS64, COUNT));

	CHECK(offset > 2 * CHUNK_BYTES);
	for (size_t i = 0; i < COUNT; i++, offset += LINE / 2)
		many[i] = (struct core_segment){ .type = PT_LOAD, .offset = offset, .paddr = 0x180000 + i * LINE,
						 .filesz = LINE / 2, .memsz = LINE };
	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++)
		check_restored(make_image(many, COUNT, 0, RAM, codec), codec == CODEC_LZ4);
	free(many);
}

static void flip(const struct image *image, uint64_t bit)
{
	unsigned char byte;

	if (pread(image->fd, &byte, 1, (off_t)(bit / 8)) != 1)
		abort();
	byte ^= (unsigned char)(1 << bit % 8);
	if (pwrite(image->fd, &byte, 1, (off_t)(bit / 8)) != 1)
		abort();
}

static void check_damaged(const struct image *image, const char *memory, uint64_t bit)
{
	flip(image, bit);
	if (!CHECK_FAILS(restore(image, memory), "dump.elf is damaged"))
		printf("  codec %d, bit %" PRIu64 "\n", image->file.index.codec, bit);
	flip(image, bit);
}

/* A single changed bit is found wherever it is: in a page, the headers, the notes, the padding, a chunk's filling, or behind all segments. */
static void damage_is_found(void)
{
	static const size_t places[] = { 0, 0x20, 0x410, 0x500, 0x1000, 0x4fff, 0x5100, 0x6003, 0x100000, 0x289fff, 0x28a001 };
	char path[512];
	int mem = make_memory(path);

	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++) {
		struct image image = usual_image(codec);
		uint64_t bits = image.file.stored.size * 8;

		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
			if (places[i] * 8 < bits)
				check_damaged(&image, path, places[i] * 8 + 4);
		for (size_t i = 0; i < image.file.index.count; i++) {
			const struct chunk *chunk = &image.file.index.chunk[i];

			check_damaged(&image, path, chunk->offset * 8);
			check_damaged(&image, path, (chunk->offset + chunk->size) * 8 - 1);
		}
		for (int i = 0; i < 40; i++) {
			uint64_t bit = (uint64_t)lrand48() % bits;

			check_damaged(&image, path, bit);
			/* Without a memory the dump is only verified. */
			check_damaged(&image, NULL, bit);
		}
		CHECK_OK(restore(&image, path));
		CHECK_OK(restore(&image, NULL));
		free_image(&image);
	}
	close(mem);
}

/* The index belongs to another dump. */
static void other_checksums(void)
{
	struct image image = usual_image(CODEC_LZ4);
	char path[512];
	int mem = make_memory(path);

	for (size_t i = 0; i < image.file.index.count; i++) {
		image.file.index.chunk[i].hash ^= 1;
		CHECK_FAILS(restore(&image, path), "dump.elf is damaged");
		image.file.index.chunk[i].hash ^= 1;
	}
	close(mem);
	free_image(&image);
}

/* The checksum is right, but what it belongs to is no compressed frame. */
static void no_frame(void)
{
	for (enum codec codec = CODEC_LZ4; codec <= CODEC_LAST; codec++) {
		struct image image = usual_image(codec);
		struct chunk *last = &image.file.index.chunk[image.file.index.count - 1];
		unsigned char *stored = image.file.stored.data + last->offset;
		char path[512];
		int mem = make_memory(path);

		memset(stored, 'x', last->size);
		last->hash = hash_of(stored, last->size);
		CHECK_OK(pwrite_exact(image.fd, stored, last->size, last->offset, "dump.elf"));
		CHECK_FAILS(restore(&image, path), "compression:");
		close(mem);
		free_image(&image);
	}
}

/* The file has become shorter since its size was looked at. */
static void early_end(void)
{
	char path[512];
	int mem = make_memory(path);

	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++) {
		struct image image = usual_image(codec);
		const struct chunk *last = &image.file.index.chunk[2];
		const uint64_t sizes[] = { 0, 1, 0x1800, last->offset - 1, last->offset, last->offset + 0x800,
					   last->offset + last->size - 1 };

		CHECK_EQ(image.file.index.count, 3);
		for (size_t i = sizeof(sizes) / sizeof(*sizes); i--;) {
			CHECK_EQ(ftruncate(image.fd, (off_t)sizes[i]), 0);
			CHECK_FAILS(restore(&image, path), "dump.elf ends inside the chunk");
		}
		free_image(&image);
	}
	close(mem);
}

/* Two ranges of RAM lie side by side, with data on both sides of the border. */
static void neighbours_in_ram(void)
{
	static const struct core_segment two[] = { LOAD(0x1000, 0x13f000, 0x1000, 0x1000), LOAD(0x2000, 0x140000, 0x1000, 0x1000) };

	check_restored(make_image(two, 2, 0, "100000-140000:1,140000-180000:2", CODEC_NONE), false);
}

static void no_memory(void)
{
	struct image image = usual_image(CODEC_NONE);

	CHECK_FAILS(restore(&image, "/none/mem"), "open: /none/mem");
	free_image(&image);
}

/* An image without a page: all of RAM becomes zeros, or, if free pages were left out, nothing is changed. */
static void empty_image(void)
{
	static const struct core_segment one = { .type = PT_LOAD, .paddr = 0x100000, .memsz = 0x1000 };

	check_restored(make_image(&one, 1, 0, "100000-102000,200000-201000", CODEC_NONE), false);
	check_restored(make_image(&one, 1, 0, "100000-102000,200000-201000", CODEC_NONE), true);
}

/* The program headers need more bytes than the headers are said to have. */
static void headers_cut_short(void)
{
	struct image image = usual_image(CODEC_NONE);
	struct elfcore core;

	image.file.index.headers_size = 0;
	CHECK_FAILS(restore_headers(image.fd, "dump.elf", &image.file.index, &core), "ends before");
	image.file.index.headers_size = 0x100;
	CHECK_FAILS(restore_headers(image.fd, "dump.elf", &image.file.index, &core), "ends before");
	image.file.index.headers_size = 0x1000;
	/* The last segment ends behind the end of the dump. */
	image.file.index.dump_size = 0x28a000 - 1;
	CHECK_FAILS(restore_headers(image.fd, "dump.elf", &image.file.index, &core), "torn");
	free_image(&image);
}

/* Calls restore_check() for a dump with `trailing` bytes behind the last segment. */
static int check_with(const struct core_segment *given, size_t count, unsigned int machine, uint64_t trailing)
{
	struct core_segment copy[8];
	struct elfcore core = { copy, count, EM_X86_64, 0x200 };
	struct meta meta = { .ram = fixture_ranges(RAM), .window = { 0x140000, 0x180000, 0 } };
	uint64_t dump_size = 0;
	int ret;

	memcpy(copy, given, count * sizeof(*given));
	for (size_t i = 0; i < count; i++)
		if (copy[i].offset + copy[i].filesz > dump_size)
			dump_size = copy[i].offset + copy[i].filesz;
	ret = restore_check(&core, &meta, dump_size + trailing, machine);
	for (size_t i = 1; i < core.count && !ret; i++)
		CHECK(copy[i - 1].offset <= copy[i].offset);
	for (size_t i = 0; i < core.count && !ret; i++)
		CHECK(copy[i].type == PT_NOTE || ranges_contain(&meta.ram, copy[i].paddr, copy[i].paddr + copy[i].memsz));
	ranges_free(&meta.ram);
	return ret;
}

static int check(const struct core_segment *given, size_t count, unsigned int machine)
{
	return check_with(given, count, machine, 0);
}

static void check_accepts(void)
{
	static const struct core_segment unsorted[] = {
		LOAD(0x3000, 0x100000, 0x1000, 0x1000), LOAD(0x1000, 0x102000, 0x1000, 0x2000),
		LOAD(0x2000, 0x180000, 0x1000, 0x1000), LOAD(0x2000, 0x101000, 0, 0x1000),
	};
	static const struct core_segment edges[] = {
		LOAD(0x200, 0x100000, 0x40000, 0x40000), LOAD(0x40200, 0x180000, 1, 0x2280000),
		LOAD(0x40201, 0x100000000, 0x10000, 0x10000),
	};

	/* Views may show the window and low memory any number of times. A segment that is A's RAM may be read-only, too. */
	static const struct core_segment views[] = {
		VIEW(0x1000, 0x140000, 0x1000, 0x1000), LOAD(0x1000, 0x100000, 0x3000, 0x3000), VIEW(0x1800, 0x17f000, 0x1000, 0x1000),
		VIEW(0x2000, 0x1000, 0x1000, 0xff000), VIEW(0x4000, 0x180000, 0x1000, 0x1000),
	};

	CHECK_OK(check(segments, SEGMENTS, EM_X86_64));
	CHECK_OK(check(unsorted, 4, EM_X86_64));
	CHECK_OK(check(edges, 3, EM_X86_64));
	CHECK_OK(check(views, 5, EM_X86_64));
}

static void check_refuses(void)
{
	static const struct {
		struct core_segment segment[2];
		const char *says;
	} cases[] = {
		{ { LOAD(0x1000, 0x100000, 0x1000, 0x1000), LOAD(0x2000, 0x100000, 0x1000, 0x1000) }, "overlaps" },
		{ { LOAD(0x1000, 0x100000, 0x1000, 0x2000), LOAD(0x2000, 0x101000, 0x1000, 0x1000) }, "overlaps" },
		{ { LOAD(0x1000, 0x100000, 0, 0x2000), LOAD(0x1000, 0x101fff, 1, 1) }, "overlaps" },
		{ { LOAD(0x1000, 0x100000, 0x1000, 0x1000), LOAD(0x1fff, 0x110000, 0x1000, 0x1000) }, "in the file" },
		{ { LOAD(0x1000, 0x100000, 0x4000, 0x4000), LOAD(0x2000, 0x110000, 0x1000, 0x1000) }, "in the file" },
		{ { LOAD(0x1ff, 0x100000, 0x1000, 0x1000), LOAD(0x3000, 0x110000, 0x1000, 0x1000) }, "in the file" },
		{ { LOAD(0x1000, 0xff000, 0x1000, 0x1000), LOAD(0x3000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { LOAD(0x1000, 0x13f000, 0x2000, 0x2000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { LOAD(0x1000, 0x140000, 0x1000, 0x1000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { LOAD(0x1000, 0x17f000, 0x1000, 0x2000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { LOAD(0x1000, 0x100000, 0x1000, 0x100000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { LOAD(0x1000, 0x2400000, 0x1000, 0x1000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { LOAD(0x1000, 0x10000f000, 0x1000, 0x1001), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { VIEW(0x1000, 0x13f000, 0x1000, 0x2000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { VIEW(0x1000, 0x17f000, 0x1000, 0x2000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { VIEW(0x1000, 0xff000, 0x1000, 0x2000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { VIEW(0x1000, 0x2400000, 0x1000, 0x1000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { VIEW(0x1000, 0x100000, 0x1000, 0x1000), LOAD(0x2000, 0x100000, 0x1000, 0x1000) }, "overlaps" },
		{ { VIEW(0x1000, 0x140000, 0x1000, 0x1000), VIEW(0x1000, 0x1000, 0x1000, 0x1000) }, "no segments" },
		{ { LOAD(0x1000, 0, 0x1000, 0x1000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { LOAD(0x1000, 0, 0, UINT64_MAX), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_FAILS(check(cases[i].segment, 2, EM_X86_64), cases[i].says);
	CHECK_FAILS(check(segments, SEGMENTS, EM_386), "ELF machine 62, this appliance of 3");
	CHECK_FAILS(check(segments, 0, EM_X86_64), "no segments");
}

/* If the header of a segment is missing, its bytes belong to no segment, which is refused. */
static void bytes_without_a_segment(void)
{
	static const struct core_segment two[] = {
		LOAD(0x11ff, 0x100000, 0x1000, 0x1000), LOAD(0x31fe, 0x110000, 0x1000, 0x1000),
	};
	struct core_segment moved[2];

	CHECK_OK(check_with(two, 2, EM_X86_64, 0xfff));
	CHECK_FAILS(check_with(two, 2, EM_X86_64, 0x1000), "belongs to no segment");
	memcpy(moved, two, sizeof(two));
	moved[1].offset++;
	CHECK_FAILS(check(moved, 2, EM_X86_64), "4096 bytes before offset 12799 belong to no segment");
	memcpy(moved, two, sizeof(two));
	moved[0].offset++;
	CHECK_FAILS(check(moved, 2, EM_X86_64), "4096 bytes before offset 4608 belong to no segment");
}

RUN_TESTS(pages_come_back, views_are_not_restored, segments_at_chunk_borders, headers_of_several_chunks, damage_is_found, other_checksums, no_frame,
	  early_end, neighbours_in_ram, no_memory, empty_image, headers_cut_short, check_accepts, check_refuses, bytes_without_a_segment)
