/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that an image consists of, in the root of its partition: their names, and deleting them in the right order. Nothing
 * else knows which files those are.
 */
#ifndef KH_IMAGE_FILES_H
#define KH_IMAGE_FILES_H

#include <stddef.h>
#include <stdint.h>

#define FILE_META "hibernate.meta"          /* the description: without it there is no image */
#define FILE_DUMP "dump.elf"                /* A's memory; a codec appends its suffix */
#define FILE_INDEX "dump.index"             /* where each chunk of it lies */
#define FILE_ENTRY "kexec_jump_back_entry"  /* where A is to be entered; hibernate.meta says it, too */
#define FILE_REFUSAL "resume.error"         /* why the image must not be resumed any more; that it is there is what counts */
#define FILE_ATTEMPTS "resume.attempts"     /* how often resuming it was begun */
#define FILE_REBOOTS "resume.reboots"       /* how often the machine started anew for a memory map that it fits */

#define FILE_PATH_MAX 512

/* What becomes of a file when its image goes. */
enum file_role {
	FILE_FOREIGN,      /* nothing: it belongs to no image */
	FILE_NAMES_IMAGE,  /* it makes an image of the others, and goes first */
	FILE_HOLDS_MEMORY, /* it holds what was in A's memory: wiping has to overwrite or to discard it */
	FILE_BESIDE        /* it goes with the others */
};

/* The role of the file `name`, also of one that a cut left half written. */
enum file_role file_role(const char *name);

/* `dir`/`name` in `path`. 0, or -1 and fail(). */
int file_path(const char *dir, const char *name, char path[FILE_PATH_MAX]);

/* Is the file `name` in `dir`? Also when that cannot be found out: what forbids a resume must not be overlooked. */
int file_is_there(const char *dir, const char *name);

/* The dumps in a folder: usually one or none. */
struct dumps {
	size_t count;
	uint64_t bytes; /* of all of them */
	char name[64];  /* of the one that comes first in the alphabet, "" if there is none */
};

/* 0, or -1 and fail(). */
int files_dumps(const char *dir, struct dumps *dumps);

/*
 * Makes it no image: hibernate.meta is gone, and that is on the disk, when it returns; what is left is a torn one. 0, also
 * when there was none; or -1 and fail(): a boot may still find it.
 */
int files_unname(const char *dir);

/*
 * Deletes the image: first makes it none, as files_unname() does, so that a cut never leaves one that looks whole; then its
 * other files, each that holds memory after `overwrite` (NULL: as it is) was called for it. 0, also when there is none, with all
 * of it on the disk; or -1 and fail().
 */
int files_delete(const char *dir, int (*overwrite)(const char *path));

/* Deletes what was noted of attempts to resume the image. 0, also when there is nothing, with that on the disk; or -1 and fail(). */
int files_forget_tries(const char *dir);

/* What a new image in place of the one that is there can take on the file system, bytes. 0, or -1 and fail(). */
int files_room(const char *dir, uint64_t *bytes);

#endif
