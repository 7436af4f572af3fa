/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical memory, a piece at a time. A sparse file stands for /dev/mem, and a made-up core for /proc/vmcore. */
#include "kernel/physmem.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "corefile.h"
#include "fixture.h"

#define FILE_SIZE MIB(100)

static void pieces(void)
{
	const char *root = fixture_root();
	uint64_t size, end = MIB(90) + 0x123, at = MIB(1) + 0x10, calls = 0;
	struct physmem mem;
	char path[512], byte;
	int fd;

	fixture_text(root, "mem", "");
	snprintf(path, sizeof(path), "%s/mem", root);
	CHECK_EQ(truncate(path, FILE_SIZE), 0);
	if (!CHECK_OK(physmem_open(&mem, path, NULL)))
		return;
	for (; at < end; at += size, calls++) {
		unsigned char *to = physmem_at(&mem, at, end, &size);

		if (!CHECK(to != NULL) || !CHECK(size > 0 && size <= end - at))
			return;
		to[0] = 'f';
		to[size - 1] = 'l';
	}
	/* The last piece has ended where it was asked to. */
	CHECK_EQ(at, end);
	/* Memory was mapped neither all at once, nor page by page. */
	CHECK(calls > 1 && calls < 30);
	/* An earlier address can be asked for again, and then one in the same piece. */
	CHECK(physmem_at(&mem, MIB(1) + 0x10, end, &size) != NULL);
	*(unsigned char *)physmem_at(&mem, MIB(1) + 0x5000, MIB(1) + 0x5001, &size) = 'm';
	CHECK_EQ(size, 1);
	physmem_close(&mem);
	fd = open(path, O_RDONLY);
	CHECK(pread(fd, &byte, 1, MIB(1) + 0x10) == 1 && byte == 'f');
	CHECK(pread(fd, &byte, 1, (off_t)end - 1) == 1 && byte == 'l');
	CHECK(pread(fd, &byte, 1, (off_t)end) == 1 && byte == 0);
	CHECK(pread(fd, &byte, 1, MIB(1) + 0x5000) == 1 && byte == 'm');
	close(fd);
}

/* The segments are not in the order of addresses, and the second is longer than a piece. The addresses of a PT_NOTE do not count. */
static const struct core_segment segments[] = {
	{ .type = PT_NOTE, .offset = 0x400, .paddr = 0x200000, .filesz = 0x100, .memsz = 0x100 },
	{ .type = PT_LOAD, .offset = 0x1000, .paddr = 0x300000, .filesz = 0x2000, .memsz = 0x2000 },
	{ .type = PT_LOAD, .offset = 0x3000, .paddr = 0x400000, .filesz = 0x900000, .memsz = 0x901000 },
	{ .type = PT_LOAD, .offset = 0x903000, .paddr = 0x200000, .filesz = 0x1000, .memsz = 0x1000 },
};

enum { SEGMENTS = sizeof(segments) / sizeof(*segments) };

/* Reads the memory of segment `s` from byte `skip` on, and compares it with the file. */
static void check_segment(struct physmem *mem, const struct core_segment *s, uint64_t skip, const struct blob *file)
{
	uint64_t size;

	for (; skip < s->filesz; skip += size) {
		const void *at = physmem_at(mem, s->paddr + skip, UINT64_MAX / 2, &size);

		/* A piece never goes on behind the segment, where the file has memory of other addresses. */
		if (!CHECK(at != NULL) || !CHECK(size > 0 && size <= s->filesz - skip) ||
		    !CHECK(!memcmp(at, file->data + s->offset + skip, (size_t)size)))
			return;
	}
	CHECK_EQ(skip, s->filesz);
}

static void through_a_core(void)
{
	static const uint64_t nowhere[] = { 0, 0x1fffff, 0x201000, 0x2fffff, 0x302000, 0xd00000, 1ULL << 40 };
	struct blob file = corefile_build(ELFCLASS64, EM_X86_64, segments, SEGMENTS, 0);
	struct elfcore core = { .segment = (struct core_segment *)segments, .count = SEGMENTS };
	const char *root = fixture_root();
	struct physmem mem;
	char path[512];
	uint64_t size;

	for (size_t at = 0x1000; at < file.size; at++)
		file.data[at] = (unsigned char)(at * 7 + at / PAGE_BYTES);
	fixture_write(root, "vmcore", file.data, file.size);
	snprintf(path, sizeof(path), "%s/vmcore", root);
	/* Like /proc/vmcore, the file cannot be written. */
	CHECK_EQ(chmod(path, 0400), 0);
	if (CHECK_OK(physmem_open(&mem, path, &core))) {
		for (size_t i = 1; i < SEGMENTS; i++)
			check_segment(&mem, &segments[i], 0, &file);
		check_segment(&mem, &segments[2], 0x8ff123, &file);
		check_segment(&mem, &segments[1], 0x17ff, &file);
		for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
			check_forget_failure();
			CHECK(!physmem_at(&mem, nowhere[i], UINT64_MAX / 2, &size));
			CHECK(strstr(fail_text(), "vmcore: nothing at physical address"));
		}
		/* The range that was asked for ends before the segment. */
		CHECK(physmem_at(&mem, 0x400010, 0x400020, &size) && size == 0x10);
		physmem_close(&mem);
	}
	free(file.data);
}

static void no_such_file(void)
{
	struct elfcore core = { 0 };
	struct physmem mem;

	CHECK_FAILS(physmem_open(&mem, "/none/vmcore", &core), "open: /none/vmcore");
	CHECK_FAILS(physmem_open(&mem, "/none/mem", NULL), "open: /none/mem");
}

RUN_TESTS(pieces, through_a_core, no_such_file)
