#include "corehdr.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "report.h"

static const char note_name[] = "VMCOREINFO";

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static size_t note_size(const struct kcore *kcore)
{
	return sizeof(Elf64_Nhdr) + padded(sizeof(note_name)) + padded(kcore->vmcoreinfo.size);
}

/* Sizes of an ELF class's headers. */
static size_t ehdr_size(void)
{
	return ARCH_ELF_CLASS == ELFCLASS32 ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);
}

static size_t phdr_size(void)
{
	return ARCH_ELF_CLASS == ELFCLASS32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
}

static size_t headers_size(const struct ranges *ram)
{
	return ehdr_size() + (ram->count + 1) * phdr_size();
}

uint64_t corehdr_size(const struct ranges *ram, const struct kcore *kcore)
{
	return page_up(headers_size(ram) + note_size(kcore));
}

/* Narrow structures have the same fields, in another order. */
static void put_ehdr(unsigned char *to, const Elf64_Ehdr *e)
{
	Elf32_Ehdr narrow = {
		.e_type = e->e_type, .e_machine = e->e_machine, .e_version = e->e_version,
		.e_phoff = (Elf32_Off)e->e_phoff, .e_ehsize = e->e_ehsize, .e_phentsize = e->e_phentsize,
		.e_phnum = e->e_phnum,
	};

	memcpy(narrow.e_ident, e->e_ident, EI_NIDENT);
	if (ARCH_ELF_CLASS == ELFCLASS32)
		memcpy(to, &narrow, sizeof(narrow));
	else
		memcpy(to, e, sizeof(*e));
}

static unsigned char *put_phdr(unsigned char *to, const Elf64_Phdr *p)
{
	/* Nothing lies above 4 GiB where the class is 32-bit (ARCH_RAM_END). */
	Elf32_Phdr narrow = {
		.p_type = p->p_type, .p_flags = p->p_flags, .p_offset = (Elf32_Off)p->p_offset,
		.p_vaddr = (Elf32_Addr)p->p_vaddr, .p_paddr = (Elf32_Addr)p->p_paddr,
		.p_filesz = (Elf32_Word)p->p_filesz, .p_memsz = (Elf32_Word)p->p_memsz,
	};

	if (ARCH_ELF_CLASS == ELFCLASS32)
		memcpy(to, &narrow, sizeof(narrow));
	else
		memcpy(to, p, sizeof(*p));
	return to + phdr_size();
}

static void put_note(unsigned char *to, const struct blob *text)
{
	Elf64_Nhdr note = { sizeof(note_name), (Elf64_Word)text->size, 0 };

	memcpy(to, &note, sizeof(note));
	to += sizeof(note);
	memcpy(to, note_name, sizeof(note_name));
	to += padded(sizeof(note_name));
	memcpy(to, text->data, text->size);
}

int corehdr_build(const struct ranges *ram, const struct kcore *kcore, uint64_t at,
		  struct blob *out)
{
	size_t size = headers_size(ram) + note_size(kcore);
	Elf64_Ehdr ehdr = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ARCH_ELF_CLASS, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = ARCH_ELF_MACHINE,
		.e_version = EV_CURRENT,
		.e_phoff = ehdr_size(),
		.e_ehsize = (Elf64_Half)ehdr_size(),
		.e_phentsize = (Elf64_Half)phdr_size(),
		.e_phnum = (Elf64_Half)(ram->count + 1),
	};
	Elf64_Phdr note = {
		.p_type = PT_NOTE,
		.p_offset = at + headers_size(ram),
		.p_paddr = at + headers_size(ram),
		.p_filesz = note_size(kcore),
		.p_memsz = note_size(kcore),
	};
	unsigned char *p;

	if (ram->count + 1 >= PN_XNUM)
		return fail("ELF core header", 0, "%zu ranges of RAM are too many", ram->count);
	out->data = calloc(1, size);
	if (!out->data)
		return fail("ELF core header", ENOMEM, "%zu bytes", size);
	out->size = size;
	put_ehdr(out->data, &ehdr);
	p = put_phdr(out->data + ehdr_size(), &note);
	for (size_t i = 0; i < ram->count; i++) {
		const struct range *r = &ram->item[i];
		/* 0 says "no direct mapping": makedumpfile then goes by p_paddr. */
		Elf64_Phdr load = {
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W | PF_X,
			.p_offset = r->start,
			.p_vaddr = r->end <= kcore->direct_map_end ? kcore->direct_map + r->start : 0,
			.p_paddr = r->start,
			.p_filesz = r->end - r->start,
			.p_memsz = r->end - r->start,
		};

		p = put_phdr(p, &load);
	}
	put_note(p, &kcore->vmcoreinfo);
	return 0;
}
