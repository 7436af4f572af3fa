/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "save/dump.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/compress.h"
#include "base/copy.h"
#include "base/hash.h"
#include "base/io.h"
#include "kernel/physmem.h"
#include "base/progress.h"
#include "base/report.h"
#include "base/workers.h"

/* No end for what physmem_at() may map, because the segment that is read next mostly lies near. */
#define NO_LIMIT (1ULL << 52)

/* --- what all threads share */

struct save {
	const struct dump_input *in;
	struct index *index;
	const char *name; /* of the file */
	int fd;
	pthread_mutex_t lock;
	pthread_cond_t turned;
	size_t turn;     /* the chunk that is placed in the file next */
	uint64_t end;    /* where */
	bool failed;
	struct progress progress;
};

/* What each thread has for itself. */
struct saver {
	struct save *save;
	struct physmem mem;
	struct compressor *compressor;
	struct chunk_room room;
};

static void saver_end(void *own)
{
	struct saver *s = own;

	if (!s)
		return;
	if (s->mem.fd >= 0)
		physmem_close(&s->mem);
	compressor_free(s->compressor);
	chunk_room_free(&s->room);
	free(s);
}

/* Only what saves, and does not just read what was saved, needs the memory that is saved, and the compressor. */
static void *saver_begin(void *context)
{
	struct save *save = context;
	const struct dump_input *in = save->in;
	struct saver *s = calloc(1, sizeof(*s));

	if (!s) {
		fail("save", ENOMEM, "a thread");
		return NULL;
	}
	s->save = save;
	s->mem.fd = -1;
	if (!chunk_room_new("save", save->index->codec, &s->room) &&
	    (!in || ((s->compressor = compressor_new(in->codec)) && !physmem_open(&s->mem, in->vmcore, in->core))))
		return s;
	saver_end(s);
	return NULL;
}

/* --- a chunk */

/* Copies the pages that are bytes [offset, offset + size) of the dump's data. */
static int copy_data(struct saver *s, unsigned char *to, uint64_t offset, size_t size)
{
	const struct layout *layout = s->save->in->layout;

	for (size_t i = layout_find(layout, offset); size; i++) {
		const struct core_segment *seg = &layout->segment[i];
		uint64_t skip = offset - seg->offset, left = seg->filesz - skip, got;

		while (left && size) {
			const void *at = physmem_at(&s->mem, seg->paddr + skip, NO_LIMIT, &got);

			if (!at)
				return -1;
			if (got > left)
				got = left;
			if (got > size)
				got = size;
			copy_memory(to, at, (size_t)got);
			to += got;
			skip += got;
			left -= got;
			offset += got;
			size -= (size_t)got;
		}
	}
	return 0;
}

static int copy_chunk(struct saver *s, uint64_t offset, size_t size)
{
	const struct blob *headers = s->save->in->headers;
	size_t done = 0;

	if (offset < headers->size) {
		done = headers->size - offset < size ? headers->size - (size_t)offset : size;
		memcpy(s->room.raw, headers->data + offset, done);
	}
	return copy_data(s, s->room.raw + done, offset + done - headers->size, size - done);
}

/* Where chunk `item` goes: behind the one before it. UINT64_MAX when another thread failed, which says why. */
static uint64_t take_turn(struct save *save, size_t item, size_t size)
{
	uint64_t at = UINT64_MAX;

	pthread_mutex_lock(&save->lock);
	while (save->turn != item && !save->failed)
		pthread_cond_wait(&save->turned, &save->lock);
	if (!save->failed) {
		at = save->end;
		save->end += size;
		save->turn++;
		pthread_cond_broadcast(&save->turned);
	}
	pthread_mutex_unlock(&save->lock);
	return at;
}

/* Wakes the other threads, which would else wait for ever until it is the turn of this one's chunk. */
static int stop(struct save *save)
{
	pthread_mutex_lock(&save->lock);
	save->failed = true;
	pthread_cond_broadcast(&save->turned);
	pthread_mutex_unlock(&save->lock);
	return -1;
}

static void count(struct save *save, size_t size)
{
	pthread_mutex_lock(&save->lock);
	progress_add(&save->progress, size);
	pthread_mutex_unlock(&save->lock);
}

static int save_chunk(void *context, void *own, size_t item)
{
	struct save *save = context;
	struct saver *s = own;
	struct chunk *chunk = &save->index->chunk[item];
	size_t size = index_chunk_bytes(save->index, item), stored = size;

	if (copy_chunk(s, (uint64_t)item * CHUNK_BYTES, size))
		return stop(save);
	if (s->room.stored != s->room.raw && compress_chunk(s->compressor, s->room.raw, size, s->room.stored, &stored))
		return stop(save);
	chunk->size = (uint32_t)stored;
	chunk->hash = hash_of(s->room.stored, stored);
	chunk->offset = take_turn(save, item, stored);
	if (chunk->offset == UINT64_MAX)
		return 0;
	if (pwrite_exact(save->fd, s->room.stored, stored, chunk->offset, save->name))
		return stop(save);
	count(save, size);
	return 0;
}

/* --- the file */

/*
 * Asks for all of the room at once: a disk that is too full is found before anything is written, and writing need not wait for
 * the file to grow.
 */
static int reserve(int fd, const char *path, enum codec codec, uint64_t size)
{
	/* A compressed dump may fit although it would not uncompressed. */
	if (!fallocate(fd, 0, 0, (off_t)size) || errno == EOPNOTSUPP || (codec != CODEC_NONE && errno == ENOSPC))
		return 0;
	return fail("write", errno, "%s: %llu MiB", path, (unsigned long long)size >> 20);
}

static int run(struct save *save, const char *what, int (*work)(void *, void *, size_t))
{
	const struct work job = { save, saver_begin, work, saver_end };
	int ret;

	pthread_mutex_init(&save->lock, NULL);
	pthread_cond_init(&save->turned, NULL);
	progress_begin(&save->progress, what, save->index->dump_size, save->progress.to);
	ret = workers_run(&job, workers_count(), save->index->count);
	if (!ret)
		progress_end(&save->progress);
	return ret;
}

int dump_write(const struct dump_input *in, const char *path, struct index *index)
{
	struct save save = { .in = in, .index = index, .name = path, .progress.to = in->progress };
	int ret = -1;

	if (index_new(index, in->headers->size + in->layout->data))
		return -1;
	index->codec = in->codec;
	/* Around the page cache, which would hold the data a second time, where there is little memory. */
	save.fd = open_direct(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (save.fd < 0)
		return -1;
	if (!reserve(save.fd, path, in->codec, index->dump_size))
		ret = run(&save, "saving", save_chunk);
	index->stored_size = save.end;
	if (!ret && ftruncate(save.fd, (off_t)save.end))
		ret = fail("truncate", errno, "%s", path);
	if (!ret && fsync(save.fd))
		ret = fail("fsync", errno, "%s", path);
	if (close(save.fd) && !ret)
		ret = fail("close", errno, "%s", path);
	return ret;
}

static int index_chunk(void *context, void *own, size_t item)
{
	struct save *save = context;
	struct saver *s = own;
	struct chunk *chunk = &save->index->chunk[item];

	chunk->size = (uint32_t)index_chunk_bytes(save->index, item);
	chunk->offset = (uint64_t)item * CHUNK_BYTES;
	if (pread_exact(save->fd, s->room.raw, chunk->size, chunk->offset, save->name))
		return -1;
	chunk->hash = hash_of(s->room.raw, chunk->size);
	count(save, chunk->size);
	return 0;
}

int dump_index_of(const char *path, FILE *progress, struct index *index)
{
	struct save save = { .index = index, .name = path, .progress.to = progress };
	struct stat st;
	int ret = -1;

	*index = (struct index){ 0 };
	save.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (save.fd < 0)
		return fail("open", errno, "%s", path);
	if (fstat(save.fd, &st))
		fail("stat", errno, "%s", path);
	else if (!index_new(index, (uint64_t)st.st_size))
		ret = run(&save, "checksum", index_chunk);
	index->stored_size = index->dump_size;
	close(save.fd);
	return ret;
}
