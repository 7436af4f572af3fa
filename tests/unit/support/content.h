/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kinds of content that memory may have. */
#ifndef KH_CONTENT_H
#define KH_CONTENT_H

#include <stddef.h>

enum content { CONTENT_ZERO, CONTENT_TEXT, CONTENT_RANDOM, CONTENT_LAST = CONTENT_RANDOM };

/* Fills `to` with zeros, with what compresses well, or with what does not compress; always with the same bytes. */
void content_fill(void *to, size_t size, enum content content);

#endif
