/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/copy.h"

#include <stdint.h>
#include <string.h>

/*
 * The compiler moves 16 bytes at a time where the CPUs that it compiles for can do so, and less elsewhere. They may lie anywhere
 * (aligned(1)), and in objects of any type (may_alias).
 */
typedef uint64_t vector __attribute__((vector_size(16), aligned(1), may_alias));

#define STEP (4 * sizeof(vector))

/* Keeps the compiler from recognizing memcpy() and memset() in the loops, and calling them. */
#define AS_WRITTEN() __asm__ volatile("" : : : "memory")

void copy_memory(void *to, const void *from, size_t size)
{
	vector *d = to;
	const vector *s = from;

	for (; size >= STEP; size -= STEP, d += 4, s += 4) {
		vector a = s[0], b = s[1], c = s[2], e = s[3];

		d[0] = a;
		d[1] = b;
		d[2] = c;
		d[3] = e;
		AS_WRITTEN();
	}
	memcpy(d, s, size);
}

void clear_memory(void *to, size_t size)
{
	const vector zero = { 0 };
	vector *d = to;

	for (; size >= STEP; size -= STEP, d += 4) {
		d[0] = d[1] = d[2] = d[3] = zero;
		AS_WRITTEN();
	}
	memset(d, 0, size);
}
