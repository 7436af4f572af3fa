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

static size_t headers_size(const struct ranges *ram)
{
	return sizeof(Elf64_Ehdr) + (ram->count + 1) * sizeof(Elf64_Phdr);
}

uint64_t corehdr_size(const struct ranges *ram, const struct kcore *kcore)
{
	return page_up(headers_size(ram) + note_size(kcore));
}

int corehdr_build(const struct ranges *ram, const struct kcore *kcore, uint64_t at,
		  struct blob *out)
{
	size_t size = headers_size(ram) + note_size(kcore);
	Elf64_Nhdr note = { sizeof(note_name), (Elf64_Word)kcore->vmcoreinfo.size, 0 };
	unsigned char *p;
	Elf64_Phdr *ph;
	Elf64_Ehdr *eh;

	if (ram->count + 1 >= PN_XNUM)
		return fail("ELF core header", 0, "%zu ranges of RAM are too many", ram->count);
	out->data = calloc(1, size);
	if (!out->data)
		return fail("ELF core header", ENOMEM, "%zu bytes", size);
	out->size = size;
	eh = (Elf64_Ehdr *)out->data;
	memcpy(eh->e_ident, ELFMAG, SELFMAG);
	eh->e_ident[EI_CLASS] = ELFCLASS64;
	eh->e_ident[EI_DATA] = ELFDATA2LSB;
	eh->e_ident[EI_VERSION] = EV_CURRENT;
	eh->e_type = ET_CORE;
	eh->e_machine = ARCH_ELF_MACHINE;
	eh->e_version = EV_CURRENT;
	eh->e_phoff = sizeof(*eh);
	eh->e_ehsize = sizeof(*eh);
	eh->e_phentsize = sizeof(*ph);
	eh->e_phnum = (Elf64_Half)(ram->count + 1);

	ph = (Elf64_Phdr *)(out->data + eh->e_phoff);
	ph->p_type = PT_NOTE;
	ph->p_offset = ph->p_paddr = at + headers_size(ram);
	ph->p_filesz = ph->p_memsz = note_size(kcore);
	for (size_t i = 0; i < ram->count; i++) {
		const struct range *r = &ram->item[i];

		ph++;
		ph->p_type = PT_LOAD;
		ph->p_flags = PF_R | PF_W | PF_X;
		ph->p_offset = ph->p_paddr = r->start;
		/* 0 says "no direct mapping": makedumpfile then goes by p_paddr. */
		ph->p_vaddr = r->end <= kcore->direct_map_end ? kcore->direct_map + r->start : 0;
		ph->p_filesz = ph->p_memsz = r->end - r->start;
	}

	p = out->data + headers_size(ram);
	memcpy(p, &note, sizeof(note));
	p += sizeof(note);
	memcpy(p, note_name, sizeof(note_name));
	p += padded(sizeof(note_name));
	memcpy(p, kcore->vmcoreinfo.data, kcore->vmcoreinfo.size);
	return 0;
}
