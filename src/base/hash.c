/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash.h"

#include <errno.h>
#include <stdio.h>

#define XXH_INLINE_ALL
/*
 * The variant without SSE2: on hardware it is a quarter slower than the other, but both are faster than any disk; in an emulator the
 * other takes two and a half times as long.
 */
#define XXH_VECTOR XXH_SCALAR
#include <xxhash.h>

#include "base/report.h"

uint64_t hash_of(const void *data, size_t size)
{
	return XXH3_64bits(data, size);
}

struct hash *hash_begin(void)
{
	/* Allocated by the library, because the state has to lie on a 64-byte boundary, which calloc() does not promise. */
	XXH3_state_t *state = XXH3_createState();

	if (!state || XXH3_64bits_reset(state) != XXH_OK) {
		XXH3_freeState(state);
		fail("checksum", ENOMEM, "its state");
		return NULL;
	}
	return (struct hash *)state;
}

void hash_add(struct hash *hash, const void *data, size_t size)
{
	(void)XXH3_64bits_update((XXH3_state_t *)hash, data, size);
}

void hash_end(struct hash *hash, char text[HASH_TEXT_SIZE])
{
	unsigned long long digest = XXH3_64bits_digest((XXH3_state_t *)hash);

	snprintf(text, HASH_TEXT_SIZE, "%016llx", digest);
	XXH3_freeState((XXH3_state_t *)hash);
}
