/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening an image: index, dump and re-entry point have to be those that hibernate.meta describes. */
#include "image/reader.h"

#include <unistd.h>

#include "base/hash.h"
#include "check.h"
#include "dumpfile.h"
#include "fixture.h"

/* Makes a folder with a stored dump, and what describes it. */
static const char *image(struct meta *meta)
{
	const char *root = fixture_root();
	unsigned char content[20000];
	struct dumpfile file;
	struct blob elf, index;

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (unsigned char)(i * 7);
	elf = fixture_blob(content, sizeof(content));
	file = dumpfile_store(&elf, PAGE_BYTES, CODEC_LZ4);
	*meta = (struct meta){ .dump = "dump.elf.lz4", .entry = "0x1000000", .dump_size = file.stored.size };
	if (CHECK_OK(index_encode(&file.index, &index))) {
		meta->index_sum = hash_of(index.data, index.size);
		fixture_write(root, "dump.index", index.data, index.size);
		free(index.data);
	}
	fixture_write(root, "dump.elf.lz4", file.stored.data, file.stored.size);
	fixture_text(root, "kexec_jump_back_entry", "0x1000000\n");
	dumpfile_free(&file);
	free(elf.data);
	return root;
}

static void opened(void)
{
	struct image_reader reader;
	struct meta meta;
	const char *root = image(&meta);
	char path[512];

	if (CHECK_OK(image_reader_open(root, &meta, &reader))) {
		CHECK_EQ(reader.index.dump_size, 20000);
		CHECK(strstr(reader.path, "/dump.elf.lz4"));
		CHECK(reader.fd >= 0);
		image_reader_close(&reader);
	}
	/* The description of an image that was made by hand has no re-entry point. */
	*meta.entry = '\0';
	snprintf(path, sizeof(path), "%s/kexec_jump_back_entry", root);
	CHECK_OK(unlink(path));
	if (CHECK_OK(image_reader_open(root, &meta, &reader)))
		image_reader_close(&reader);
}

static void other_files(void)
{
	struct image_reader reader;
	struct meta meta, other;
	const char *root = image(&meta);

	other = meta;
	other.index_sum++;
	CHECK_FAILS(image_reader_open(root, &other, &reader), "checksum: ");
	other = meta;
	other.dump_size--;
	CHECK_FAILS(image_reader_open(root, &other, &reader), "index: it is of a dump of");
	other = meta;
	strcpy(other.dump, "dump.elf");
	CHECK_FAILS(image_reader_open(root, &other, &reader), "open: ");
	fixture_text(root, "kexec_jump_back_entry", "0x1000001\n");
	CHECK_FAILS(image_reader_open(root, &meta, &reader), "kexec_jump_back_entry is not what hibernate.meta says");
	fixture_text(root, "kexec_jump_back_entry", "0x1000000\nand more than an address, in so many bytes that no address has them");
	CHECK_FAILS(image_reader_open(root, &meta, &reader), "kexec_jump_back_entry is larger than");
	fixture_text(root, "kexec_jump_back_entry", "");
	CHECK_FAILS(image_reader_open(root, &meta, &reader), "kexec_jump_back_entry is not");
	fixture_text(root, "kexec_jump_back_entry", "0x1000000");
	if (CHECK_OK(image_reader_open(root, &meta, &reader)))
		image_reader_close(&reader);
	fixture_text(root, "dump.elf.lz4", "too short");
	CHECK_FAILS(image_reader_open(root, &meta, &reader), "torn");
	CHECK_FAILS(image_reader_open("/nowhere/at/all", &meta, &reader), "open: ");
}

RUN_TESTS(opened, other_files)
