/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The architectures' blobs of assembly. */
#ifndef KH_ARCH_CODE_H
#define KH_ARCH_CODE_H

#include "base/blob.h"

/*
 * A copy of the code from `start` to `end` in at least `size` bytes, the rest
 * zero. 0 and a blob that the caller frees, or -1 and fail().
 */
int code_copy(const unsigned char *start, const unsigned char *end, size_t size, struct blob *out);

/* The architecture's own, from purgatory.S and return.S; each begins with a jump over its parameters. */
extern const unsigned char purgatory_blob[], purgatory_blob_end[];
extern const unsigned char return_blob[], return_blob_end[];

#endif
