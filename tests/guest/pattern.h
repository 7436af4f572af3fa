/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory filled with pseudo-random words, which can be computed again from the seed. */
#ifndef PATTERN_H
#define PATTERN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Pages 0, stride, 2 * stride, ... of a mapping hold the pattern. */
struct region {
	unsigned char *base;
	size_t pages;
	size_t stride;
	uint64_t seed;
	uint64_t sum;
};

/* Fills the region, and keeps the sum of its words in it. */
void pattern_fill(struct region *region);

/* Returns the offset of the first wrong word, the region's size if only the sum is wrong, or -1 if all is well. */
long long pattern_check(const struct region *region);

/* Returns the number of physically contiguous runs that the region's pages make up, -1 if the kernel does not tell. */
ssize_t pattern_runs(const struct region *region);

#endif
