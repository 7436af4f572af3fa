/*
 * Restoring without C': C reads the image into its own memory, where it lies in
 * the page cache, or decompresses it there, and verifies it; the return trampoline,
 * which lies in A's window, then moves the pages to their places and enters A. That
 * takes as much memory as dump.elf has; what is said of C' (restore.h) is for all others.
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
	const char *mail;    /* how it went */
};

enum { DIRECT_UNFIT = 1 };

/*
 * Reads, verifies and loads; kexec_jump() then enters A. Until then `pinned` is
 * the caller's to keep, and to free. 0; DIRECT_UNFIT and fail(), before anything was
 * read, for an image that is C''s; or -1 and fail(): nothing is loaded, and A must not be entered.
 */
int direct_load(const struct direct_input *in, struct pinned *pinned);

#endif
