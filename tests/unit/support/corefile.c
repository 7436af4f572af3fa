/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "corefile.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

size_t corefile_header_end(int class, size_t count)
{
	return class == ELFCLASS32 ? sizeof(Elf32_Ehdr) + count * sizeof(Elf32_Phdr)
				   : sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr);
}

/* The two classes' structures have the same fields, in different widths and orders. */
#define FILL_HEADERS(EHDR, PHDR, SHDR)                                                      \
	do {                                                                                \
		EHDR e = { .e_type = ET_CORE, .e_machine = machine, .e_version = EV_CURRENT, \
			   .e_phoff = sizeof(EHDR), .e_ehsize = sizeof(EHDR),               \
			   .e_phentsize = sizeof(PHDR), .e_phnum = xnum ? PN_XNUM : count,  \
			   .e_shoff = xnum ? end : 0, .e_shentsize = sizeof(SHDR),          \
			   .e_shnum = xnum };                                               \
		SHDR sh = { .sh_info = count };                                             \
											    \
		memcpy(e.e_ident, ELFMAG, SELFMAG);                                         \
		e.e_ident[EI_CLASS] = class;                                                \
		e.e_ident[EI_DATA] = ELFDATA2LSB;                                           \
		e.e_ident[EI_VERSION] = EV_CURRENT;                                         \
		memcpy(core.data, &e, sizeof(e));                                           \
		for (size_t i = 0; i < count; i++) {                                        \
			const struct core_segment *s = &segment[i];                         \
			PHDR p = { .p_type = s->type, .p_flags = s->flags, .p_offset = s->offset, \
				   .p_vaddr = s->vaddr, .p_paddr = s->paddr,                \
				   .p_filesz = s->filesz, .p_memsz = s->memsz };            \
											    \
			memcpy(core.data + sizeof(e) + i * sizeof(p), &p, sizeof(p));       \
		}                                                                           \
		if (xnum)                                                                   \
			memcpy(core.data + end, &sh, sizeof(sh));                           \
	} while (0)

struct blob corefile_build(int class, uint16_t machine, const struct core_segment *segment, size_t count,
			   int flags)
{
	size_t end = corefile_header_end(class, count);
	int xnum = flags & CORE_XNUM;
	struct blob core = { NULL, end };

	for (size_t i = 0; i < count; i++)
		if (segment[i].filesz && segment[i].offset + segment[i].filesz > end)
			end = segment[i].offset + segment[i].filesz;
	core.size = end + (xnum ? sizeof(Elf64_Shdr) : 0);
	core.data = calloc(1, core.size);
	if (!core.data)
		abort();
	if (class == ELFCLASS32)
		FILL_HEADERS(Elf32_Ehdr, Elf32_Phdr, Elf32_Shdr);
	else
		FILL_HEADERS(Elf64_Ehdr, Elf64_Phdr, Elf64_Shdr);
	return core;
}

enum place corefile_place(const struct core_segment *segment, size_t count, uint64_t address, uint64_t *offset)
{
	enum place place = PLACE_NOWHERE;

	for (size_t i = 0; i < count; i++) {
		const struct core_segment *s = &segment[i];

		if (s->type != PT_LOAD || address < s->paddr || address - s->paddr >= s->memsz)
			continue;
		if (place != PLACE_NOWHERE)
			return PLACE_TWICE;
		place = address - s->paddr < s->filesz ? PLACE_DATA : PLACE_ZEROS;
		*offset = s->offset + (address - s->paddr);
	}
	return place;
}

void corefile_add_note(struct blob *notes, const char *name, const void *desc, size_t size)
{
	Elf64_Nhdr n = { (Elf64_Word)strlen(name) + 1, (Elf64_Word)size, 0 };
	size_t name_room = (n.n_namesz + 3u) & ~3u, desc_room = (size + 3) & ~(size_t)3;
	unsigned char *at;

	notes->data = realloc(notes->data, notes->size + sizeof(n) + name_room + desc_room);
	if (!notes->data)
		abort();
	at = notes->data + notes->size;
	memset(at, 0, sizeof(n) + name_room + desc_room);
	memcpy(at, &n, sizeof(n));
	memcpy(at + sizeof(n), name, n.n_namesz);
	memcpy(at + sizeof(n) + name_room, desc, size);
	notes->size += sizeof(n) + name_room + desc_room;
}
