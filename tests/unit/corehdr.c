/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The core header for B, read as the ELF specification has it, and by our own reader. */
#include "kexec/corehdr.h"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include "addresses.h"
#include "arch/arch.h"
#include "check.h"
#include "elf/elfcore.h"
#include "fixture.h"

#define AT 0x4000000
/* Where the kernel's image lies in memory. */
#define IMAGE { 0x1a000000, 0x1b000000, 0 }

/* The class of the architecture's own ELF files, and the sizes of its headers by the ELF specification. */
enum { WIDE = sizeof(void *) == 8, CLASS = WIDE ? ELFCLASS64 : ELFCLASS32, EHDR = WIDE ? 64 : 52, PHDR = WIDE ? 56 : 32 };

/* Builds a header for `ram`, with `info_size` bytes of VMCOREINFO. */
static int build(const char *ram_text, size_t info_size, uint64_t direct_map_end, struct blob *out, uint64_t *size)
{
	struct ranges ram = fixture_ranges(ram_text);
	struct kcore kcore = { .vmcoreinfo = { malloc(info_size + 1), info_size }, .direct_map = DIRECT_MAP,
			       .direct_map_end = direct_map_end, .image = IMAGE, .image_map = KERNEL_TEXT };
	int ret;

	memset(kcore.vmcoreinfo.data, 'v', info_size);
	*size = corehdr_size(&ram, &kcore);
	ret = corehdr_build(&ram, &kcore, AT, out);
	ranges_free(&ram);
	kcore_free(&kcore);
	return ret;
}

static void raw_fields(void)
{
	struct blob header;
	const ElfW(Ehdr) *e;
	const ElfW(Phdr) *p;
	uint64_t size;

	if (!CHECK_OK(build("100000-4000000,8000000-18000000," UPPER_RAM, 100, UPPER_END, &header, &size)))
		return;
	e = (const ElfW(Ehdr) *)header.data;
	CHECK(!memcmp(e->e_ident, "\177ELF", SELFMAG));
	CHECK_EQ(e->e_ident[EI_CLASS], CLASS);
	CHECK(!memcmp(e->e_ident + EI_DATA, "\1\1\0\0\0\0\0\0\0\0\0", EI_NIDENT - EI_DATA));
	CHECK_EQ(e->e_type, ET_CORE);
	CHECK_EQ(e->e_machine, ARCH_ELF_MACHINE);
	CHECK_EQ(e->e_version, EV_CURRENT);
	CHECK_EQ(e->e_phoff, EHDR);
	CHECK_EQ(e->e_shoff, 0);
	CHECK_EQ(e->e_ehsize, EHDR);
	CHECK_EQ(e->e_phentsize, PHDR);
	CHECK_EQ(e->e_phnum, 4);
	CHECK_EQ(e->e_shnum, 0);
	p = (const ElfW(Phdr) *)(header.data + EHDR);
	CHECK_EQ(p[0].p_type, PT_NOTE);
	CHECK_EQ(p[0].p_offset, AT + EHDR + 4 * PHDR);
	CHECK_EQ(p[0].p_paddr, p[0].p_offset);
	CHECK_EQ(p[0].p_filesz, header.size - (EHDR + 4 * PHDR));
	CHECK_EQ(p[0].p_memsz, p[0].p_filesz);
	for (size_t i = 1; i < 4; i++) {
		static const uint64_t start[] = { 0, 0x100000, 0x8000000, UPPER_START },
				      end[] = { 0, 0x4000000, 0x18000000, UPPER_END };

		CHECK_EQ(p[i].p_type, PT_LOAD);
		CHECK_EQ(p[i].p_flags, PF_R | PF_W | PF_X);
		CHECK_EQ(p[i].p_offset, start[i]);
		CHECK_EQ(p[i].p_paddr, start[i]);
		CHECK_EQ(p[i].p_vaddr, DIRECT_MAP + start[i]);
		CHECK_EQ(p[i].p_filesz, end[i] - start[i]);
		CHECK_EQ(p[i].p_memsz, end[i] - start[i]);
	}
	CHECK_EQ(size % PAGE_BYTES, 0);
	CHECK(size >= header.size && size < header.size + PAGE_BYTES);
	free(header.data);
}

static void highmem_has_no_address(void)
{
	struct blob header;
	const ElfW(Phdr) *p;
	uint64_t size;

	if (!CHECK_OK(build("100000-37fe0000,37fe0000-40000000,40000000-50000000", 8, 0x37fe0000, &header, &size)))
		return;
	p = (const ElfW(Phdr) *)(header.data + EHDR);
	CHECK_EQ(p[1].p_vaddr, DIRECT_MAP + 0x100000);
	CHECK_EQ(p[2].p_vaddr, 0);
	CHECK_EQ(p[2].p_paddr, 0x37fe0000);
	CHECK_EQ(p[3].p_vaddr, 0);
	free(header.data);
}

/* The kernel's image has a segment of its own where its symbols are not in the direct map; it has no more than the image. */
static void kernel_image(void)
{
	static const struct {
		uint64_t start, vaddr;
	} want[] = { { 0x19000000, DIRECT_MAP + 0x19000000 }, { 0x1a000000, KERNEL_TEXT }, { 0x1a400000, KERNEL_TEXT + 0x400000 },
		     { 0x1b000000, DIRECT_MAP + 0x1b000000 }, { 0x1c000000, DIRECT_MAP + 0x1c000000 } };
	struct blob header;
	const ElfW(Phdr) *p;
	uint64_t size;

	if (!CHECK_OK(build("19000000-1a000000,1a000000-1a400000,1a400000-1b000000,1b000000-1b001000,1c000000-1d000000", 8,
			    UPPER_END, &header, &size)))
		return;
	p = (const ElfW(Phdr) *)(header.data + EHDR);
	for (size_t i = 0; i < 5; i++) {
		CHECK_EQ(p[i + 1].p_paddr, want[i].start);
		CHECK_EQ(p[i + 1].p_vaddr, want[i].vaddr);
	}
	free(header.data);
	if (CHECK_OK(build("19fff000-1a001000,1afff000-1b001000", 8, UPPER_END, &header, &size))) {
		p = (const ElfW(Phdr) *)(header.data + EHDR);
		CHECK_EQ(p[1].p_vaddr, DIRECT_MAP + 0x19fff000);
		CHECK_EQ(p[2].p_vaddr, DIRECT_MAP + 0x1afff000);
		free(header.data);
	}
}

/* A note's name and descriptor are padded to 4 bytes, which its sizes do not count. */
static void note_padding(void)
{
	for (size_t info_size = 0; info_size < 9; info_size++) {
		struct blob header, padding = { 0 };
		const ElfW(Nhdr) *note;
		const ElfW(Phdr) *p;
		uint64_t size;

		if (!CHECK_OK(build("100000-4000000", info_size, UINT64_MAX, &header, &size)))
			return;
		p = (const ElfW(Phdr) *)(header.data + EHDR);
		note = (const ElfW(Nhdr) *)(header.data + p[0].p_offset - AT);
		CHECK_EQ(note->n_namesz, 11);
		CHECK_EQ(note->n_descsz, info_size);
		CHECK_EQ(note->n_type, 0);
		CHECK(!memcmp(note + 1, "VMCOREINFO\0", 12));
		CHECK_EQ(p[0].p_filesz, 12 + 12 + (info_size + 3) / 4 * 4);
		padding.data = header.data + header.size;
		for (size_t i = info_size; i % 4; i++)
			CHECK_EQ(*--padding.data, 0);
		free(header.data);
	}
}

/* B's kernel reads the core header at its physical address. For the reader it is put at that offset of an empty file. */
static void read_back(void)
{
	struct blob header, info;
	struct elfcore core;
	uint64_t size;
	int fd;

	if (!CHECK_OK(build("100000-4000000,8000000-c0000000", 1999, UINT64_MAX, &header, &size)))
		return;
	CHECK_EQ(size, 2 * PAGE_BYTES - (header.size <= PAGE_BYTES ? PAGE_BYTES : 0));
	fd = fixture_fd(header.data, header.size);
	CHECK_EQ(pwrite(fd, header.data, header.size, AT), header.size);
	if (CHECK_OK(elfcore_read(fd, "header", 0, &core)) && CHECK_EQ(core.count, 3)) {
		CHECK_EQ(core.machine, ARCH_ELF_MACHINE);
		CHECK_EQ(core.segment[0].type, PT_NOTE);
		CHECK_EQ(core.segment[1].paddr, 0x100000);
		CHECK_EQ(core.segment[1].offset, 0x100000);
		CHECK_EQ(core.segment[2].memsz, 0xc0000000 - 0x8000000);
		if (CHECK_OK(elfcore_note(fd, "header", &core, "VMCOREINFO", &info))) {
			CHECK_EQ(info.size, 1999);
			CHECK(info.data[0] == 'v' && info.data[1998] == 'v');
			free(info.data);
		}
	}
	elfcore_free(&core);
	close(fd);
	free(header.data);
}

static void too_many_ranges(void)
{
	struct ranges ram = { 0 };
	struct kcore kcore = { .direct_map = DIRECT_MAP };
	struct blob header;

	for (uint64_t i = 0; i < PN_XNUM - 2; i++)
		ranges_add(&ram, i * 0x2000, i * 0x2000 + 0x1000, 0);
	kcore.vmcoreinfo = fixture_blob("v", 1);
	if (CHECK_OK(corehdr_build(&ram, &kcore, AT, &header)))
		free(header.data);
	ranges_add(&ram, 1ULL << 40, 1ULL << 41, 0);
	CHECK_FAILS(corehdr_build(&ram, &kcore, AT, &header), "too many");
	ranges_free(&ram);
	kcore_free(&kcore);
}

RUN_TESTS(raw_fields, highmem_has_no_address, kernel_image, note_padding, read_back, too_many_ranges)
