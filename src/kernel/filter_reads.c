/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/filter_reads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/io.h"
#include "base/keyvalue.h"
#include "base/number.h"
#include "base/report.h"
#include "elf/elfcore.h"

#define PAGE_SHIFT 12
/* Page table entry bits (Intel SDM volume 3, 4.5). */
#define PRESENT 1u
#define LARGE 0x80u
#define ENTRIES 512
#define INDEX_BITS 9
/* The highest level at which an entry can be a page: 1 GiB. */
#define LARGE_LEVEL 3

/* arch/x86/include/asm/sparsemem.h (Linux 6.12); kernels before 5.10 do not say it. */
#define USUAL_SECTION_BITS 27
#define SECTION_PRESENT 1u
/* A section's mem_map begins with a page; the bits below are flags. */
#define MAP_FLAGS (PAGE_BYTES - 1)

/* A kernel for 4 PiB (52 address bits) has so many. */
#define ROOTS_MAX (1u << 19)
/*
 * How many entries of tables are looked at, and pages noted, so that damaged tables do not make it run for hours: of 32 TiB of RAM, if
 * all of its mem_map is in pages of 4 KiB.
 */
#define WORK_MAX (1ULL << 27)

struct reader {
	int fd;
	const char *path;
	struct elfcore core;
	struct blob vmcoreinfo;
	struct arch_page_tables tables;
	struct bitmap *pages;
	uint64_t work_left;
	/* What copy() fills. */
	unsigned char *to;
	size_t copied;
};

/* 0; 1 when the core does not have it; -1 and fail(). */
static int read_physical(const struct reader *r, uint64_t address, void *to, size_t size)
{
	const struct core_segment *s = elfcore_at_paddr(&r->core, address, size);

	return s ? pread_exact(r->fd, to, size, s->offset + (address - s->paddr), r->path) : 1;
}

static void mark(struct reader *r, uint64_t address, uint64_t size)
{
	uint64_t frame = address / PAGE_BYTES, end = min_u64((address + size - 1) / PAGE_BYTES + 1, r->pages->bits);

	for (; frame < end && r->work_left; frame++, r->work_left--)
		bitmap_set(r->pages, frame);
}

/* Is shown a piece of physical memory. As read_physical(). */
typedef int (*visit)(struct reader *r, uint64_t address, uint64_t size);

static int only_mark(struct reader *r, uint64_t address, uint64_t size)
{
	mark(r, address, size);
	return 0;
}

static int copy(struct reader *r, uint64_t address, uint64_t size)
{
	int ret;

	mark(r, address, size);
	ret = read_physical(r, address, r->to + r->copied, (size_t)size);
	if (!ret)
		r->copied += (size_t)size;
	return ret;
}

/*
 * Shows `visit` where the virtual addresses `from` to `last` lie, as the table at `table` of level `level` says, in their order. Tables
 * that the core does not have, and what is not mapped, are passed over. 0, or what `visit` returned.
 */
static int walk(struct reader *r, uint64_t table, unsigned int level, uint64_t from, uint64_t last, visit visit)
{
	unsigned int shift = PAGE_SHIFT + INDEX_BITS * (level - 1);
	uint64_t entry[ENTRIES], size = 1ULL << shift;
	int ret;

	mark(r, table, PAGE_BYTES);
	if (r->work_left < ENTRIES)
		return fail("page tables", 0, "there are too many");
	r->work_left -= ENTRIES;
	ret = read_physical(r, table, entry, sizeof(entry));
	if (ret)
		return ret < 0 ? -1 : 0;
	for (;;) {
		uint64_t stop = min_u64(from | (size - 1), last), e = entry[from >> shift & (ENTRIES - 1)];
		uint64_t address = e & r->tables.address;

		if (!(e & PRESENT))
			ret = 0;
		else if (level == 1 || (level <= LARGE_LEVEL && e & LARGE))
			ret = visit(r, (address & ~(size - 1)) + (from & (size - 1)), stop - from + 1);
		else
			ret = walk(r, address, level - 1, from, stop, visit);
		if (ret || stop == last)
			return ret;
		from = stop + 1;
	}
}

static int walk_all(struct reader *r, uint64_t from, uint64_t size, visit visit)
{
	return walk(r, r->tables.top, r->tables.levels, from, from + size - 1, visit);
}

/* Reads kernel memory, and marks what it lies in. 0; 1 when the core does not have all of it; -1 and fail(). */
static int read_virtual(struct reader *r, uint64_t from, void *to, size_t size)
{
	int ret;

	r->to = to;
	r->copied = 0;
	ret = walk_all(r, from, size, copy);
	r->to = NULL;
	return ret ? ret : r->copied != size;
}

/* A number of VMCOREINFO that has to lie between `least` and `most`; without `usual` it has to be there. 0, or -1 and fail(). */
static int number(const struct reader *r, const char *key, int base, uint64_t least, uint64_t most, const uint64_t *usual, uint64_t *out)
{
	char value[32];

	if (usual && keyvalue_get(&r->vmcoreinfo, key, value, sizeof(value)) == KEYVALUE_MISSING) {
		*out = *usual;
		return 0;
	}
	if (keyvalue_get(&r->vmcoreinfo, key, value, sizeof(value)) || number_parse(value, base, out) || *out < least || *out > most)
		return fail("VMCOREINFO", 0, "%s is missing, or makes no sense", key);
	return 0;
}

/* Virtual addresses of a kernel are in the upper half; the last page is left out, so that nothing wraps around. */
#define KERNEL_HALF (1ULL << 63)
#define KERNEL_LAST (UINT64_MAX - PAGE_BYTES)

/* How A's kernel describes its memory. */
struct sections {
	uint64_t roots, root_count;           /* the array of pointers */
	uint64_t entry_size, map_at, in_root; /* of struct mem_section: its size, where section_mem_map is in it, how many a root has */
	uint64_t map_size;                    /* of the mem_map of a section */
	struct range run;                     /* mem_maps that lie one behind another, not walked yet; virtual addresses */
};

static int read_layout(const struct reader *r, struct sections *s)
{
	static const uint64_t usual_bits = USUAL_SECTION_BITS;
	uint64_t bits, page;

	if (number(r, "SYMBOL(mem_section)", 16, KERNEL_HALF, KERNEL_LAST, NULL, &s->roots) ||
	    number(r, "LENGTH(mem_section)", 10, 1, ROOTS_MAX, NULL, &s->root_count) ||
	    number(r, "SIZE(mem_section)", 10, 8, PAGE_BYTES, NULL, &s->entry_size) ||
	    number(r, "OFFSET(mem_section.section_mem_map)", 10, 0, s->entry_size - 8, NULL, &s->map_at) ||
	    number(r, "NUMBER(SECTION_SIZE_BITS)", 10, PAGE_SHIFT, 40, &usual_bits, &bits) ||
	    number(r, "SIZE(page)", 10, 8, PAGE_BYTES, NULL, &page))
		return -1;
	s->in_root = PAGE_BYTES / s->entry_size;
	s->map_size = (page << bits) / PAGE_BYTES;
	return s->roots > KERNEL_LAST - s->root_count * 8 ? fail("VMCOREINFO", 0, "mem_section wraps around") : 0;
}

static int walk_run(struct reader *r, struct sections *s)
{
	int ret = s->run.start < s->run.end ? walk_all(r, s->run.start, s->run.end - s->run.start, only_mark) : 0;

	s->run = (struct range){ 0 };
	return ret;
}

/* The sections of one root, of which the first has the number `first`. */
static int read_root(struct reader *r, struct sections *s, uint64_t root, uint64_t first)
{
	unsigned char entries[PAGE_BYTES];
	int ret;

	if (root < KERNEL_HALF || root > KERNEL_LAST - sizeof(entries))
		return 0;
	ret = read_virtual(r, root, entries, (size_t)(s->in_root * s->entry_size));
	if (ret)
		return ret < 0 ? -1 : 0;
	for (uint64_t i = 0; i < s->in_root; i++) {
		uint64_t map, start;

		memcpy(&map, entries + i * s->entry_size + s->map_at, sizeof(map));
		/* It is encoded: less what the sections before this one take. */
		start = (map & ~MAP_FLAGS) + (first + i) * s->map_size;
		if (!(map & SECTION_PRESENT) || start < KERNEL_HALF || start > KERNEL_LAST - s->map_size)
			continue;
		if (start != s->run.end) {
			if (walk_run(r, s))
				return -1;
			s->run.start = start;
		}
		s->run.end = start + s->map_size;
	}
	return 0;
}

static int read_sections(struct reader *r)
{
	struct sections s = { 0 };
	uint64_t root[ENTRIES];

	if (read_layout(r, &s))
		return -1;
	for (uint64_t at = 0; at < s.root_count; at += ENTRIES) {
		uint64_t count = min_u64(ENTRIES, s.root_count - at);
		int ret = read_virtual(r, s.roots + at * sizeof(*root), root, (size_t)(count * sizeof(*root)));

		if (ret < 0)
			return -1;
		for (uint64_t i = 0; i < count && !ret; i++)
			if (read_root(r, &s, root[i], (at + i) * s.in_root))
				return -1;
	}
	return walk_run(r, &s);
}

/* What makedumpfile reads of the kernel's image: at these symbols, so many bytes at most. */
static int read_image(struct reader *r)
{
	static const struct {
		const char *key;
		uint64_t size;
	} symbols[] = {
		{ "SYMBOL(init_uts_ns)", 1024 },
		{ "SYMBOL(node_online_map)", 128 },
	};

	for (size_t i = 0; i < sizeof(symbols) / sizeof(*symbols); i++) {
		static const uint64_t none = 0;
		uint64_t at;

		/* A kernel without NUMA has no map of nodes. */
		if (number(r, symbols[i].key, 16, KERNEL_HALF, KERNEL_LAST - symbols[i].size, &none, &at) ||
		    (at && walk_all(r, at, symbols[i].size, only_mark)))
			return -1;
	}
	return 0;
}

int filter_reads(const char *path, uint64_t end, struct bitmap *pages)
{
	struct reader r = { .path = path, .pages = pages, .work_left = WORK_MAX };
	int ret;

	if (bitmap_new(pages, end / PAGE_BYTES))
		return -1;
	r.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r.fd < 0)
		return fail("open", errno, "%s", path);
	ret = elfcore_read(r.fd, path, 0, &r.core);
	if (!ret) {
		ret = elfcore_note(r.fd, path, &r.core, "VMCOREINFO", &r.vmcoreinfo) || arch_page_tables(&r.vmcoreinfo, &r.tables) ||
		      (r.tables.levels && (read_image(&r) || read_sections(&r))) ? -1 : 0;
		free(r.vmcoreinfo.data);
		elfcore_free(&r.core);
	}
	close(r.fd);
	return ret;
}

uint64_t filter_reads_last(const struct bitmap *pages, uint64_t start, uint64_t end)
{
	uint64_t last = 0, stop = end / PAGE_BYTES;

	for (uint64_t at = start / PAGE_BYTES; (at = bitmap_next(pages, at, stop, true)) < stop; at++)
		last = (at + 1) * PAGE_BYTES;
	return last;
}
