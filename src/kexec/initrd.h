/* The appliance's initramfs: is it for this architecture, and how a file is added to it. */
#ifndef KH_KEXEC_INITRD_H
#define KH_KEXEC_INITRD_H

#include "base/io.h"

/*
 * build.sh names the archive khibernate-ARCH.cpio in the gzip header (RFC
 * 1952, FNAME). Refuses one for another architecture, with whose programs the
 * kernel could not get back into A; what has no such name is the caller's own.
 * 0, or -1 and fail() with `file`, its name.
 */
int initrd_check(const char *file, const struct blob *initrd);

/*
 * Grows `initrd` by a newc archive (Documentation/driver-api/early-userspace/
 * buffer-format.rst) with one file `name` (no leading slash, mode 0400), which
 * the kernel unpacks after the first. 0, or -1 and fail(); initrd stays the caller's either way.
 */
int initrd_append(struct blob *initrd, const char *name, const struct blob *content);

#endif
