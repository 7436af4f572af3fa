/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reader of hibernate.meta, with the input as it is, and with a checksum that is made to fit. */
#include "image/meta.h"

#include "fuzz.h"
#include "base/hash.h"

static void parse(const struct blob *text)
{
	struct meta meta;

	if (meta_parse(text, &meta)) {
		PROMISE(!meta.ram.item);
		return;
	}
	PROMISE(meta.ram.count && meta.ram.item[0].start >= PAGE_BYTES && meta.window.start < meta.window.end);
	for (size_t i = 0; i < meta.ram.count; i++) {
		const struct range *r = &meta.ram.item[i];

		PROMISE(r->start < r->end && !(r->start % PAGE_BYTES) && !(r->end % PAGE_BYTES));
		PROMISE(!i || meta.ram.item[i - 1].end < r->start);
		PROMISE(r->end <= meta.window.start || r->start >= meta.window.end);
	}
	PROMISE(!strchr(meta.dump, '/'));
	meta_free(&meta);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob text = fixture_blob(data, size);
	struct hash *hash = hash_begin();
	char digest[HASH_TEXT_SIZE];

	parse(&text);
	hash_add(hash, data, size);
	hash_end(hash, digest);
	text.data = realloc(text.data, size + 32);
	PROMISE(text.data);
	text.size += (size_t)sprintf((char *)text.data + size, "sum=%s\n", digest);
	parse(&text);
	free(text.data);
	return 0;
}
