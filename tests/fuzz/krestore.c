/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes krestore with a whole image. The input: hibernate.meta, dump.index, the stored dump. All checksums are made to fit, or
 * hardly an input would get past them.
 */
#include "../../src/cmd/krestore.c"

#include "fuzz.h"
#include "base/hash.h"
#include "base/keyvalue.h"

#define MEMORY_SIZE MIB(8)
/* Where the chunks begin in dump.index: behind index.c's struct file_header. */
#define FIRST_CHUNK 56

static void seal_chunks(struct blob *file, const struct input *dump)
{
	for (size_t at = FIRST_CHUNK; file->size >= at + sizeof(struct chunk); at += sizeof(struct chunk)) {
		struct chunk c;

		memcpy(&c, file->data + at, sizeof(c));
		if (c.offset > dump->size || c.size > dump->size - c.offset)
			return;
		c.hash = hash_of(dump->data + c.offset, c.size);
		memcpy(file->data + at, &c, sizeof(c));
	}
}

static void write_meta(const char *root, const struct input *lines, const struct blob *indexed, size_t dump_size)
{
	size_t room = lines->size + 128, length;
	char *text = malloc(room), entry[34];

	PROMISE(text);
	if (lines->size)
		memcpy(text, lines->data, lines->size);
	length = lines->size;
	length += (size_t)snprintf(text + length, room - length, "dump_size=%zu\nindex_sum=%016llx\n", dump_size,
				   (unsigned long long)hash_of(indexed->data, indexed->size));
	length += (size_t)snprintf(text + length, room - length, "sum=%016llx\n",
				   (unsigned long long)hash_of(text, length));
	fixture_write(root, FILE_META, text, length);
	/* The re-entry point is also in a file of its own, which has to agree with hibernate.meta. */
	(void)keyvalue_get(&(struct blob){ (unsigned char *)text, length }, "jump_back_entry", entry, sizeof(entry) - 1);
	fixture_text(root, FILE_ENTRY, strcat(entry, "\n"));
	free(text);
}

static int run(const char *root, const char *memory)
{
	const char *check[] = { "krestore", "-q", "--check", root, NULL };
	const char *all[] = { "krestore", "-q", "--memory", memory, root, NULL };

	return memory ? krestore_main(5, (char **)all) : krestore_main(4, (char **)check);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *root;
	static char memory[512];
	struct input dump = { data, size }, lines = input_part(&dump), part = input_part(&dump);
	struct blob indexed = fixture_blob(part.data, part.size);

	if (!root) {
		root = fixture_root();
		fixture_write(root, "memory", "", 0);
		snprintf(memory, sizeof(memory), "%s/memory", root);
		PROMISE(!truncate(memory, MEMORY_SIZE));
	}
	seal_chunks(&indexed, &dump);
	fixture_write(root, FILE_INDEX, indexed.data, indexed.size);
	fixture_write(root, FILE_DUMP, dump.data, dump.size);
	write_meta(root, &lines, &indexed, dump.size);
	free(indexed.data);
	if (run(root, NULL) == EXIT_OK)
		(void)run(root, memory);
	return 0;
}
