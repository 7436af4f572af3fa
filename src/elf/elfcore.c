/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elf/elfcore.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/units.h"
#include "base/report.h"
#include "base/search.h"

/* A core has a PT_LOAD for each run of saved pages; a million of them is 4 GiB of pages that each stand alone. */
#define SEGMENTS_MAX (1u << 20)
/* Program headers that are read at a time. */
#define HEADERS_AT_ONCE 1024
#define NOTES_MAX (1u << 20)

/* The fields that ELF32 and ELF64 share, widened. */
struct header {
	uint64_t phoff, shoff, section_end; /* section_end: of the section header that counts the program headers, or 0 */
	uint16_t type, machine, phentsize, shentsize;
	uint32_t phnum;
};

static int read_header(int fd, const char *name, unsigned char *class, struct header *h)
{
	union {
		unsigned char ident[EI_NIDENT];
		Elf32_Ehdr e32;
		Elf64_Ehdr e64;
	} e;

	memset(&e, 0, sizeof(e));
	if (pread_exact(fd, &e, sizeof(e.e32), 0, name))
		return -1;
	if (memcmp(e.ident, ELFMAG, SELFMAG))
		return fail("ELF header", 0, "%s is no ELF file", name);
	if (e.ident[EI_DATA] != ELFDATA2LSB || e.ident[EI_VERSION] != EV_CURRENT)
		return fail("ELF header", 0, "%s: byte order %u, version %u", name, e.ident[EI_DATA],
			    e.ident[EI_VERSION]);
	*class = e.ident[EI_CLASS];
	if (*class == ELFCLASS32) {
		*h = (struct header){ e.e32.e_phoff, e.e32.e_shoff, 0, e.e32.e_type, e.e32.e_machine,
				      e.e32.e_phentsize, e.e32.e_shentsize, e.e32.e_phnum };
	} else if (*class == ELFCLASS64) {
		if (pread_exact(fd, &e, sizeof(e.e64), 0, name))
			return -1;
		*h = (struct header){ e.e64.e_phoff, e.e64.e_shoff, 0, e.e64.e_type, e.e64.e_machine,
				      e.e64.e_phentsize, e.e64.e_shentsize, e.e64.e_phnum };
	} else {
		return fail("ELF header", 0, "%s: class %u", name, *class);
	}
	if (h->type != ET_CORE)
		return fail("ELF header", 0, "%s is no core: type %u", name, h->type);
	if (h->phentsize != (*class == ELFCLASS32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr)))
		return fail("ELF header", 0, "%s: e_phentsize is %u", name, h->phentsize);
	if (h->phnum == PN_XNUM) {
		/* The true count is sh_info of section 0. */
		union {
			Elf32_Shdr s32;
			Elf64_Shdr s64;
		} s;
		size_t size = *class == ELFCLASS32 ? sizeof(s.s32) : sizeof(s.s64);

		if (h->shoff == 0 || h->shoff > (uint64_t)INT64_MAX - size || h->shentsize != size)
			return fail("ELF header", 0, "%s: no section 0 for PN_XNUM", name);
		if (pread_exact(fd, &s, size, h->shoff, name))
			return -1;
		h->section_end = h->shoff + size;
		h->phnum = *class == ELFCLASS32 ? s.s32.sh_info : s.s64.sh_info;
	}
	if (!h->phnum || h->phnum > SEGMENTS_MAX)
		return fail("ELF header", 0, "%s: %u program headers", name, h->phnum);
	if (h->phoff > INT64_MAX - (uint64_t)h->phnum * h->phentsize)
		return fail("ELF header", 0, "%s: e_phoff is out of range", name);
	return 0;
}

static int check_segment(const struct core_segment *s, uint64_t file_size, const char *name, size_t i)
{
	if (s->type == PT_LOAD && s->filesz > s->memsz)
		return fail("ELF header", 0, "%s: segment %zu has more bytes in the file than in memory", name, i);
	/* p_paddr is all ones in /proc/kcore where there is no physical address. */
	if (s->paddr > UINT64_MAX - s->memsz && (file_size || s->paddr != UINT64_MAX))
		return fail("ELF header", 0, "%s: segment %zu wraps around", name, i);
	if (s->offset > INT64_MAX - s->filesz)
		return fail("ELF header", 0, "%s: segment %zu lies beyond any file", name, i);
	if (file_size && s->offset + s->filesz > file_size)
		return fail("ELF header", 0, "%s: segment %zu ends at %llu, the file at %llu: torn", name, i,
			    (unsigned long long)(s->offset + s->filesz), (unsigned long long)file_size);
	return 0;
}

static struct core_segment segment_of(const unsigned char *header, unsigned char class)
{
	union {
		Elf32_Phdr p32;
		Elf64_Phdr p64;
	} p;

	if (class == ELFCLASS32) {
		memcpy(&p, header, sizeof(p.p32));
		return (struct core_segment){ p.p32.p_offset, p.p32.p_vaddr, p.p32.p_paddr, p.p32.p_filesz,
					      p.p32.p_memsz, p.p32.p_type, p.p32.p_flags };
	}
	memcpy(&p, header, sizeof(p.p64));
	return (struct core_segment){ p.p64.p_offset, p.p64.p_vaddr, p.p64.p_paddr, p.p64.p_filesz,
				      p.p64.p_memsz, p.p64.p_type, p.p64.p_flags };
}

static int read_segments(int fd, const char *name, uint64_t file_size, unsigned char class, const struct header *h,
			 struct elfcore *core)
{
	unsigned char table[HEADERS_AT_ONCE * sizeof(Elf64_Phdr)];
	size_t room = 0;

	for (uint32_t i = 0; i < h->phnum; i++) {
		uint32_t left = h->phnum - i, at = i % HEADERS_AT_ONCE;
		struct core_segment s, *item;

		if (!at && pread_exact(fd, table, (size_t)(left < HEADERS_AT_ONCE ? left : HEADERS_AT_ONCE) * h->phentsize,
				       h->phoff + (uint64_t)i * h->phentsize, name))
			return -1;
		s = segment_of(table + (size_t)at * h->phentsize, class);
		if (s.type != PT_LOAD && s.type != PT_NOTE)
			continue;
		if (check_segment(&s, file_size, name, i))
			return -1;
		/* The array grows with what was read, since the count in the file's header may be wrong. */
		item = array_grown("ELF header", core->segment, sizeof(*item), core->count, &room);
		if (!item)
			return -1;
		core->segment = item;
		core->segment[core->count++] = s;
	}
	return 0;
}

int elfcore_read(int fd, const char *name, uint64_t file_size, struct elfcore *core)
{
	unsigned char class = 0;
	struct header h = { 0 };
	uint64_t bytes;

	memset(core, 0, sizeof(*core));
	if (read_header(fd, name, &class, &h))
		return -1;
	bytes = (uint64_t)h.phnum * h.phentsize;
	if (file_size && h.phoff + bytes > file_size)
		return fail("ELF header", 0, "%s ends inside its program headers: torn", name);
	core->machine = h.machine;
	core->header_end = h.phoff + bytes;
	/* The section header of PN_XNUM, where writers of cores put it. */
	if (h.section_end > core->header_end && h.section_end - core->header_end < PAGE_BYTES)
		core->header_end = h.section_end;
	if (!read_segments(fd, name, file_size, class, &h, core))
		return 0;
	elfcore_free(core);
	return -1;
}

void elfcore_free(struct elfcore *core)
{
	free(core->segment);
	memset(core, 0, sizeof(*core));
}

static bool holds(const struct core_segment *s, uint64_t start, uint64_t address, uint64_t size)
{
	return s->type == PT_LOAD && address >= start && address - start < s->filesz && s->filesz - (address - start) >= size;
}

const struct core_segment *elfcore_at_paddr(const struct elfcore *core, uint64_t paddr, uint64_t size)
{
	for (size_t i = 0; i < core->count; i++)
		if (holds(&core->segment[i], core->segment[i].paddr, paddr, size))
			return &core->segment[i];
	return NULL;
}

const struct core_segment *elfcore_at_vaddr(const struct elfcore *core, uint64_t vaddr, uint64_t size)
{
	for (size_t i = 0; i < core->count; i++)
		if (holds(&core->segment[i], core->segment[i].vaddr, vaddr, size))
			return &core->segment[i];
	return NULL;
}

/* Segments without data lie at the next one's offset. */
static bool data_ends_behind(const void *list, size_t i, uint64_t offset)
{
	const struct core_segment *s = (const struct core_segment *)list + i;

	return s->offset + s->filesz > offset;
}

size_t elfcore_first_data(const struct core_segment *segment, size_t count, uint64_t offset)
{
	return search_first(segment, count, offset, data_ends_behind);
}

/* Looks for `name` in one PT_NOTE: 1 and the descriptor, or 0. */
static int find_note(const unsigned char *notes, size_t size, const char *name,
		     const unsigned char **desc, size_t *desc_size)
{
	size_t at = 0;
	Elf64_Nhdr n; /* the same as Elf32_Nhdr */

	while (size - at >= sizeof(n)) {
		uint64_t name_at, desc_at, next;

		memcpy(&n, notes + at, sizeof(n));
		name_at = at + sizeof(n);
		desc_at = name_at + (((uint64_t)n.n_namesz + 3) & ~3ULL);
		next = desc_at + (((uint64_t)n.n_descsz + 3) & ~3ULL);
		if (desc_at + n.n_descsz > size)
			return 0;
		if (n.n_namesz == strlen(name) + 1 && !memcmp(notes + name_at, name, n.n_namesz)) {
			*desc = notes + desc_at;
			*desc_size = n.n_descsz;
			return 1;
		}
		if (next > size)
			return 0;
		at = (size_t)next;
	}
	return 0;
}

int elfcore_note(int fd, const char *file, const struct elfcore *core, const char *name,
		 struct blob *out)
{
	for (size_t i = 0; i < core->count; i++) {
		const struct core_segment *s = &core->segment[i];
		const unsigned char *desc;
		unsigned char *notes;
		int found;

		if (s->type != PT_NOTE || !s->filesz || s->filesz > NOTES_MAX)
			continue;
		notes = malloc(s->filesz);
		if (!notes)
			return fail("ELF note", ENOMEM, "%s", name);
		if (pread_exact(fd, notes, s->filesz, s->offset, file)) {
			free(notes);
			return -1;
		}
		found = find_note(notes, s->filesz, name, &desc, &out->size);
		if (found) {
			memmove(notes, desc, out->size);
			out->data = notes;
			return 0;
		}
		free(notes);
	}
	return fail("ELF note", 0, "%s has no %s note", file, name);
}
