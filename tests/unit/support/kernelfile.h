/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bzImage that is made up for tests. */
#ifndef KH_KERNELFILE_H
#define KH_KERNELFILE_H

#include <asm/bootparam.h>

#include "base/io.h"

#define KERNELFILE_SETUP_SECTS 3
#define KERNELFILE_KERNEL_AT ((KERNELFILE_SETUP_SECTS + 1) * 512)
#define KERNELFILE_KERNEL_SIZE 9000
#define KERNELFILE_HEADER_END 0x26c

/* A bzImage that passes every check; the caller frees it. */
struct blob kernelfile_build(void);

/* Its setup header, which a test may change. */
struct setup_header *kernelfile_header(struct blob *file);

#endif
