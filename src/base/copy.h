/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying and clearing memory by the MiB. */
#ifndef KH_BASE_COPY_H
#define KH_BASE_COPY_H

#include <stddef.h>

/*
 * memcpy() and memset(to, 0, size) for large areas. musl's use string
 * instructions (rep movs), which emulators and CPUs without ERMS run a
 * fraction as fast as plain loads and stores; on any other it makes no difference.
 */
void copy_memory(void *to, const void *from, size_t size);
void clear_memory(void *to, size_t size);

#endif
