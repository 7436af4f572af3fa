/* Mapping physical memory a piece at a time; a sparse file stands for /dev/mem. */
#include "physmem.h"

#include <fcntl.h>
#include <unistd.h>

#include "check.h"
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
	if (!CHECK_OK(physmem_open(&mem, path)))
		return;
	for (; at < end; at += size, calls++) {
		unsigned char *to = physmem_at(&mem, at, end, &size);

		if (!CHECK(to != NULL) || !CHECK(size > 0 && size <= end - at))
			return;
		to[0] = 'f';
		to[size - 1] = 'l';
	}
	/* So the last one was cut to what was asked for. */
	CHECK_EQ(at, end);
	CHECK(calls > 1 && calls < 10);
	/* Back to an earlier address, and again within the same piece. */
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

static void no_such_file(void)
{
	struct physmem mem;

	CHECK_FAILS(physmem_open(&mem, "/none/mem"), "open: /none/mem");
}

RUN_TESTS(pieces, no_such_file)
