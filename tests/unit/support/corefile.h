/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ELF cores that are made up for tests. */
#ifndef KH_COREFILE_H
#define KH_COREFILE_H

#include "elf/elfcore.h"

enum { CORE_XNUM = 1 }; /* store the count of program headers as for more than 16 bits (PN_XNUM) */

/*
 * A core of `class` (ELFCLASS32 or ELFCLASS64) with headers for these segments, and with room for all that they have in the file.
 * The caller fills that in, and frees the core.
 */
struct blob corefile_build(int class, uint16_t machine, const struct core_segment *segment, size_t count,
			   int flags);

/* The offset at which the headers of such a core end. */
size_t corefile_header_end(int class, size_t count);

/* What PT_LOADs say of an address: nothing, that its byte is in the file, that it is zero, or more than one of these. */
enum place { PLACE_NOWHERE, PLACE_DATA, PLACE_ZEROS, PLACE_TWICE };
/* What these segments say of `address`; *offset is where its byte is in the file, for PLACE_DATA. */
enum place corefile_place(const struct core_segment *segment, size_t count, uint64_t address, uint64_t *offset);

/* Appends a note to `notes`; the caller frees notes->data. */
void corefile_add_note(struct blob *notes, const char *name, const void *desc, size_t size);

#endif
