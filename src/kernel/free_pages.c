/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/free_pages.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/report.h"
#include "base/units.h"
#include "base/words.h"
#include "kernel/kcore.h"
#include "kernel/pageflags.h"

#define KCORE "/proc/kcore"
/* More than wait in the kernel's lists to be freed (a few dozen for each CPU), fewer than anybody notices. */
#define PAGES 1024
/* Each may be disturbed by others, who allocate what was freed. */
#define TRIES 3
/* PAGE_POISON (include/linux/poison.h, Linux 6.12). */
#define POISON 0xaa
#define FILL 0x5d

/* Is the last page_poison= of the command line one that switches it on? What is no clear no (kstrtobool()) is a yes. */
static bool poisons_by_its_command_line(const char *cmdline)
{
	bool poisons = false;
	struct word word;

	while (words_next(&cmdline, &word))
		if (word_named(&word, "page_poison"))
			poisons = !word.value_length || !(strchr("0nNfF", *word.value) ||
							  (word.value_length > 1 && strchr("oO", *word.value) && strchr("fF", word.value[1])));
	return poisons;
}

enum free_pages free_pages_judge(const struct free_pages_seen *seen, const char *cmdline)
{
	if (poisons_by_its_command_line(cmdline) || seen->poison > seen->count / 16)
		return FREE_PAGES_KEPT;
	return seen->count && seen->filled >= seen->count / 4 * 3 ? FREE_PAGES_ANY : FREE_PAGES_ZERO;
}

/* Does the page have nothing but this byte in it? */
static bool is_all(const unsigned char *page, unsigned char byte)
{
	return *page == byte && !memcmp(page, page + 1, PAGE_BYTES - 1);
}

/* Fills pages and frees them; `frame` gets where they were. 0, or -1 and fail(). */
static int free_some(uint32_t frame[PAGES])
{
	unsigned char *pages = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (pages == MAP_FAILED)
		return fail("free pages", 0, "no memory to look at them");
	/* A huge page would be one piece, which may be taken as a whole. */
	(void)madvise(pages, PAGES * PAGE_BYTES, MADV_NOHUGEPAGE);
	memset(pages, FILL, PAGES * PAGE_BYTES);
	ret = physical_frames(pages, PAGES, frame);
	munmap(pages, PAGES * PAGE_BYTES);
	return ret;
}

/* Looks at those of the frames that the direct map has. 0, or -1 and fail(). */
static int look(const struct kcore_memory *memory, const struct kcore *kcore, const uint32_t frame[PAGES], struct free_pages_seen *seen)
{
	unsigned char page[PAGE_BYTES];

	memset(seen, 0, sizeof(*seen));
	for (size_t i = 0; i < PAGES; i++) {
		uint64_t at = frame[i] * PAGE_BYTES;

		if (at >= kcore->direct_map_end)
			continue;
		if (kcore_memory_read(memory, kcore->direct_map + at, page, sizeof(page)))
			return -1;
		seen->count++;
		seen->filled += is_all(page, FILL);
		seen->zero += is_all(page, 0);
		seen->poison += is_all(page, POISON);
	}
	return 0;
}

/* What is seen, at the first time that is clear, or else at the last. If nothing can be seen, nothing was looked at. */
static void try_to_see(const struct kcore_memory *memory, const struct kcore *kcore, struct free_pages_seen *seen)
{
	uint32_t frame[PAGES] = { 0 };

	for (unsigned int i = 0; i < TRIES; i++) {
		if (free_some(frame) || look(memory, kcore, frame, seen)) {
			debug("free pages: %s", fail_text());
			memset(seen, 0, sizeof(*seen));
			return;
		}
		debug("free pages: of %zu, %zu are as they were, %zu zero, %zu poisoned", seen->count, seen->filled, seen->zero, seen->poison);
		if (max_u64(seen->filled, max_u64(seen->zero, seen->poison)) >= seen->count / 4 * 3)
			return;
	}
}

enum free_pages free_pages_expected(const char *cmdline)
{
	struct free_pages_seen seen = { 0 };
	struct kcore_memory memory;
	struct kcore kcore;

	if (kcore_read(KCORE, &kcore) || kcore_memory_open(&memory, KCORE)) {
		debug("free pages: %s", fail_text());
		kcore_free(&kcore);
	} else {
		try_to_see(&memory, &kcore, &seen);
		kcore_memory_close(&memory);
		kcore_free(&kcore);
	}
	return free_pages_judge(&seen, cmdline);
}
