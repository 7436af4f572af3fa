/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages and powers of two, and the lesser and the greater of two numbers. */
#ifndef KH_BASE_UNITS_H
#define KH_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES 4096ULL
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

static inline uint64_t page_down(uint64_t a) { return a & ~(PAGE_BYTES - 1); }
static inline uint64_t page_up(uint64_t a) { return (a + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1); }
static inline uint64_t align_up(uint64_t a, uint64_t to) { return (a + to - 1) / to * to; }

/* Up to a multiple of 4, to which ELF notes and cpio archives fill up their parts. */
static inline size_t pad4(size_t a) { return (a + 3) & ~(size_t)3; }

static inline uint64_t min_u64(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline uint64_t max_u64(uint64_t a, uint64_t b) { return a > b ? a : b; }
static inline size_t min_size(uint64_t a, size_t b) { return a < b ? (size_t)a : b; }

#endif
