/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "save/page_filter.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/range.h"
#include "base/report.h"

extern char **environ;

static const char name[] = "makedumpfile's output";

/* The header of the flattened stream takes this many bytes. */
#define STREAM_HEADER 4096
#define STREAM_SIGNATURE "makedumpfile"
#define DUMP_SIGNATURE "KDUMP   "
/* The largest size of both bitmaps that is taken, in bytes: two bits for each page of 8 TiB of RAM. */
#define BITMAP_MAX (1u << 29)

/* Big-endian, before each piece of the file; an offset of -1 ends the stream. */
struct piece {
	int64_t offset, size;
};

/* As the C library lays it out on the machine that makedumpfile runs on, which is this one. */
struct dump_header {
	char signature[8];
	int32_t version;
	char utsname[6][65];
	long timestamp[2];
	uint32_t status;
	int32_t block_size, sub_header_blocks;
	uint32_t bitmap_blocks, max_mapnr;
};

/* What is left of the piece that comes, and where in the file it goes. */
struct stream {
	int fd;
	uint64_t at, left;
};

static int next_piece(struct stream *stream)
{
	struct piece piece;
	int64_t offset, size;

	if (read_exact(stream->fd, &piece, sizeof(piece), name))
		return -1;
	offset = (int64_t)be64toh((uint64_t)piece.offset);
	size = (int64_t)be64toh((uint64_t)piece.size);
	if (offset < 0 || size <= 0 || size > BITMAP_MAX)
		return fail("page filter", 0, "%s ends before its bitmap, or is damaged", name);
	stream->at = (uint64_t)offset;
	stream->left = (uint64_t)size;
	return 0;
}

/* Takes `size` bytes of the piece, or passes them over with `to` NULL. */
static int take(struct stream *stream, unsigned char *to, uint64_t size)
{
	unsigned char scratch[4096];

	stream->at += size;
	stream->left -= size;
	if (to)
		return read_exact(stream->fd, to, (size_t)size, name);
	while (size) {
		size_t part = size < sizeof(scratch) ? (size_t)size : sizeof(scratch);

		if (read_exact(stream->fd, scratch, part, name))
			return -1;
		size -= part;
	}
	return 0;
}

/* Fills `to` with the file's bytes [start, end), which have to come in order; others may come between them. */
static int fill(struct stream *stream, uint64_t start, uint64_t end, unsigned char *to)
{
	uint64_t next = start;

	while (next < end) {
		uint64_t size;

		if (!stream->left && next_piece(stream))
			return -1;
		if (stream->at >= end || stream->at + stream->left <= next) {
			if (take(stream, NULL, stream->left))
				return -1;
			continue;
		}
		if (stream->at > next)
			return fail("page filter", 0, "%s leaves out bytes from %llu to %llu", name,
				    (unsigned long long)next, (unsigned long long)stream->at);
		if (take(stream, NULL, next - stream->at))
			return -1;
		size = stream->left < end - next ? stream->left : end - next;
		if (take(stream, to + (next - start), size))
			return -1;
		next += size;
	}
	return 0;
}

static int take_bitmap(int fd, uint64_t pages, struct bitmap *kept)
{
	struct stream stream = { .fd = fd };
	struct dump_header h = { 0 };
	uint64_t half, start, bytes;

	if (fill(&stream, 0, sizeof(h), (unsigned char *)&h))
		return -1;
	if (memcmp(h.signature, DUMP_SIGNATURE, sizeof(h.signature)) || h.block_size != (int32_t)PAGE_BYTES ||
	    h.sub_header_blocks <= 0 || h.sub_header_blocks > 4096 || !h.max_mapnr || h.max_mapnr == UINT32_MAX ||
	    h.bitmap_blocks % 2 || h.bitmap_blocks > BITMAP_MAX / PAGE_BYTES)
		return fail("page filter", 0, "%s has a header of another kind", name);
	/* The blocks hold two bitmaps of the same size: first of the pages that exist, then of those that are kept. */
	half = h.bitmap_blocks / 2 * PAGE_BYTES;
	start = (uint64_t)(1 + h.sub_header_blocks) * PAGE_BYTES + half;
	bytes = (h.max_mapnr + 7ULL) / 8;
	if (bytes > half)
		return fail("page filter", 0, "%s has a bitmap of %llu bytes for %u pages", name, (unsigned long long)half,
			    h.max_mapnr);
	if (h.max_mapnr > pages)
		return fail("page filter", 0, "%s is of %u pages, the vmcore of %llu", name, h.max_mapnr, (unsigned long long)pages);
	if (bitmap_new(kept, h.max_mapnr))
		return -1;
	return fill(&stream, start, start + bytes, (unsigned char *)kept->word);
}

int page_filter_read(int fd, uint64_t pages, struct bitmap *kept)
{
	unsigned char header[STREAM_HEADER];

	*kept = (struct bitmap){ 0 };
	if (read_exact(fd, header, sizeof(header), name))
		return -1;
	if (memcmp(header, STREAM_SIGNATURE, sizeof(STREAM_SIGNATURE)))
		return fail("page filter", 0, "%s is no flattened stream", name);
	return take_bitmap(fd, pages, kept);
}

static int start(const char *vmcore, unsigned int level, int to, pid_t *pid)
{
	char level_text[16];
	char *argv[] = { "makedumpfile", "-F", "-d", level_text, (char *)vmcore, NULL };
	posix_spawn_file_actions_t actions;
	int err;

	snprintf(level_text, sizeof(level_text), "%u", level);
	err = posix_spawn_file_actions_init(&actions);
	if (err)
		return fail("makedumpfile", err, "start");
	err = posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
	if (!err)
		/* When the pipe is closed, it says that it could not write: nobody needs to see that. */
		err = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (!err)
		err = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return err ? fail("makedumpfile", err, "start") : 0;
}

int page_filter_run(const char *vmcore, unsigned int level, uint64_t pages, struct bitmap *kept)
{
	int ends[2], ret;
	pid_t pid;

	*kept = (struct bitmap){ 0 };
	if (pipe2(ends, O_CLOEXEC))
		return fail("makedumpfile", errno, "pipe");
	ret = start(vmcore, level, ends[1], &pid);
	close(ends[1]);
	if (!ret) {
		ret = page_filter_read(ends[0], pages, kept);
		/* All that is wanted has been read; it would only go on to copy pages. */
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	return ret;
}
