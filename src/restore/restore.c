/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "restore/restore.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/copy.h"
#include "image/decompress.h"
#include "base/hash.h"
#include "kernel/memmap.h"
#include "base/progress.h"
#include "base/report.h"
#include "base/workers.h"

static int by_offset(const void *a, const void *b)
{
	const struct core_segment *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

/*
 * Is it a view? The window and low memory are where B and C' run; A's kernel restores them itself, from its backup pages, after
 * the jump. The dump shows their content for debuggers, in segments that may not be written.
 */
static bool is_view(const struct core_segment *s, const struct meta *meta)
{
	uint64_t end = s->paddr + s->memsz;

	return s->type == PT_LOAD && !(s->flags & PF_W) && !ranges_contain(&meta->ram, s->paddr, end) &&
	       (end <= MIB_1 || (s->paddr >= meta->window.start && end <= meta->window.end));
}

static void drop_views(struct elfcore *core, const struct meta *meta)
{
	size_t count = 0;

	for (size_t i = 0; i < core->count; i++)
		if (!is_view(&core->segment[i], meta))
			core->segment[count++] = core->segment[i];
	core->count = count;
}

int restore_check(struct elfcore *core, const struct meta *meta, uint64_t dump_size, unsigned int machine)
{
	struct ranges placed = { 0 };
	uint64_t file_end = core->header_end;
	int ret = 0;

	if (core->machine != machine)
		return fail("image", 0, "it is of ELF machine %u, this appliance of %u", core->machine, machine);
	drop_views(core, meta);
	if (!core->count)
		return fail("image", 0, "it has no segments");
	qsort(core->segment, core->count, sizeof(*core->segment), by_offset);
	for (size_t i = 0; i < core->count && !ret; i++) {
		const struct core_segment *s = &core->segment[i];

		if (s->filesz && s->offset < file_end)
			ret = fail("image", 0, "segments overlap in the file at offset %" PRIu64, s->offset);
		else if (s->type == PT_LOAD && !ranges_contain(&meta->ram, s->paddr, s->paddr + s->memsz))
			ret = fail("image", 0, "%" PRIx64 "-%" PRIx64 " is not RAM outside the window",
				   s->paddr, s->paddr + s->memsz);
		else if (s->filesz && s->offset - file_end >= PAGE_BYTES)
			ret = fail("image", 0, "%" PRIu64 " bytes before offset %" PRIu64 " belong to no segment",
				   s->offset - file_end, s->offset);
		else if (s->type == PT_LOAD)
			ret = ranges_add(&placed, s->paddr, s->paddr + s->memsz, 0);
		if (s->filesz)
			file_end = s->offset + s->filesz;
	}
	/* If a segment had got lost from the headers, its memory would be taken for zeros. */
	if (!ret && dump_size - file_end >= PAGE_BYTES)
		ret = fail("image", 0, "what is behind offset %" PRIu64 " belongs to no segment", file_end);
	if (!ret)
		ret = ranges_normalize(&placed);
	ranges_free(&placed);
	return ret;
}

/* --- a chunk */

/* What all threads have in common. */
struct restore {
	const struct restore_input *in;
	struct core_segment *data; /* the PT_LOADs that have data, by offset */
	size_t count;
	pthread_mutex_t lock;
	struct progress progress;
};

/* What each thread has for itself. */
struct restorer {
	struct restore *restore;
	const struct pinned *pinned; /* restore_input's */
	struct physmem mem;
	struct decompressor *decompressor;
	struct chunk_room room;
};

static void restorer_end(void *own)
{
	struct restorer *r = own;

	if (!r)
		return;
	if (r->mem.fd >= 0)
		physmem_close(&r->mem);
	decompressor_free(r->decompressor);
	chunk_room_free(&r->room);
	free(r);
}

static struct restorer *restorer_new(const struct index *index)
{
	struct restorer *r = calloc(1, sizeof(*r));

	if (!r) {
		fail("restore", ENOMEM, "a thread");
		return NULL;
	}
	r->mem.fd = -1;
	if (!chunk_room_new("restore", index->codec, &r->room) && (r->decompressor = decompressor_new(index->codec)))
		return r;
	restorer_end(r);
	return NULL;
}

static void *restorer_begin(void *context)
{
	struct restore *restore = context;
	struct restorer *r = restorer_new(restore->in->index);

	if (!r)
		return NULL;
	r->restore = restore;
	r->pinned = restore->in->pinned;
	if (!restore->in->memory || !physmem_open(&r->mem, restore->in->memory, NULL))
		return r;
	restorer_end(r);
	return NULL;
}

/* A chunk as it is stored: read, or where the stored file is what is pinned, locked there. NULL and fail(). */
static const unsigned char *stored_bytes(struct restorer *r, int fd, const char *name, const struct index *index,
					 const struct chunk *chunk)
{
	ssize_t n;

	if (r->pinned && index->codec == CODEC_NONE)
		return pinned_lock(r->pinned, chunk->offset, chunk->size);
	/* O_DIRECT takes whole blocks only; the last one of the file may be short. */
	n = pread_upto(fd, r->room.stored, (size_t)page_up(chunk->size), chunk->offset, name);
	if (n >= (ssize_t)chunk->size)
		return r->room.stored;
	if (n >= 0)
		fail("read", 0, "%s ends inside the chunk at offset %" PRIu64, name, chunk->offset);
	return NULL;
}

/* Reads and verifies chunk `item`, and decompresses it. A pointer to its bytes of the dump, or NULL and fail(). */
static const unsigned char *chunk_bytes(struct restorer *r, int fd, const char *name, const struct index *index, size_t item)
{
	const struct chunk *chunk = &index->chunk[item];
	const unsigned char *stored = stored_bytes(r, fd, name, index, chunk);
	unsigned char *raw = r->room.raw;

	if (!stored)
		return NULL;
	if (hash_of(stored, chunk->size) != chunk->hash) {
		fail("checksum", 0, "%s is damaged at offset %" PRIu64, name, chunk->offset);
		return NULL;
	}
	if (index->codec == CODEC_NONE)
		return stored;
	if (r->pinned)
		raw = pinned_lock(r->pinned, (uint64_t)item * CHUNK_BYTES, index_chunk_bytes(index, item));
	if (!raw || decompress_chunk(r->decompressor, stored, chunk->size, raw, index_chunk_bytes(index, item)))
		return NULL;
	return raw;
}

/*
 * A pointer to the memory at the address `at`, of which *size bytes may be used, at most up to `end`. As much as possible of
 * the RAM range is mapped at once, because a dump may have a segment for every few pages, and a mapping for each of
 * them would take longer than the copy. NULL and fail().
 */
static void *memory_at(struct physmem *mem, const struct meta *meta, uint64_t at, uint64_t end,
		       uint64_t *size)
{
	const struct range *ram = ranges_touch(&meta->ram, at, end);
	void *to = ram ? physmem_at(mem, at, ram->end, size) : NULL;

	if (!ram)
		fail("restore", 0, "%" PRIx64 " is not RAM", at);
	if (to && *size > end - at)
		*size = end - at;
	return to;
}

static int place(struct restorer *r, const struct core_segment *s, uint64_t skip, const unsigned char *from, uint64_t size)
{
	uint64_t at = s->paddr + skip, end = at + size, part;

	for (; at < end; at += part, from += part) {
		void *to = memory_at(&r->mem, r->restore->in->meta, at, end, &part);

		if (!to)
			return -1;
		copy_memory(to, from, (size_t)part);
	}
	return 0;
}

static int restore_chunk(void *context, void *own, size_t item)
{
	struct restore *restore = context;
	const struct restore_input *in = restore->in;
	struct restorer *r = own;
	uint64_t start = (uint64_t)item * CHUNK_BYTES, end = start + index_chunk_bytes(in->index, item);
	const unsigned char *bytes = chunk_bytes(r, in->fd, in->name, in->index, item);

	if (!bytes)
		return -1;
	/* What of the chunk belongs to no segment is headers, notes and padding. */
	for (size_t i = elfcore_first_data(restore->data, restore->count, start);
	     in->memory && i < restore->count && restore->data[i].offset < end; i++) {
		const struct core_segment *s = &restore->data[i];
		uint64_t from = s->offset > start ? s->offset : start;
		uint64_t to = s->offset + s->filesz < end ? s->offset + s->filesz : end;

		if (place(r, s, from - s->offset, bytes + (from - start), to - from))
			return -1;
	}
	pthread_mutex_lock(&restore->lock);
	progress_add(&restore->progress, end - start);
	pthread_mutex_unlock(&restore->lock);
	return 0;
}

/* --- zeros */

int restore_zeros(const struct restore_input *in, struct ranges *zeros)
{
	struct ranges filled = { 0 };
	size_t next = 0;
	int ret = 0;

	for (size_t i = 0; i < in->core->count && !ret; i++) {
		const struct core_segment *s = &in->core->segment[i];

		if (s->type != PT_LOAD)
			continue;
		if (in->index->free_left_out)
			ret = ranges_add(zeros, s->paddr + s->filesz, s->paddr + s->memsz, 0);
		else
			ret = ranges_add(&filled, s->paddr, s->paddr + s->filesz, 0);
	}
	if (!ret)
		ret = ranges_normalize(&filled);
	for (size_t i = 0; i < in->meta->ram.count && !ret && !in->index->free_left_out; i++) {
		uint64_t at = in->meta->ram.item[i].start, end = in->meta->ram.item[i].end;

		for (; next < filled.count && filled.item[next].start < end && !ret; next++) {
			ret = ranges_add(zeros, at, filled.item[next].start, 0);
			at = filled.item[next].end;
			/* RAM ranges of different types may adjoin, so what is filled may go on in the next one. */
			if (at > end)
				break;
		}
		if (!ret)
			ret = ranges_add(zeros, at, end, 0);
	}
	ranges_free(&filled);
	return ret ? ret : ranges_normalize(zeros);
}

/* Clears what has to be zero: firmware, and C, whose memory this was, have left their own bytes there. */
static int clear(const struct restore_input *in)
{
	struct ranges zeros = { 0 };
	struct progress progress;
	struct physmem mem;
	int ret = restore_zeros(in, &zeros);

	if (ret || physmem_open(&mem, in->memory, NULL)) {
		ranges_free(&zeros);
		return -1;
	}
	progress_begin(&progress, "clearing", ranges_total(&zeros), in->progress);
	for (size_t i = 0; i < zeros.count && !ret; i++) {
		uint64_t at = zeros.item[i].start, size;

		for (; at < zeros.item[i].end; at += size) {
			void *to = memory_at(&mem, in->meta, at, zeros.item[i].end, &size);

			if (!to) {
				ret = -1;
				break;
			}
			clear_memory(to, (size_t)size);
			progress_add(&progress, size);
		}
	}
	if (!ret)
		progress_end(&progress);
	physmem_close(&mem);
	ranges_free(&zeros);
	return ret;
}

/* --- all */

int restore_headers(int fd, const char *name, const struct index *index, struct elfcore *core)
{
	struct restorer *r = restorer_new(index);
	int ret = r ? 0 : -1, headers = memfd_create("headers", MFD_CLOEXEC);

	if (!ret && headers < 0)
		ret = fail("restore", errno, "memfd_create");
	for (uint64_t at = 0; !ret && at < index->headers_size; at += CHUNK_BYTES) {
		const unsigned char *bytes = chunk_bytes(r, fd, name, index, (size_t)(at / CHUNK_BYTES));
		uint64_t left = index->headers_size - at;

		ret = bytes ? pwrite_exact(headers, bytes, left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES, at, name) : -1;
	}
	if (!ret)
		ret = elfcore_read(headers, name, index->dump_size, core);
	if (headers >= 0)
		close(headers);
	restorer_end(r);
	return ret;
}

int restore_memory(const struct restore_input *in)
{
	struct restore restore = { .in = in, .lock = PTHREAD_MUTEX_INITIALIZER };
	const struct work work = { &restore, restorer_begin, restore_chunk, restorer_end };
	int ret;

	restore.data = calloc(in->core->count + 1, sizeof(*restore.data));
	if (!restore.data)
		return fail("restore", ENOMEM, "%zu segments", in->core->count);
	for (size_t i = 0; i < in->core->count; i++)
		if (in->core->segment[i].type == PT_LOAD && in->core->segment[i].filesz)
			restore.data[restore.count++] = in->core->segment[i];
	progress_begin(&restore.progress, in->memory || in->pinned ? "restoring" : "verifying", in->index->dump_size,
		       in->progress);
	ret = workers_run(&work, workers_count(), in->index->count);
	if (!ret)
		progress_end(&restore.progress);
	free(restore.data);
	return ret || !in->memory ? ret : clear(in);
}
