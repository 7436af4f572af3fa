/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading an ELF core (ELF32 and ELF64) whose every field is checked before use. */
#ifndef KH_ELF_ELFCORE_H
#define KH_ELF_ELFCORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/io.h"

struct core_segment {
	uint64_t offset; /* in the file, bytes */
	uint64_t vaddr, paddr;
	uint64_t filesz, memsz; /* filesz <= memsz; the rest is zero */
	uint32_t type;          /* PT_LOAD or PT_NOTE */
	uint32_t flags;         /* PF_R, ... */
};

struct elfcore {
	struct core_segment *segment; /* only PT_LOAD and PT_NOTE, in the file's order */
	size_t count;
	uint16_t machine; /* EM_X86_64, EM_386 */
	uint64_t header_end; /* where the headers end in the file */
};

/*
 * Reads the headers of the core open at `fd` (System V ABI, generic ELF;
 * PN_XNUM as in the Linux kernel's fs/binfmt_elf.c). With file_size not 0,
 * every segment has to lie inside the file and not to wrap around. 0, or -1 and fail().
 * elfcore_free() frees.
 */
int elfcore_read(int fd, const char *name, uint64_t file_size, struct elfcore *core);
void elfcore_free(struct elfcore *core);

/* The PT_LOAD whose data in the file holds [paddr, paddr + size), or [vaddr, vaddr + size); NULL if there is none. */
const struct core_segment *elfcore_at_paddr(const struct elfcore *core, uint64_t paddr, uint64_t size);
const struct core_segment *elfcore_at_vaddr(const struct elfcore *core, uint64_t vaddr, uint64_t size);

/* Of segments that lie one behind another in the file: the first whose data ends behind `offset`, `count` if there is none. */
size_t elfcore_first_data(const struct core_segment *segment, size_t count, uint64_t offset);

/*
 * The descriptor of the note called `name` in the PT_NOTE segments: 0 and a
 * blob that the caller frees, or -1 and fail().
 */
int elfcore_note(int fd, const char *file, const struct elfcore *core, const char *name,
		 struct blob *out);

#endif
