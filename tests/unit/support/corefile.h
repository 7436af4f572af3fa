/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF cores that tests make up. */
#ifndef KH_COREFILE_H
#define KH_COREFILE_H

#include "elf/elfcore.h"

enum { CORE_XNUM = 1 }; /* count the program headers the PN_XNUM way */

/*
 * A core of `class` (ELFCLASS32, ELFCLASS64) with these segments, as long as
 * they reach; the caller frees it and fills in what the segments hold.
 */
struct blob corefile_build(int class, uint16_t machine, const struct core_segment *segment, size_t count,
			   int flags);

/* Where the headers of such a core end. */
size_t corefile_header_end(int class, size_t count);

/* What PT_LOADs say of the byte at `address`: bytes in the file, zeros, nothing, or more than one of these. */
enum place { PLACE_NOWHERE, PLACE_DATA, PLACE_ZEROS, PLACE_TWICE };
/* *offset is where it lies in the file when it does. */
enum place corefile_place(const struct core_segment *segment, size_t count, uint64_t address, uint64_t *offset);

/* Appends a note to `notes`; the caller frees notes->data. */
void corefile_add_note(struct blob *notes, const char *name, const void *desc, size_t size);

#endif
