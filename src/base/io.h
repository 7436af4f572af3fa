/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole reads and writes: a short count is continued, an early end is an error; and an error of a folder is not taken for its end. */
#ifndef KH_BASE_IO_H
#define KH_BASE_IO_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/blob.h"

/* Read exactly `size` bytes, from the file position or from `offset`. 0, or -1 and fail(). */
int read_exact(int fd, void *buf, size_t size, const char *name);
int pread_exact(int fd, void *buf, size_t size, uint64_t offset, const char *name);

/* Writes all of `size` bytes at `offset`. 0, or -1 and fail(). */
int pwrite_exact(int fd, const void *buf, size_t size, uint64_t offset, const char *name);

/*
 * Opens a file in a folder that a stranger may have filled: it has to be a regular one, and no link is followed to it. Never waits, as
 * for the other end of a pipe. A descriptor, or -1 and fail().
 */
int open_regular(const char *path, int flags, mode_t mode);

/*
 * Writes a new file of `size` bytes, for its owner only, in place of what has
 * that name, and has it on the disk when it returns; its name only with its
 * folder. 0, or -1 and fail().
 */
int write_file(const char *path, const void *data, size_t size);

/* Has the content of the file `path`, or the names in the folder `path`, on the disk. 0, or -1 and fail(). */
int sync_path(const char *path);

/* The same of the folder that `path` lies in: what was created, renamed or deleted there. */
int sync_folder_of(const char *path);

/* Where replace_file() writes before it gives the file its name: a cut may leave such a file behind. */
#define REPLACE_SUFFIX ".new"

/*
 * Makes the file `path` hold `size` bytes, and has that on the disk when it returns. A cut leaves what was there before, or
 * all of the new content. 0; or -1 and fail(): which of the two is there is not known.
 */
int replace_file(const char *path, const void *data, size_t size);

/* Writes `text` in one piece into the file `path` of /proc or /sys, which has to be there. 0, or -1 and fail(). */
int write_setting(const char *path, const char *text);

/* Read up to `size` bytes, fewer only at the end of the file: the count, or -1 and fail(). */
ssize_t read_upto(int fd, void *buf, size_t size, const char *name);
ssize_t pread_upto(int fd, void *buf, size_t size, uint64_t offset, const char *name);

/*
 * Reads a whole file, also one that says it has size 0 (/proc, /sys), of at
 * most `max` bytes. The content is followed by a NUL that `size` leaves out.
 * 0, or -1 and fail(); on success the caller owns out->data.
 */
int read_file(const char *path, size_t max, struct blob *out);

/* The same of a file as for open_regular(). */
int read_regular(const char *path, size_t max, struct blob *out);

/*
 * The first line of such a file without its newline, which with all of the file has to fit into `room` bytes. 0, or -1 and fail().
 */
int read_line(const char *path, char *line, size_t room);

/*
 * Makes the file `path` hold the text, in place of what was there; whether that is on the disk is not waited for. 0, or -1 and
 * fail().
 */
__attribute__((format(printf, 2, 3)))
int write_text(const char *path, const char *fmt, ...);

/* Has all that was printed to `to` written, and tells an error of any of it; `name` is for messages. 0, or -1 and fail(). */
int finish_printing(FILE *to, const char *name);
/* The same of standard output. */
int finish_output(void);

/* Is shown one entry of the folder `path`. 0: go on. */
typedef int (*folder_visit)(void *context, const char *path, const char *name);

/*
 * Calls `visit` for each entry of the folder `path` that does not begin with a dot, until it returns something else than 0, which
 * is then returned, too. 0 at the end; or -1 and fail(`step`) when the folder cannot be read.
 */
int folder_each(const char *step, const char *path, folder_visit visit, void *context);

/* The same, but a folder that is not there has no entries. */
int folder_each_if_there(const char *step, const char *path, folder_visit visit, void *context);

/*
 * Opens a file as open_regular() does, whose bytes are read or written once, around the page cache (O_DIRECT) where its file system knows that: then
 * buffers, offsets and sizes have to be multiples of PAGE_BYTES. A descriptor, or -1 and fail().
 */
int open_direct(const char *path, int flags, mode_t mode);

#endif
