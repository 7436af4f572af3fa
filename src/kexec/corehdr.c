/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/corehdr.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "elf/elfout.h"
#include "base/report.h"

static const char note_name[] = "VMCOREINFO";

static size_t note_size(const struct kcore *kcore)
{
	return sizeof(Elf64_Nhdr) + pad4(sizeof(note_name)) + pad4(kcore->vmcoreinfo.size);
}

static size_t headers_size(const struct ranges *ram)
{
	return elfout_ehdr_size(ARCH_ELF_CLASS) + (ram->count + 1) * elfout_phdr_size(ARCH_ELF_CLASS);
}

uint64_t corehdr_size(const struct ranges *ram, const struct kcore *kcore)
{
	return page_up(headers_size(ram) + note_size(kcore));
}

static void put_note(unsigned char *to, const struct blob *text)
{
	Elf64_Nhdr note = { sizeof(note_name), (Elf64_Word)text->size, 0 };

	memcpy(to, &note, sizeof(note));
	to += sizeof(note);
	memcpy(to, note_name, sizeof(note_name));
	to += pad4(sizeof(note_name));
	memcpy(to, text->data, text->size);
}

/* Where debuggers look for the range; 0 says "nowhere": makedumpfile then goes by p_paddr. */
static uint64_t virtual_address(const struct kcore *kcore, const struct range *r)
{
	if (r->start >= kcore->image.start && r->end <= kcore->image.end)
		return kcore->image_map + (r->start - kcore->image.start);
	return r->end <= kcore->direct_map_end ? kcore->direct_map + r->start : 0;
}

int corehdr_build(const struct ranges *ram, const struct kcore *kcore, uint64_t at,
		  struct blob *out)
{
	size_t size = headers_size(ram) + note_size(kcore);
	const struct core_segment note = {
		.type = PT_NOTE,
		.offset = at + headers_size(ram),
		.paddr = at + headers_size(ram),
		.filesz = note_size(kcore),
		.memsz = note_size(kcore),
	};
	unsigned char *p;

	if (ram->count + 1 >= PN_XNUM)
		return fail("ELF core header", 0, "%zu ranges of RAM are too many", ram->count);
	out->data = calloc(1, size);
	if (!out->data)
		return fail("ELF core header", ENOMEM, "%zu bytes", size);
	out->size = size;
	elfout_ehdr(out->data, ARCH_ELF_CLASS, ARCH_ELF_MACHINE, ram->count + 1, 0);
	p = elfout_phdr(out->data + elfout_ehdr_size(ARCH_ELF_CLASS), ARCH_ELF_CLASS, &note);
	for (size_t i = 0; i < ram->count; i++) {
		const struct range *r = &ram->item[i];
		const struct core_segment load = {
			.type = PT_LOAD,
			.flags = PF_R | PF_W | PF_X,
			.offset = r->start,
			.paddr = r->start,
			.vaddr = virtual_address(kcore, r),
			.filesz = r->end - r->start,
			.memsz = r->end - r->start,
		};

		p = elfout_phdr(p, ARCH_ELF_CLASS, &load);
	}
	put_note(p, &kcore->vmcoreinfo);
	return 0;
}
