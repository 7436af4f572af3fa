/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What memory may hold, for tests of what is done with it. */
#ifndef KH_CONTENT_H
#define KH_CONTENT_H

#include <stddef.h>

enum content { CONTENT_ZERO, CONTENT_TEXT, CONTENT_RANDOM, CONTENT_LAST = CONTENT_RANDOM };

/* Fills `to`: with zeros, with what compresses well, or with what does not at all. The same in every run. */
void content_fill(void *to, size_t size, enum content content);

#endif
