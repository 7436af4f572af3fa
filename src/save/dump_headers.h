/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers of dump.elf: ELF header, program headers and notes, in whole pages, before the data. */
#ifndef KH_SAVE_DUMP_HEADERS_H
#define KH_SAVE_DUMP_HEADERS_H

#include "base/io.h"
#include "save/layout.h"

/*
 * Builds them for `layout`, its views last, of ELF class `class` (64-bit where the file gets
 * too large for the other) and `machine`, with `notes` as the PT_NOTE. The
 * data follows directly. 0 and a blob that the caller frees, or -1 and fail().
 */
int dump_headers_build(const struct layout *layout, const struct blob *notes, unsigned char class, uint16_t machine,
		   struct blob *out);

#endif
