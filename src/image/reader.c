/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/io.h"
#include "base/report.h"

/* 24 bytes for each MiB: enough for a dump of 1 TiB. */
#define INDEX_MAX ((size_t)MIB(32))
/* An address and a newline. */
#define ENTRY_MAX 64

static int check_entry(const char *dir, const struct meta *meta)
{
	char path[FILE_PATH_MAX];
	struct blob entry;
	bool same;

	if (!*meta->entry)
		return 0;
	if (file_path(dir, FILE_ENTRY, path) || read_regular(path, ENTRY_MAX, &entry))
		return -1;
	entry.data[strcspn((char *)entry.data, "\n")] = '\0';
	same = !strcmp((char *)entry.data, meta->entry);
	free(entry.data);
	return !same ? fail("image", 0, FILE_ENTRY " is not what " FILE_META " says") : 0;
}

static int read_index(const char *dir, const struct meta *meta, struct index *index)
{
	char path[FILE_PATH_MAX];
	struct blob file;
	int ret;

	if (file_path(dir, FILE_INDEX, path) || read_regular(path, INDEX_MAX, &file))
		return -1;
	if (hash_of(file.data, file.size) != meta->index_sum)
		ret = fail("checksum", 0, "%s is damaged, or not of this image", path);
	else
		ret = index_decode(&file, index);
	free(file.data);
	if (!ret && index->stored_size != meta->dump_size)
		ret = fail("index", 0, "it is of a dump of %" PRIu64 " bytes, the metadata of %" PRIu64, index->stored_size,
			   meta->dump_size);
	return ret;
}

static int open_dump(const char *dir, const struct meta *meta, struct image_reader *reader)
{
	struct stat st;

	if (file_path(dir, meta->dump, reader->path))
		return -1;
	reader->fd = open_direct(reader->path, O_RDONLY, 0);
	if (reader->fd < 0)
		return -1;
	if (fstat(reader->fd, &st))
		return fail("stat", errno, "%s", reader->path);
	if ((uint64_t)st.st_size != meta->dump_size)
		return fail("image", 0, "%s has %" PRIu64 " bytes, not %" PRIu64 ": torn", reader->path, (uint64_t)st.st_size,
			    meta->dump_size);
	return 0;
}

int image_reader_open(const char *dir, const struct meta *meta, struct image_reader *reader)
{
	*reader = (struct image_reader){ .fd = -1 };
	if (!read_index(dir, meta, &reader->index) && !open_dump(dir, meta, reader) && !check_entry(dir, meta))
		return 0;
	image_reader_close(reader);
	return -1;
}

void image_reader_close(struct image_reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	index_free(&reader->index);
	reader->fd = -1;
}
