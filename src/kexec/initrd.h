/* SPDX-License-Identifier: GPL-2.0-or-later */
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

#define INITRD_FILE_MAX (1u << 20)

struct initrd_file {
	const char *name;    /* without a leading slash */
	struct blob content; /* INITRD_FILE_MAX bytes at most */
};

/*
 * Grows `initrd` by a newc archive (Documentation/driver-api/early-userspace/
 * buffer-format.rst) with `count` files of mode 0400, which the kernel unpacks
 * after what is there already. 0, or -1 and fail(); initrd stays the caller's either way.
 */
int initrd_append(struct blob *initrd, const struct initrd_file *file, size_t count);

#endif
