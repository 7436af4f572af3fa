/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is an image one that this appliance can put back? What krestore and the last step of a save ask. */
#ifndef KH_RESTORE_IMAGE_CHECK_H
#define KH_RESTORE_IMAGE_CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "base/blob.h"
#include "elf/elfcore.h"
#include "image/meta.h"
#include "image/reader.h"
#include "restore/restore.h"

/* An image that was found to be right, but for the data of its dump, which is verified when it is read. */
struct checked_image {
	struct meta meta;
	struct image_reader reader;
	struct elfcore core; /* the dump's headers, without what is not put back (restore_check()) */
};

/*
 * Opens the image in `dir` that the sealed text describes, and checks all but the dump's data: the description itself, that
 * it is of this architecture and ready, or also a snapshot with `or_snapshot`, image_reader_open(), and the dump's headers.
 * 0, and checked_image_close() closes; or -1 and fail().
 */
int checked_image_open(const char *dir, const struct blob *text, bool or_snapshot, struct checked_image *image);
void checked_image_close(struct checked_image *image);

/* What restore_memory() needs to verify the image's data, or with a memory to restore it; `progress` is NULL to be quiet. */
struct restore_input checked_image_input(const struct checked_image *image, FILE *progress);

#endif
