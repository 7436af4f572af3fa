/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying and clearing memory by the MiB. */
#ifndef KH_BASE_COPY_H
#define KH_BASE_COPY_H

#include <stddef.h>

/*
 * memcpy() and memset(to, 0, size) for large areas. musl's own use string instructions (rep movs), which emulators, and CPUs without
 * ERMS, run several times slower than plain loads and stores; other CPUs run both at the same speed.
 */
void copy_memory(void *to, const void *from, size_t size);
void clear_memory(void *to, size_t size);

#endif
