/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A buffer. */
#ifndef KH_BASE_BLOB_H
#define KH_BASE_BLOB_H

#include <stddef.h>

/* Owned by the caller of what fills it; free(data) when done. */
struct blob {
	unsigned char *data;
	size_t size; /* bytes */
};

#endif
