/* Appends a file to an initrd as a cpio archive of its own, which the kernel unpacks after the first. */
#ifndef KH_CPIO_H
#define KH_CPIO_H

#include "io.h"

/*
 * Grows `initrd` by a newc archive (Documentation/driver-api/early-userspace/
 * buffer-format.rst) with one file `name` (no leading slash, mode 0400).
 * 0, or -1 and fail(); initrd stays the caller's either way.
 */
int cpio_append(struct blob *initrd, const char *name, const struct blob *content);

#endif
