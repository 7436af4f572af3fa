/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pinned dump, of a file or one that is filled: its bytes and, where they can be seen (by root), the page frames. */
#include "restore/pinned.h"

#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "kernel/pageflags.h"

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
	struct pinned pinned = { 0 };
	int fd = make_file();

	if (CHECK_OK(pinned_open(fd, "dump.elf", &pinned))) {
		const unsigned char *first = pinned_lock(&pinned, 0, 3 * 4096), *last = pinned_lock(&pinned, 3 * 4096, SIZE - 3 * 4096);

		CHECK_EQ(pinned.size, SIZE);
		CHECK_EQ(pinned.pages, PAGES + 1);
		CHECK(first && !memcmp(first, content, 3 * 4096));
		CHECK(last && !memcmp(last, content + 3 * 4096, SIZE - 3 * 4096));
		CHECK_FAILS(pinned_lock(&pinned, 0, SIZE + 1) ? 0 : -1, "dump.elf ends before offset");
		CHECK_FAILS(pinned_lock(&pinned, SIZE, 1) ? 0 : -1, "ends before");
		CHECK_FAILS(pinned_lock(&pinned, UINT64_MAX, 4096) ? 0 : -1, "ends before");
	}
	pinned_free(&pinned);
	close(fd);
}

/* Memory that is filled part by part has what was put there. */
static void filled(void)
{
	struct pinned pinned = { 0 };

	if (CHECK_OK(pinned_new(SIZE, "dump.elf.lz4", &pinned))) {
		unsigned char *first = pinned_lock(&pinned, 0, 3 * 4096), *last = pinned_lock(&pinned, 3 * 4096, SIZE - 3 * 4096);

		CHECK_EQ(pinned.pages, PAGES + 1);
		if (CHECK(first && last && last == first + 3 * 4096)) {
			memcpy(last, content + 3 * 4096, SIZE - 3 * 4096);
			memcpy(first, content, 3 * 4096);
			CHECK(!memcmp(pinned_lock(&pinned, 0, SIZE), content, SIZE));
		}
		CHECK_FAILS(pinned_lock(&pinned, 0, SIZE + 1) ? 0 : -1, "dump.elf.lz4 ends before offset");
		if (!pinned_find(&pinned)) {
			CHECK_EQ(pinned.frame[5] * PAGE_BYTES, physical_address(first + 5 * 4096));
			CHECK_OK(pinned_check(&pinned));
		}
	}
	pinned_free(&pinned);
	CHECK_FAILS(pinned_new(0, "nothing", &pinned), "nothing has 0 bytes");
}

static void no_file(void)
{
	struct pinned pinned = { 0 };
	int fd = fixture_fd("", 0);

	CHECK_FAILS(pinned_open(fd, "empty", &pinned), "empty has 0 bytes");
	pinned_free(&pinned);
	close(fd);
	CHECK_FAILS(pinned_open(-1, "closed", &pinned), "closed (Bad file descriptor)");
}

/* A page that lies in a place that is to be avoided gets another page frame, and keeps its bytes. */
static void frames(void)
{
	struct pinned pinned = { 0 };
	int fd = make_file();

	if (!CHECK_OK(pinned_open(fd, "dump.elf", &pinned)) || !CHECK(pinned_lock(&pinned, 0, SIZE) != NULL))
		return;
	if (pinned_find(&pinned)) {
		printf("frames are not shown here: %s\n", fail_text());
	} else {
		uint64_t at = pinned.frame[7] * PAGE_BYTES;
		struct range place = { at, at + PAGE_BYTES, 0 };
		unsigned char *copy;

		CHECK_OK(pinned_check(&pinned));
		CHECK_OK(pinned_avoid(&pinned, &place));
		CHECK(pinned.frame[7] != at / PAGE_BYTES);
		CHECK_OK(pinned_check(&pinned));
		copy = pinned_write(&pinned, 7, &place);
		CHECK(copy && physical_address(copy) == pinned.frame[7] * PAGE_BYTES && !memcmp(copy, content + 7 * 4096, 4096));
		/* The last page is not full, and the rest of it is zeros. Writing to a copy does not change what is pinned. */
		copy = pinned_write(&pinned, PAGES, &place);
		CHECK(copy && !memcmp(copy, content + PAGES * 4096, TAIL) && !copy[TAIL]);
		if (copy)
			copy[0] ^= 1;
		CHECK(!memcmp(pinned_lock(&pinned, PAGES * 4096, TAIL), content + PAGES * 4096, TAIL));
		CHECK_OK(pinned_check(&pinned));
		CHECK_FAILS(pinned_write(&pinned, PAGES + 1, &place) ? 0 : -1, "has no page 41");
		/* One page seems to have been moved by the kernel. */
		pinned.frame[3]++;
		CHECK_FAILS(pinned_check(&pinned), "pages have moved");
	}
	pinned_free(&pinned);
	close(fd);
}

RUN_TESTS(locked_bytes, filled, no_file, frames)
