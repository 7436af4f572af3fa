/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pattern.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / sizeof(uint64_t) };

static uint64_t rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Numbers of xoshiro256**, seeded anew for each page, so that a page can be computed without those before it. */
static void make_page(uint64_t seed, size_t page, uint64_t words[WORDS])
{
	uint64_t state = seed ^ (page * 0xd1342543de82ef95), s[4];

	for (int i = 0; i < 4; i++)
		s[i] = splitmix64(&state);
	for (int i = 0; i < WORDS; i++) {
		uint64_t t = s[1] << 17;

		words[i] = rotate(s[1] * 5, 7) * 9;
		s[2] ^= s[0];
		s[3] ^= s[1];
		s[1] ^= s[2];
		s[0] ^= s[3];
		s[2] ^= t;
		s[3] = rotate(s[3], 45);
	}
}

void pattern_fill(struct region *region)
{
	uint64_t words[WORDS];

	region->sum = 0;
	for (size_t page = 0; page < region->pages; page += region->stride) {
		make_page(region->seed, page, words);
		memcpy(region->base + page * PAGE, words, PAGE);
		for (int i = 0; i < WORDS; i++)
			region->sum = rotate(region->sum, 1) + words[i];
	}
}

long long pattern_check(const struct region *region)
{
	uint64_t words[WORDS], sum = 0;

	for (size_t page = 0; page < region->pages; page += region->stride) {
		const uint64_t *held = (const uint64_t *)(region->base + page * PAGE);

		make_page(region->seed, page, words);
		for (int i = 0; i < WORDS; i++) {
			if (held[i] != words[i])
				return (long long)(page * PAGE + i * sizeof(uint64_t));
			sum = rotate(sum, 1) + held[i];
		}
	}
	return sum == region->sum ? -1 : (long long)(region->pages * PAGE);
}

ssize_t pattern_runs(const struct region *region)
{
	const uint64_t pfn_mask = (1ULL << 55) - 1;
	ssize_t runs = 0;
	uint64_t previous = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	for (size_t page = 0; page < region->pages; page += region->stride) {
		off_t at = (off_t)(((uintptr_t)region->base / PAGE + page) * sizeof(uint64_t));
		uint64_t entry;

		if (pread(fd, &entry, sizeof(entry), at) != sizeof(entry)) {
			runs = -1;
			break;
		}
		if (page == 0 || (entry & pfn_mask) != previous + 1)
			runs++;
		previous = entry & pfn_mask;
	}
	close(fd);
	return runs;
}
