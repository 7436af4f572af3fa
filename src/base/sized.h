/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "SIZE[@ADDR]", which is how people and command lines write a piece of memory. */
#ifndef KH_BASE_SIZED_H
#define KH_BASE_SIZED_H

#include <stdint.h>

/* Bytes, each with an optional K, M or G behind it; *at is 0 without ADDR, which may not be 0, nor SIZE. 0 or -1, no fail(). */
int sized_parse(const char *text, uint64_t *size, uint64_t *at);

#endif
