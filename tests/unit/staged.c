/* A dump that stays in memory, a file's or one that is filled: its bytes, and, for who may see them (root), its pages' frames. */
#include "staged.h"

#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "pageflags.h"

enum { PAGES = 40, TAIL = 100, SIZE = PAGES * 4096 + TAIL };

static unsigned char content[SIZE];

static int make_file(void)
{
	for (size_t i = 0; i < SIZE; i++)
		content[i] = (unsigned char)(i * 7 + i / 4096 * 13);
	return fixture_fd(content, SIZE);
}

static void locked_bytes(void)
{
	struct staged staged = { 0 };
	int fd = make_file();

	if (CHECK_OK(staged_open(fd, "dump.elf", &staged))) {
		const unsigned char *first = staged_lock(&staged, 0, 3 * 4096), *last = staged_lock(&staged, 3 * 4096, SIZE - 3 * 4096);

		CHECK_EQ(staged.size, SIZE);
		CHECK_EQ(staged.pages, PAGES + 1);
		CHECK(first && !memcmp(first, content, 3 * 4096));
		CHECK(last && !memcmp(last, content + 3 * 4096, SIZE - 3 * 4096));
		CHECK_FAILS(staged_lock(&staged, 0, SIZE + 1) ? 0 : -1, "dump.elf ends before offset");
		CHECK_FAILS(staged_lock(&staged, SIZE, 1) ? 0 : -1, "ends before");
		CHECK_FAILS(staged_lock(&staged, UINT64_MAX, 4096) ? 0 : -1, "ends before");
	}
	staged_free(&staged);
	close(fd);
}

/* Pages of its own are filled part by part, and are found where they are. */
static void filled(void)
{
	struct staged staged = { 0 };

	if (CHECK_OK(staged_new(SIZE, "dump.elf.lz4", &staged))) {
		unsigned char *first = staged_lock(&staged, 0, 3 * 4096), *last = staged_lock(&staged, 3 * 4096, SIZE - 3 * 4096);

		CHECK_EQ(staged.pages, PAGES + 1);
		if (CHECK(first && last && last == first + 3 * 4096)) {
			memcpy(last, content + 3 * 4096, SIZE - 3 * 4096);
			memcpy(first, content, 3 * 4096);
			CHECK(!memcmp(staged_lock(&staged, 0, SIZE), content, SIZE));
		}
		CHECK_FAILS(staged_lock(&staged, 0, SIZE + 1) ? 0 : -1, "dump.elf.lz4 ends before offset");
		if (!staged_find(&staged)) {
			CHECK_EQ(staged.frame[5] * PAGE_BYTES, physical_address(first + 5 * 4096));
			CHECK_OK(staged_check(&staged));
		}
	}
	staged_free(&staged);
	CHECK_FAILS(staged_new(0, "nothing", &staged), "nothing has 0 bytes");
}

static void no_file(void)
{
	struct staged staged = { 0 };
	int fd = fixture_fd("", 0);

	CHECK_FAILS(staged_open(fd, "empty", &staged), "empty has 0 bytes");
	staged_free(&staged);
	close(fd);
	CHECK_FAILS(staged_open(-1, "closed", &staged), "closed (Bad file descriptor)");
}

/* Every page is given another frame than one of the place that it lay in, and keeps its bytes. */
static void frames(void)
{
	struct staged staged = { 0 };
	int fd = make_file();

	if (!CHECK_OK(staged_open(fd, "dump.elf", &staged)) || !CHECK(staged_lock(&staged, 0, SIZE) != NULL))
		return;
	if (staged_find(&staged)) {
		printf("frames are not shown here: %s\n", fail_text());
	} else {
		uint64_t at = staged.frame[7] * PAGE_BYTES;
		struct range place = { at, at + PAGE_BYTES, 0 };
		unsigned char *copy;

		CHECK_OK(staged_check(&staged));
		CHECK_OK(staged_avoid(&staged, &place));
		CHECK(staged.frame[7] != at / PAGE_BYTES);
		CHECK_OK(staged_check(&staged));
		copy = staged_write(&staged, 7, &place);
		CHECK(copy && physical_address(copy) == staged.frame[7] * PAGE_BYTES && !memcmp(copy, content + 7 * 4096, 4096));
		/* The last page is a short one; another content is its copy's alone. */
		copy = staged_write(&staged, PAGES, &place);
		CHECK(copy && !memcmp(copy, content + PAGES * 4096, TAIL) && !copy[TAIL]);
		if (copy)
			copy[0] ^= 1;
		CHECK(!memcmp(staged_lock(&staged, PAGES * 4096, TAIL), content + PAGES * 4096, TAIL));
		CHECK_OK(staged_check(&staged));
		CHECK_FAILS(staged_write(&staged, PAGES + 1, &place) ? 0 : -1, "has no page 41");
		/* As if the kernel had moved one. */
		staged.frame[3]++;
		CHECK_FAILS(staged_check(&staged), "pages have moved");
	}
	staged_free(&staged);
	close(fd);
}

RUN_TESTS(locked_bytes, filled, no_file, frames)
