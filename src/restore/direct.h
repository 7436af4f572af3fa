/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restoring without C'. C reads the image into its own memory, where it is verified and pinned: in the page cache, or decompressed in
 * pages of its own. The return trampoline, which lies in A's window, then copies the pages to their places and enters A. This takes
 * as much free memory as the uncompressed dump has. Where there is less, C' restores the image (restore.h), and places each chunk
 * right after it was read.
 */
#ifndef KH_RESTORE_DIRECT_H
#define KH_RESTORE_DIRECT_H

#include "restore/restore.h"
#include "restore/pinned.h"

struct direct_input {
	const struct restore_input *restore; /* its memory is NULL */
	uint64_t entry;      /* A's re-entry point */
	const char *paging;  /* A's paging mode, NULL for the usual one */
	const char *mailbox; /* A's, NULL for none */
	const char *mail;    /* what A is told of how it went */
};

enum { DIRECT_UNFIT = 1 };

/*
 * Reads, verifies and pins the image, and loads the trampoline; kexec_jump() then enters A. `pinned` has to stay as it is
 * until then; the caller frees it, with any result. 0; DIRECT_UNFIT and fail() for an image that this kernel cannot pin,
 * before any of it was read; or -1 and fail(): A must not be entered.
 */
int direct_load(const struct direct_input *in, struct pinned *pinned);

#endif
