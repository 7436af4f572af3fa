/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reader of dump.index: what it accepts is the whole of the file. */
#include "image/index.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob file = fixture_blob(data, size), again;
	struct index index;

	if (!index_decode(&file, &index)) {
		uint64_t end = 0;

		for (size_t i = 0; i < index.count; i++) {
			PROMISE(index.chunk[i].offset == end);
			PROMISE(index.chunk[i].size <= codec_bound(index.codec, index_chunk_bytes(&index, i)));
			end += index.chunk[i].size;
		}
		PROMISE(end == index.stored_size);
		PROMISE(!index_encode(&index, &again));
		PROMISE(again.size == size && !memcmp(again.data, data, size));
		free(again.data);
		index_free(&index);
	}
	free(file.data);
	return 0;
}
