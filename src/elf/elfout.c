/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elf/elfout.h"

#include <string.h>

size_t elfout_ehdr_size(unsigned char class)
{
	return class == ELFCLASS32 ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);
}

size_t elfout_phdr_size(unsigned char class)
{
	return class == ELFCLASS32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
}

size_t elfout_shdr_size(unsigned char class)
{
	return class == ELFCLASS32 ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr);
}

void elfout_ehdr(unsigned char *to, unsigned char class, uint16_t machine, size_t phnum, uint64_t shoff)
{
	const Elf64_Ehdr wide = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, class, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = machine,
		.e_version = EV_CURRENT,
		.e_phoff = elfout_ehdr_size(class),
		.e_shoff = phnum < PN_XNUM ? 0 : shoff,
		.e_ehsize = (Elf64_Half)elfout_ehdr_size(class),
		.e_phentsize = (Elf64_Half)elfout_phdr_size(class),
		.e_phnum = phnum < PN_XNUM ? (Elf64_Half)phnum : PN_XNUM,
		.e_shentsize = phnum < PN_XNUM ? 0 : (Elf64_Half)elfout_shdr_size(class),
		.e_shnum = phnum < PN_XNUM ? 0 : 1,
	};
	Elf32_Ehdr narrow = {
		.e_type = wide.e_type,
		.e_machine = wide.e_machine,
		.e_version = wide.e_version,
		.e_phoff = (Elf32_Off)wide.e_phoff,
		.e_shoff = (Elf32_Off)wide.e_shoff,
		.e_ehsize = wide.e_ehsize,
		.e_phentsize = wide.e_phentsize,
		.e_phnum = wide.e_phnum,
		.e_shentsize = wide.e_shentsize,
		.e_shnum = wide.e_shnum,
	};

	memcpy(narrow.e_ident, wide.e_ident, EI_NIDENT);
	if (class == ELFCLASS32)
		memcpy(to, &narrow, sizeof(narrow));
	else
		memcpy(to, &wide, sizeof(wide));
}

void elfout_shdr(unsigned char *to, unsigned char class, size_t phnum)
{
	const Elf64_Shdr wide = { .sh_type = SHT_NULL, .sh_size = 1, .sh_info = (Elf64_Word)phnum };
	const Elf32_Shdr narrow = { .sh_type = SHT_NULL, .sh_size = 1, .sh_info = (Elf32_Word)phnum };

	if (class == ELFCLASS32)
		memcpy(to, &narrow, sizeof(narrow));
	else
		memcpy(to, &wide, sizeof(wide));
}

unsigned char *elfout_phdr(unsigned char *to, unsigned char class, const struct core_segment *s)
{
	const Elf64_Phdr wide = {
		.p_type = s->type, .p_flags = s->flags, .p_offset = s->offset, .p_vaddr = s->vaddr,
		.p_paddr = s->paddr, .p_filesz = s->filesz, .p_memsz = s->memsz,
	};
	const Elf32_Phdr narrow = {
		.p_type = s->type, .p_flags = s->flags, .p_offset = (Elf32_Off)s->offset,
		.p_vaddr = (Elf32_Addr)s->vaddr, .p_paddr = (Elf32_Addr)s->paddr,
		.p_filesz = (Elf32_Word)s->filesz, .p_memsz = (Elf32_Word)s->memsz,
	};

	if (class == ELFCLASS32)
		memcpy(to, &narrow, sizeof(narrow));
	else
		memcpy(to, &wide, sizeof(wide));
	return to + elfout_phdr_size(class);
}
