/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "save/zero_scan.h"

#include <elf.h>

#include "kernel/physmem.h"

static bool is_zero(const unsigned char *page)
{
	const uint64_t *word = (const uint64_t *)page;

	/* Most pages have something else in their first words. For the others, eight words a time are as fast as memory is. */
	for (size_t i = 0; i < PAGE_BYTES / sizeof(*word); i += 8)
		if (word[i] | word[i + 1] | word[i + 2] | word[i + 3] | word[i + 4] | word[i + 5] | word[i + 6] | word[i + 7])
			return false;
	return true;
}

static int look_at(struct physmem *mem, const struct core_segment *s, const struct bitmap *kept, struct bitmap *zero,
		   struct backup_pages *backup)
{
	uint64_t last = (s->paddr + s->memsz) / PAGE_BYTES;
	uint64_t page = bitmap_next(kept, s->paddr / PAGE_BYTES, last, true);

	while (page < last) {
		uint64_t end = bitmap_next(kept, page, last, false), size;

		while (page < end) {
			const unsigned char *at = physmem_at(mem, page * PAGE_BYTES, last * PAGE_BYTES, &size);

			if (!at)
				return -1;
			for (; page < end && size; page++, at += PAGE_BYTES, size -= PAGE_BYTES)
				if (zero && is_zero(at))
					bitmap_set(zero, page);
				else
					backup_pages_look(backup, page, at);
		}
		page = bitmap_next(kept, end, last, true);
	}
	return 0;
}

int zero_scan(const char *vmcore, const struct elfcore *core, const struct bitmap *kept, struct bitmap *zero,
	      struct backup_pages *backup)
{
	struct physmem mem;
	int ret = 0;

	if (zero && bitmap_new(zero, kept->bits))
		return -1;
	if (physmem_open(&mem, vmcore, core))
		return -1;
	for (size_t i = 0; i < core->count && !ret; i++)
		if (core->segment[i].type == PT_LOAD)
			ret = look_at(&mem, &core->segment[i], kept, zero, backup);
	physmem_close(&mem);
	return ret;
}
