/* The architectures' blobs of assembly. */
#ifndef KH_BLOB_H
#define KH_BLOB_H

#include "io.h"

/*
 * A copy of the code from `start` to `end` in at least `size` bytes, the rest
 * zero. 0 and a blob that the caller frees, or -1 and fail().
 */
int blob_copy(const unsigned char *start, const unsigned char *end, size_t size, struct blob *out);

#endif
