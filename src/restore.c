#include "restore.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "progress.h"
#include "report.h"

#define CHUNK (1u << 20)

static int by_offset(const void *a, const void *b)
{
	const struct core_segment *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return x->paddr < y->paddr ? -1 : x->paddr > y->paddr;
}

int restore_check(struct elfcore *core, const struct meta *meta, unsigned int machine)
{
	struct ranges placed = { 0 };
	uint64_t file_end = core->header_end;
	int ret = 0;

	if (core->machine != machine)
		return fail("image", 0, "it is of ELF machine %u, this appliance of %u", core->machine, machine);
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
	/* Memory whose segment got lost would be taken for zeros. */
	if (!ret && meta->dump_size - file_end >= PAGE_BYTES)
		ret = fail("image", 0, "what is behind offset %" PRIu64 " belongs to no segment", file_end);
	if (!ret)
		ret = ranges_normalize(&placed);
	ranges_free(&placed);
	return ret;
}

struct stream {
	int fd;
	const char *name;
	uint64_t at; /* file offset */
	struct hash *hash;
	struct progress *progress;
};

/* Takes the next `size` bytes of the file into `to`. */
static int take(struct stream *s, void *to, size_t size)
{
	if (read_exact(s->fd, to, size, s->name))
		return -1;
	hash_add(s->hash, to, size);
	s->at += size;
	progress_add(s->progress, size);
	return 0;
}

/* Bytes that belong to no memory (headers, notes, padding) are only checked. */
static int skip_to(struct stream *s, uint64_t offset, unsigned char *scratch)
{
	while (s->at < offset) {
		uint64_t size = offset - s->at < CHUNK ? offset - s->at : CHUNK;

		if (take(s, scratch, (size_t)size))
			return -1;
	}
	return 0;
}

/*
 * A pointer to `at`, good for *size bytes, at most up to `end`. What is mapped
 * goes on to the end of the RAM range, because a dump may have a segment for
 * every few pages and a mapping for each would cost more than the copy.
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

static int place(struct stream *s, struct physmem *mem, const struct meta *meta,
		 const struct core_segment *seg)
{
	uint64_t at = seg->paddr, end = seg->paddr + seg->filesz, size;

	for (; at < end; at += size) {
		void *to = memory_at(mem, meta, at, end, &size);

		if (!to)
			return -1;
		if (size > CHUNK)
			size = CHUNK;
		if (take(s, to, (size_t)size))
			return -1;
	}
	return 0;
}

/* Firmware and C have left their own bytes in the pages that the image does not hold. */
static int zero_rest(const struct elfcore *core, const struct meta *meta, struct physmem *mem,
		     FILE *progress_to)
{
	struct ranges filled = { 0 }, rest = { 0 };
	struct progress progress;
	size_t next = 0;
	int ret = 0;

	for (size_t i = 0; i < core->count && !ret; i++)
		if (core->segment[i].type == PT_LOAD)
			ret = ranges_add(&filled, core->segment[i].paddr,
					 core->segment[i].paddr + core->segment[i].filesz, 0);
	if (!ret)
		ret = ranges_normalize(&filled);
	for (size_t i = 0; i < meta->ram.count && !ret; i++) {
		uint64_t at = meta->ram.item[i].start, end = meta->ram.item[i].end;

		for (; next < filled.count && filled.item[next].start < end && !ret; next++) {
			ret = ranges_add(&rest, at, filled.item[next].start, 0);
			at = filled.item[next].end;
		}
		if (!ret)
			ret = ranges_add(&rest, at, end, 0);
	}
	progress_begin(&progress, "clearing", ranges_total(&rest), progress_to);
	for (size_t i = 0; i < rest.count && !ret; i++) {
		uint64_t at = rest.item[i].start, size;

		for (; at < rest.item[i].end; at += size) {
			void *to = memory_at(mem, meta, at, rest.item[i].end, &size);

			if (!to) {
				ret = -1;
				break;
			}
			memset(to, 0, (size_t)size);
			progress_add(&progress, size);
		}
	}
	if (!ret)
		progress_end(&progress);
	ranges_free(&filled);
	ranges_free(&rest);
	return ret;
}

int restore_memory(int fd, const char *name, const struct elfcore *core, const struct meta *meta,
		   struct physmem *mem, FILE *progress_to)
{
	unsigned char *scratch = malloc(CHUNK);
	struct progress progress;
	struct stream s = { fd, name, 0, hash_begin(), &progress };
	char digest[HASH_TEXT_SIZE];
	int ret = 0;

	if (!scratch || !s.hash) {
		ret = fail("restore", ENOMEM, "%u bytes", CHUNK);
		goto out;
	}
	progress_begin(&progress, "restoring", meta->dump_size, progress_to);
	for (size_t i = 0; i < core->count && !ret; i++) {
		const struct core_segment *seg = &core->segment[i];

		if (seg->type != PT_LOAD || !seg->filesz)
			continue;
		ret = skip_to(&s, seg->offset, scratch) || place(&s, mem, meta, seg) ? -1 : 0;
	}
	if (!ret)
		ret = skip_to(&s, meta->dump_size, scratch);
out:
	free(scratch);
	if (s.hash)
		hash_end(s.hash, digest);
	if (ret)
		return -1;
	progress_end(&progress);
	if (strcmp(digest, meta->dump_sum))
		return fail("checksum", 0, "%s is damaged: %s, not %s", name, digest, meta->dump_sum);
	return zero_rest(core, meta, mem, progress_to);
}
