/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers of dump.elf, read by our reader of ELF cores. */
#include "save/dump_headers.h"

#include <elf.h>
#include <unistd.h>

#include "check.h"
#include "corefile.h"
#include "elf/elfcore.h"
#include "fixture.h"
#include "base/range.h"

/* A layout of `count` segments, of which every third has no data and every fifth no virtual address. */
static struct layout make_layout(size_t count)
{
	struct layout layout = { .segment = calloc(count + 1, sizeof(struct core_segment)), .count = count };

	for (size_t i = 0; i < count; i++) {
		layout.segment[i] = (struct core_segment){
			.type = PT_LOAD, .offset = layout.data, .paddr = 0x100000 + i * 3 * PAGE_BYTES,
			.vaddr = i % 5 ? 0x80100000 + i * 3 * PAGE_BYTES : 0,
			.filesz = i % 3 ? PAGE_BYTES : 0, .memsz = 2 * PAGE_BYTES,
		};
		layout.data += layout.segment[i].filesz;
	}
	return layout;
}

static struct blob make_notes(void)
{
	struct blob notes = { 0 };

	corefile_add_note(&notes, "CORE", "registers", 9);
	corefile_add_note(&notes, "VMCOREINFO", "OSRELEASE=6.12\n", 15);
	return notes;
}

static void check_notes(int fd, const struct elfcore *core, const struct blob *notes)
{
	unsigned char *got = malloc(notes->size);
	struct blob info;

	CHECK_EQ(core->segment[0].type, PT_NOTE);
	if (CHECK_EQ(core->segment[0].filesz, notes->size) &&
	    CHECK_OK(pread_exact(fd, got, notes->size, core->segment[0].offset, "headers")))
		CHECK(!memcmp(got, notes->data, notes->size));
	if (CHECK_OK(elfcore_note(fd, "headers", core, "VMCOREINFO", &info))) {
		CHECK(info.size == 15 && !memcmp(info.data, "OSRELEASE=6.12\n", 15));
		free(info.data);
	}
	free(got);
}

/* Builds headers of `class`, and reads them as those of a file that has the data, too. */
static void check_read_back(const struct layout *layout, unsigned char class, unsigned char want_class, uint16_t machine)
{
	struct blob notes = make_notes(), headers = { 0 };
	size_t wrong = 0;
	struct elfcore core;
	int fd = -1;

	if (!CHECK_OK(dump_headers_build(layout, &notes, class, machine, &headers)))
		goto out;
	CHECK_EQ(headers.data[EI_CLASS], want_class);
	CHECK_EQ(headers.size % PAGE_BYTES, 0);
	fd = fixture_fd(headers.data, headers.size);
	if (!CHECK_OK(elfcore_read(fd, "headers", headers.size + layout->data, &core)))
		goto out;
	CHECK_EQ(core.machine, machine);
	CHECK(core.header_end <= core.segment[0].offset);
	check_notes(fd, &core, &notes);
	if (CHECK_EQ(core.count, layout->count + 1))
		for (size_t i = 0; i < layout->count; i++) {
			const struct core_segment *got = &core.segment[i + 1], *want = &layout->segment[i];

			wrong += got->type != PT_LOAD || got->offset != headers.size + want->offset ||
				 got->paddr != want->paddr || got->vaddr != want->vaddr || got->filesz != want->filesz ||
				 got->memsz != want->memsz;
		}
	CHECK_EQ(wrong, 0);
	elfcore_free(&core);
out:
	if (fd >= 0)
		close(fd);
	free(notes.data);
	free(headers.data);
}

static void read_back(void)
{
	/* With some of these counts the program headers end close to a page's end. */
	static const size_t counts[] = { 0, 1, 2, 50, 68, 69, 70, 71, 72, 73, 124, 125, 126, 127, 1000 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct layout layout = make_layout(counts[i]);

		check_read_back(&layout, ELFCLASS64, ELFCLASS64, EM_X86_64);
		check_read_back(&layout, ELFCLASS32, ELFCLASS32, EM_386);
		layout_free(&layout);
	}
}

static void check_views(unsigned char class, uint16_t machine)
{
	struct core_segment view[] = { { .type = PT_LOAD, .flags = PF_R, .offset = PAGE_BYTES, .paddr = 0x5000, .filesz = PAGE_BYTES,
					 .memsz = 2 * PAGE_BYTES },
				       { .type = PT_LOAD, .flags = PF_R, .offset = 2 * PAGE_BYTES, .paddr = 0x9000, .memsz = PAGE_BYTES } };
	struct layout layout = make_layout(3);
	struct blob notes = make_notes(), headers;
	struct elfcore core;
	int fd;

	layout.view = view;
	layout.views = 2;
	if (CHECK_OK(dump_headers_build(&layout, &notes, class, machine, &headers))) {
		fd = fixture_fd(headers.data, headers.size);
		if (CHECK_OK(elfcore_read(fd, "headers", headers.size + layout.data, &core)) && CHECK_EQ(core.count, 6)) {
			check_notes(fd, &core, &notes);
			CHECK_EQ(core.segment[3].paddr, layout.segment[2].paddr);
			CHECK_EQ(core.segment[3].flags, layout.segment[2].flags);
			for (size_t i = 0; i < 2; i++) {
				CHECK_EQ(core.segment[4 + i].flags, PF_R);
				CHECK_EQ(core.segment[4 + i].paddr, view[i].paddr);
				CHECK_EQ(core.segment[4 + i].offset, headers.size + view[i].offset);
				CHECK_EQ(core.segment[4 + i].filesz, view[i].filesz);
				CHECK_EQ(core.segment[4 + i].memsz, view[i].memsz);
			}
		}
		elfcore_free(&core);
		close(fd);
		free(headers.data);
	}
	free(notes.data);
	layout.view = NULL;
	layout_free(&layout);
}

static void views_come_last(void)
{
	check_views(ELFCLASS64, EM_X86_64);
	check_views(ELFCLASS32, EM_386);
}

/* e_phnum has 16 bits, and its highest value means something else (PN_XNUM). One header is that of the notes. */
static void many_segments(void)
{
	static const size_t counts[] = { PN_XNUM - 2, PN_XNUM - 1, PN_XNUM, PN_XNUM + 1, 70000 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct layout layout = make_layout(counts[i]);

		check_read_back(&layout, ELFCLASS64, ELFCLASS64, EM_X86_64);
		check_read_back(&layout, ELFCLASS32, ELFCLASS32, EM_386);
		layout_free(&layout);
	}
}

/* An offset of 32 bits does not reach the end of a file of 4 GiB and more, so such a file is of the 64-bit class on any machine. */
static void large_file(void)
{
	struct layout layout = make_layout(2);

	layout.segment[1].filesz = layout.segment[1].memsz = layout.data = 0xfffff000 - 2 * PAGE_BYTES;
	check_read_back(&layout, ELFCLASS32, ELFCLASS32, EM_386);
	layout.segment[1].filesz = layout.segment[1].memsz = layout.data = 0xfffff000;
	check_read_back(&layout, ELFCLASS32, ELFCLASS64, EM_386);
	layout.segment[1].filesz = layout.segment[1].memsz = layout.data = 1ULL << 33;
	check_read_back(&layout, ELFCLASS32, ELFCLASS64, EM_386);
	layout_free(&layout);
}

/* A file of the 32-bit class ends below 4 GiB, with its headers counted. */
static void edge_of_the_class(void)
{
	struct layout layout = make_layout(2);
	struct blob notes = make_notes(), headers;

	for (size_t size = 3700; size < 4200; size++) {
		uint64_t end;

		notes.data = realloc(notes.data, size);
		memset(notes.data, 0, size);
		notes.size = size;
		layout.data = 0x100000000 - 2 * PAGE_BYTES;
		if (!CHECK_OK(dump_headers_build(&layout, &notes, ELFCLASS32, EM_386, &headers)))
			break;
		end = headers.size + layout.data;
		if (headers.data[EI_CLASS] == ELFCLASS32 && !CHECK(end <= 1ULL << 32))
			printf("  notes of %zu bytes\n", size);
		free(headers.data);
	}
	free(notes.data);
	layout_free(&layout);
}

RUN_TESTS(read_back, views_come_last, many_segments, large_file, edge_of_the_class)
