/* Putting memory back from a made-up dump; a sparse file stands for /dev/mem. */
#include "restore.h"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "corefile.h"
#include "fixture.h"
#include "hash.h"

/* RAM on both sides of the window, across a 32 MiB piece, and above 4 GiB. */
#define RAM "100000-140000,180000-2400000,100000000-100010000"
#define WINDOW_START 0x140000
#define WINDOW_END 0x180000
#define MEMORY_END 0x100010000
#define LEFTOVER 0xee

/* Not in the order of addresses, with gaps of less than a page in the file, and not all of whole pages. */
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

struct image {
	struct blob dump;
	struct meta meta;
};

static void digest(struct image *image)
{
	struct hash *hash = hash_begin();

	hash_add(hash, image->dump.data, image->dump.size);
	hash_end(hash, image->meta.dump_sum);
}

static struct image make_image(void)
{
	struct blob core = corefile_build(ELFCLASS64, EM_X86_64, segments, SEGMENTS, 0);
	struct image image = { .dump = { malloc(core.size + TRAILING), core.size + TRAILING } };

	memcpy(image.dump.data, core.data, core.size);
	free(core.data);
	/* No two pages alike, and no zeros. */
	for (size_t at = corefile_header_end(ELFCLASS64, SEGMENTS); at < image.dump.size; at++)
		image.dump.data[at] = (unsigned char)(1 + (at * 7 + at / 4096 * 13) % 250);
	image.meta.dump_size = image.dump.size;
	image.meta.window = (struct range){ WINDOW_START, WINDOW_END, 0 };
	image.meta.ram = fixture_ranges(RAM);
	digest(&image);
	return image;
}

static void free_image(struct image *image)
{
	free(image->dump.data);
	ranges_free(&image->meta.ram);
}

/* Memory as firmware and C leave it. */
static int make_memory(char path[512])
{
	static const struct range used[] = { { 0, 0x2401000, 0 }, { 0xffff0000, MEMORY_END, 0 } };
	const char *root = fixture_root();
	unsigned char *leftover = malloc(MIB(1));
	int fd;

	memset(leftover, LEFTOVER, MIB(1));
	snprintf(path, 512, "%s/mem", root);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	for (size_t i = 0; i < 2; i++)
		for (uint64_t at = used[i].start; at < used[i].end; at += MIB(1)) {
			uint64_t size = used[i].end - at < MIB(1) ? used[i].end - at : MIB(1);

			if (pwrite(fd, leftover, size, (off_t)at) != (ssize_t)size)
				abort();
		}
	free(leftover);
	return fd;
}

static int restore(const struct image *image, const char *mem_path)
{
	int fd = fixture_fd(image->dump.data, image->dump.size), ret = -1;
	struct elfcore core;
	struct physmem mem;

	if (!elfcore_read(fd, "dump.elf", image->meta.dump_size, &core)) {
		if (!restore_check(&core, &image->meta, EM_X86_64) && !physmem_open(&mem, mem_path)) {
			ret = restore_memory(fd, "dump.elf", &core, &image->meta, &mem, NULL);
			physmem_close(&mem);
		}
		elfcore_free(&core);
	}
	close(fd);
	return ret;
}

/* How many bytes of [start, end) are not what they should be: the image's, 0 elsewhere in RAM. */
static size_t count_wrong(int mem, const struct image *image, uint64_t start, uint64_t end, bool is_ram)
{
	size_t size = (size_t)(end - start), wrong = 0;
	unsigned char *want = malloc(size), *got = malloc(size);

	memset(want, is_ram ? 0 : LEFTOVER, size);
	for (size_t i = 0; i < SEGMENTS; i++) {
		const struct core_segment *s = &segments[i];

		if (s->type == PT_LOAD && s->paddr >= start && s->paddr < end)
			memcpy(want + (s->paddr - start), image->dump.data + s->offset, s->filesz);
	}
	if (pread(mem, got, size, (off_t)start) != (ssize_t)size)
		abort();
	for (size_t i = 0; i < size; i++)
		wrong += want[i] != got[i];
	free(want);
	free(got);
	return wrong;
}

static void pages_come_back(void)
{
	struct image image = make_image();
	char path[512];
	int mem = make_memory(path);

	if (CHECK_OK(restore(&image, path))) {
		for (size_t i = 0; i < image.meta.ram.count; i++)
			CHECK_EQ(count_wrong(mem, &image, image.meta.ram.item[i].start, image.meta.ram.item[i].end, true), 0);
		CHECK_EQ(count_wrong(mem, &image, 0, 0x100000, false), 0);
		CHECK_EQ(count_wrong(mem, &image, WINDOW_START, WINDOW_END, false), 0);
		CHECK_EQ(count_wrong(mem, &image, 0x2400000, 0x2401000, false), 0);
		CHECK_EQ(count_wrong(mem, &image, 0xffff0000, 0x100000000, false), 0);
	}
	close(mem);
	free_image(&image);
}

/* One changed bit anywhere: in a page, the headers' notes, the padding, or after the last segment. */
static void damage_is_found(void)
{
	static const size_t places[] = { 0x410, 0x500, 0x1000, 0x4fff, 0x5100, 0x6003, 0x100000, 0x289fff, 0x28a001 };
	struct image image = make_image();
	char path[512];
	int mem = make_memory(path);

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		image.dump.data[places[i]] ^= 0x10;
		CHECK_FAILS(restore(&image, path), "dump.elf is damaged");
		image.dump.data[places[i]] ^= 0x10;
	}
	image.dump.data[image.dump.size - 1] ^= 1;
	CHECK_FAILS(restore(&image, path), "dump.elf is damaged");
	image.dump.data[image.dump.size - 1] ^= 1;
	image.meta.dump_sum[15] ^= 1;
	CHECK_FAILS(restore(&image, path), "dump.elf is damaged");
	image.meta.dump_sum[15] ^= 1;
	CHECK_OK(restore(&image, path));
	close(mem);
	free_image(&image);
}

/* The file got shorter after its size was looked at. */
static void early_end(void)
{
	static const size_t sizes[] = { 0x1800, 0x9000, 0x289800 };
	struct image image = make_image();
	size_t whole = image.dump.size;
	char path[512];
	int mem = make_memory(path);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		image.dump.size = sizes[i];
		CHECK_FAILS(restore(&image, path), "early");
	}
	image.dump.size = whole - 1;
	CHECK_FAILS(restore(&image, path), "early");
	close(mem);
	free_image(&image);
}

/* With no page in the image all of RAM is zeros. */
static void empty_image(void)
{
	static const struct core_segment one = { .type = PT_LOAD, .paddr = 0x100000, .memsz = 0x1000 };
	struct image image = { .dump = corefile_build(ELFCLASS64, EM_X86_64, &one, 1, 0) };
	unsigned char page[4096], zeros[4096] = { 0 };
	char path[512];
	int mem = make_memory(path);

	image.meta.dump_size = image.dump.size;
	image.meta.ram = fixture_ranges("100000-102000,200000-201000");
	digest(&image);
	CHECK_OK(restore(&image, path));
	CHECK(pread(mem, page, 4096, 0x101000) == 4096 && !memcmp(page, zeros, 4096));
	CHECK(pread(mem, page, 4096, 0x200000) == 4096 && !memcmp(page, zeros, 4096));
	CHECK(pread(mem, page, 4096, 0x102000) == 4096 && page[0] == LEFTOVER);
	close(mem);
	free_image(&image);
}

/* restore_check() in a file that has `trailing` bytes after the last segment. */
static int check_with(const struct core_segment *given, size_t count, unsigned int machine, uint64_t trailing)
{
	struct core_segment copy[8];
	struct elfcore core = { copy, count, EM_X86_64, 0x200 };
	struct meta meta = { .window = { WINDOW_START, WINDOW_END, 0 }, .ram = fixture_ranges(RAM) };
	int ret;

	memcpy(copy, given, count * sizeof(*given));
	for (size_t i = 0; i < count; i++)
		if (copy[i].offset + copy[i].filesz > meta.dump_size)
			meta.dump_size = copy[i].offset + copy[i].filesz;
	meta.dump_size += trailing;
	ret = restore_check(&core, &meta, machine);
	for (size_t i = 1; i < count && !ret; i++)
		CHECK(copy[i - 1].offset <= copy[i].offset);
	ranges_free(&meta.ram);
	return ret;
}

static int check(const struct core_segment *given, size_t count, unsigned int machine)
{
	return check_with(given, count, machine, 0);
}

#define LOAD(at, from, file, memory) \
	{ .type = PT_LOAD, .offset = (at), .paddr = (from), .filesz = (file), .memsz = (memory) }

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

	CHECK_OK(check(segments, SEGMENTS, EM_X86_64));
	CHECK_OK(check(unsorted, 4, EM_X86_64));
	CHECK_OK(check(edges, 3, EM_X86_64));
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
		{ { LOAD(0x1000, 0, 0x1000, 0x1000), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
		{ { LOAD(0x1000, 0, 0, UINT64_MAX), LOAD(0x4000, 0x110000, 0x1000, 0x1000) }, "not RAM" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_FAILS(check(cases[i].segment, 2, EM_X86_64), cases[i].says);
	CHECK_FAILS(check(segments, SEGMENTS, EM_386), "ELF machine 62, this appliance of 3");
}

/* A segment whose header got lost leaves its bytes without an owner. */
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

RUN_TESTS(pages_come_back, damage_is_found, early_end, empty_image, check_accepts, check_refuses,
	  bytes_without_a_segment)
