/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of an image that are read to restore it. */
#ifndef KH_IMAGE_READER_H
#define KH_IMAGE_READER_H

#include "image/files.h"
#include "image/index.h"
#include "image/meta.h"

struct image_reader {
	struct index index;
	char path[FILE_PATH_MAX]; /* of the dump */
	int fd;                   /* the same, open to be read around the page cache where that goes */
};

/*
 * Opens the image in `dir` that `meta` describes, and checks what can be checked without reading the dump: its index is the one
 * that the description means, the dump has the size that both say, and kexec_jump_back_entry names the same re-entry
 * point (a description that names none, as one that was made by hand, needs no such file). 0, and image_reader_close()
 * closes; or -1 and fail().
 */
int image_reader_open(const char *dir, const struct meta *meta, struct image_reader *reader);
void image_reader_close(struct image_reader *reader);

#endif
