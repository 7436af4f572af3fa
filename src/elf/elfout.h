/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing ELF headers of either class from 64-bit ones. */
#ifndef KH_ELF_ELFOUT_H
#define KH_ELF_ELFOUT_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "elf/elfcore.h"

/* Sizes of a class's headers, bytes. `class` is ELFCLASS32 or ELFCLASS64. */
size_t elfout_ehdr_size(unsigned char class);
size_t elfout_phdr_size(unsigned char class);
size_t elfout_shdr_size(unsigned char class);

/*
 * Writes the header of a core of `machine` with `phnum` program headers right
 * behind it. More than a core can name there (PN_XNUM) are named by a section
 * header, as fs/binfmt_elf.c (Linux 6.12) does it, at `shoff`.
 */
void elfout_ehdr(unsigned char *to, unsigned char class, uint16_t machine, size_t phnum, uint64_t shoff);
void elfout_shdr(unsigned char *to, unsigned char class, size_t phnum);

/* Writes the program header of `segment`, and returns where the next one goes. A 32-bit class takes no value of more. */
unsigned char *elfout_phdr(unsigned char *to, unsigned char class, const struct core_segment *segment);

#endif
