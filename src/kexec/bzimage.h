/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bzImage (Documentation/arch/x86/boot.rst, boot protocol 2.12 and later). */
#ifndef KH_KEXEC_BZIMAGE_H
#define KH_KEXEC_BZIMAGE_H

#include <stdint.h>

#include "base/io.h"

struct bzimage {
	struct blob file;        /* the whole file, owned */
	size_t setup_header_end; /* the setup header is file[0x1f1 .. end) */
	size_t kernel_at;        /* where the protected-mode kernel begins in the file */
	size_t kernel_size;      /* bytes */
	uint64_t init_size;      /* bytes from the load address that the kernel needs until it knows its memory */
	uint64_t alignment;      /* of the load address */
	uint64_t preferred;      /* below this address the kernel would move itself up to it */
	uint64_t initrd_max;     /* highest address of the initrd's last byte */
	unsigned int cmdline_max; /* bytes without the NUL */
	unsigned int xloadflags;
};

/* Reads and checks `path`. 0, or -1 and fail(); free with bzimage_free(). */
int bzimage_read(const char *path, struct bzimage *out);
int bzimage_parse(const char *name, struct bzimage *bz);
void bzimage_free(struct bzimage *bz);

#endif
