/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the page filter reads of a kernel, in a made-up core with page tables of four and of five levels. */
#include "kernel/filter_reads.h"

#include <elf.h>

#include "arch/arch.h"
#include "check.h"
#include "corefile.h"
#include "fixture.h"
#include "pages.h"

/* The kernel's memory: pages from 16 MiB on, which the core has. The first one is the top table. */
#define PAGES 48
#define BASE 0x1000000ULL
#define NOTE_AT 0x1000
#define MEMORY_AT 0x2000
#define END 0x10000000ULL

#define UTS_NS 0xffffffff82000f00
#define ROOTS 0xffff888001200010
#define ROOT_0 0xffff888001400000
#define ROOT_1 0xffff888001401000
#define VMEMMAP 0xffffea0000000000
/* Of struct mem_section and of a section's mem_map, with 64 bytes for each page of 128 MiB. */
#define ENTRY 16
#define IN_ROOT (4096 / ENTRY)
#define MAP_SIZE MIB(2)

struct kernel {
	uint64_t page[PAGES][512];
	size_t used;
	unsigned int levels;
	struct bitmap wanted; /* of what the page filter reads */
	const char *info;
	size_t missing; /* the page that the core does not have, 0 for none */
};

static uint64_t address_of(size_t page)
{
	return BASE + page * PAGE_BYTES;
}

/* Maps the virtual address to the physical one, by an entry of the table of level `leaf`. */
static void map(struct kernel *k, uint64_t virtual, uint64_t physical, unsigned int leaf, bool wanted)
{
	size_t table = 0;

	for (unsigned int level = k->levels;; level--) {
		uint64_t *entry = &k->page[table][virtual >> (12 + 9 * (level - 1)) & 511];

		if (wanted)
			bitmap_set(&k->wanted, address_of(table) / PAGE_BYTES);
		if (level == leaf) {
			/* Accessed, dirty, not executable, and bits that software uses. */
			*entry = physical | 1 | (leaf > 1 ? 0x80 : 0) | 0x8000000000000060 | 0x7f0000000000000;
			break;
		}
		if (!*entry)
			*entry = address_of(++k->used) | 0x63;
		table = (size_t)(((*entry & 0xfffffffff000) - BASE) / PAGE_BYTES);
	}
	for (uint64_t at = 0; wanted && at < 1ULL << (12 + 9 * (leaf - 1)); at += PAGE_BYTES)
		bitmap_set(&k->wanted, (physical + at) / PAGE_BYTES);
}

/* Maps a page of the kernel's memory for a table of data, which the page filter reads; its content. */
static uint64_t *data(struct kernel *k, uint64_t virtual)
{
	size_t page = ++k->used;

	map(k, virtual, address_of(page), 1, true);
	return k->page[page];
}

static void section(uint64_t *root, unsigned int number, uint64_t map, unsigned int flags)
{
	root[number % IN_ROOT * ENTRY / 8] = (map - number * MAP_SIZE) | flags;
}

static struct kernel *make(unsigned int levels)
{
	struct kernel *k = calloc(1, sizeof(*k));
	uint64_t *roots, *root;

	k->levels = levels;
	/* Those lines of kernel/vmcore_info.c and arch/x86/kernel/vmcore_info_64.c (Linux 6.12) that are read, in their order. */
	k->info = "OSRELEASE=6.12\nSYMBOL(init_uts_ns)=ffffffff82000f00\nSYMBOL(node_online_map)=ffffffff82001000\n"
		  "SYMBOL(mem_section)=ffff888001200010\nLENGTH(mem_section)=3\nSIZE(mem_section)=16\n"
		  "OFFSET(mem_section.section_mem_map)=0\nNUMBER(SECTION_SIZE_BITS)=27\nSIZE(page)=64\n"
		  "NUMBER(phys_base)=-27262976\nSYMBOL(init_top_pgt)=ffffffff82a00000\n";
	CHECK_OK(bitmap_new(&k->wanted, END / PAGE_BYTES));
	/* The name reaches into the second page, where the map of nodes is. */
	map(k, UTS_NS & ~0xfffULL, 0x2345000, 1, true);
	map(k, (UTS_NS & ~0xfffULL) + 4096, 0x2346000, 1, true);
	roots = data(k, ROOTS & ~0xfffULL);
	roots[2] = ROOT_0;
	roots[4] = ROOT_1;
	root = data(k, ROOT_0);
	/* A page of 2 MiB, pages of 4 KiB of which some are not mapped, and one that is not present, mapped or not. */
	section(root, 0, VMEMMAP, 0x1f);
	map(k, VMEMMAP, 0x2000000, 2, true);
	section(root, 1, VMEMMAP + MAP_SIZE, 0x3);
	map(k, VMEMMAP + MAP_SIZE, 0x3001000, 1, true);
	map(k, VMEMMAP + MAP_SIZE + 0x1ff000, 0x3009000, 1, true);
	section(root, 2, VMEMMAP + 2 * MAP_SIZE, 0x2);
	map(k, VMEMMAP + 2 * MAP_SIZE, 0x4000000, 1, false);
	/* Behind a root without memory. */
	root = data(k, ROOT_1);
	section(root, 2 * IN_ROOT + 7, 0xffffea0040000000, 0x3);
	map(k, 0xffffea0040000000, 0x5000000, 1, true);
	/* It lies beyond where the window could be. */
	section(root, 2 * IN_ROOT + 8, 0xffffea0080000000, 0x3);
	map(k, 0xffffea0080000000, 0x140000000, 2, true);
	CHECK(k->used < PAGES);
	return k;
}

static int reads(const struct kernel *k, const char *info, struct bitmap *out)
{
	struct core_segment segments[3] = { { .type = PT_NOTE, .offset = NOTE_AT } };
	uint64_t hole = k->missing ? k->missing : PAGES, after = hole < PAGES ? hole + 1 : PAGES;
	const char *root = fixture_root();
	struct blob notes = { 0 }, file;
	char path[512];

	corefile_add_note(&notes, "VMCOREINFO", info, strlen(info));
	segments[0].filesz = notes.size;
	segments[1] = (struct core_segment){ .type = PT_LOAD, .offset = MEMORY_AT, .paddr = BASE, .filesz = hole * 4096, .memsz = hole * 4096 };
	segments[2] = (struct core_segment){ .type = PT_LOAD, .offset = MEMORY_AT + after * 4096, .paddr = address_of(after),
					     .filesz = (PAGES - after) * 4096, .memsz = (PAGES - after) * 4096 };
	file = corefile_build(ARCH_ELF_CLASS, ARCH_ELF_MACHINE, segments, 3, 0);
	if (file.size < MEMORY_AT + sizeof(k->page)) {
		file.data = realloc(file.data, MEMORY_AT + sizeof(k->page));
		file.size = MEMORY_AT + sizeof(k->page);
	}
	memcpy(file.data + NOTE_AT, notes.data, notes.size);
	memcpy(file.data + MEMORY_AT, k->page, sizeof(k->page));
	fixture_write(root, "core", file.data, file.size);
	free(notes.data);
	free(file.data);
	snprintf(path, sizeof(path), "%s/core", root);
	return filter_reads(path, END, out);
}

static void discard(struct kernel *k, struct bitmap *got)
{
	bitmap_free(got);
	bitmap_free(&k->wanted);
	free(k);
}

static void check_same(const struct bitmap *got, const struct bitmap *wanted)
{
	for (uint64_t page = 0; page < END / PAGE_BYTES; page++)
		if (page_in(got, page) != page_in(wanted, page)) {
			CHECK_EQ(page_in(got, page), page_in(wanted, page));
			printf("  page %#llx\n", (unsigned long long)page);
			break;
		}
}

/* On i386 it reads nothing that is not reserved. */
#define HAS_TABLES (ARCH_ELF_CLASS == ELFCLASS64)

static void four_and_five_levels(void)
{
	for (unsigned int levels = 4; levels <= 5 && HAS_TABLES; levels++) {
		struct kernel *k = make(levels);
		struct bitmap got = { 0 };
		char info[1024];

		snprintf(info, sizeof(info), "%sNUMBER(pgtable_l5_enabled)=%d\nNUMBER(sme_mask)=0\n", k->info, levels == 5);
		CHECK_OK(reads(k, info, &got));
		check_same(&got, &k->wanted);
		discard(k, &got);
	}
}

static void none_without_tables(void)
{
	struct kernel *k = make(4);
	struct bitmap got = { 0 };

	if (!HAS_TABLES) {
		CHECK_OK(reads(k, "OSRELEASE=6.12\n", &got));
		CHECK_EQ(bitmap_next(&got, 0, END / PAGE_BYTES, true), END / PAGE_BYTES);
	}
	discard(k, &got);
}

/* The address of a page that the hypervisor keeps encrypted has a bit more. */
static void an_encrypted_kernel(void)
{
	struct kernel *k = make(4);
	struct bitmap got = { 0 };
	char info[1024];

	for (size_t page = 0; page < PAGES; page++)
		for (size_t i = 0; i < 512; i++)
			if (k->page[page][i] & 1 && k->page[page][i] >> 48 != 0xffff)
				k->page[page][i] |= 1ULL << 47;
	snprintf(info, sizeof(info), "%sNUMBER(sme_mask)=140737488355328\n", k->info);
	if (HAS_TABLES) {
		CHECK_OK(reads(k, info, &got));
		check_same(&got, &k->wanted);
	}
	discard(k, &got);
}

/* A page that lies in the window is noted, be it a table or data, and what it leads to is passed over. */
static void a_part_is_missing(void)
{
	size_t used = HAS_TABLES ? 1 : 0;

	for (size_t page = 1; page <= used; page++) {
		struct kernel *k = make(4);
		struct bitmap got = { 0 };

		used = k->used;

		k->missing = page;
		CHECK_OK(reads(k, k->info, &got));
		if (page_in(&k->wanted, address_of(page) / PAGE_BYTES))
			CHECK(page_in(&got, address_of(page) / PAGE_BYTES));
		for (uint64_t at = 0; at < END / PAGE_BYTES; at++)
			CHECK(!page_in(&got, at) || page_in(&k->wanted, at));
		discard(k, &got);
	}
}

/* A walk ends all the same, since there are so many levels and no more. */
static void tables_that_lead_in_circles(void)
{
	struct kernel *k = make(4);
	struct bitmap got = { 0 };

	for (size_t i = 0; i < 512; i++)
		k->page[0][i] = BASE | 0x63;
	if (HAS_TABLES)
		CHECK_OK(reads(k, k->info, &got));
	discard(k, &got);
}

static void numbers_that_make_no_sense(void)
{
	static const struct {
		const char *key, *value, *says;
	} wrong[] = {
		{ "SYMBOL(init_top_pgt)", NULL, "does not say where they are" },
		{ "SYMBOL(init_top_pgt)", "ffff888002a00000", "does not say where they are" },
		{ "NUMBER(phys_base)", "x", "does not say where they are" },
		{ "NUMBER(phys_base)", "-99999999999", "says that they are at" },
		{ "NUMBER(phys_base)", "1", "says that they are at" },
		{ "SYMBOL(mem_section)", NULL, "SYMBOL(mem_section) is missing" },
		{ "SYMBOL(mem_section)", "1000", "SYMBOL(mem_section) is missing, or makes no sense" },
		{ "SYMBOL(mem_section)", "ffffffffffffeff0", "wraps around" },
		{ "SYMBOL(init_uts_ns)", "ffffffffffffffff", "SYMBOL(init_uts_ns)" },
		{ "LENGTH(mem_section)", "0", "LENGTH(mem_section)" },
		{ "LENGTH(mem_section)", "99999999", "LENGTH(mem_section)" },
		{ "SIZE(mem_section)", "4", "SIZE(mem_section)" },
		{ "SIZE(mem_section)", "8192", "SIZE(mem_section)" },
		{ "OFFSET(mem_section.section_mem_map)", "9", "section_mem_map" },
		{ "NUMBER(SECTION_SIZE_BITS)", "64", "SECTION_SIZE_BITS" },
		{ "SIZE(page)", "0", "SIZE(page)" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong) && HAS_TABLES; i++) {
		struct kernel *k = make(4);
		struct bitmap got = { 0 };
		char info[1024], name[64];
		const char *line;

		snprintf(name, sizeof(name), "%s=", wrong[i].key);
		line = strstr(k->info, name);
		snprintf(info, sizeof(info), "%.*s%s%s%s", (int)(line - k->info), k->info, wrong[i].value ? name : "",
			 wrong[i].value ? wrong[i].value : "", strchr(line, '\n'));
		CHECK_FAILS(reads(k, info, &got), wrong[i].says);
		discard(k, &got);
	}
}

static void the_last_page_of_a_range(void)
{
	struct bitmap pages;

	CHECK_OK(bitmap_new(&pages, 64));
	CHECK_EQ(filter_reads_last(&pages, 0, PAGE(64)), 0);
	bitmap_set(&pages, 7);
	bitmap_set(&pages, 9);
	CHECK_EQ(filter_reads_last(&pages, 0, PAGE(64)), PAGE(10));
	CHECK_EQ(filter_reads_last(&pages, 0, PAGE(9)), PAGE(8));
	CHECK_EQ(filter_reads_last(&pages, PAGE(9), PAGE(10)), PAGE(10));
	CHECK_EQ(filter_reads_last(&pages, PAGE(10), PAGE(128)), 0);
	bitmap_free(&pages);
	CHECK_EQ(filter_reads_last(&pages, 0, PAGE(64)), 0);
	CHECK_FAILS(filter_reads("/none", END, &pages), "open: /none");
	bitmap_free(&pages);
}

RUN_TESTS(four_and_five_levels, none_without_tables, an_encrypted_kernel, a_part_is_missing, tables_that_lead_in_circles,
	  numbers_that_make_no_sense, the_last_page_of_a_range)
