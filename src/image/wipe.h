/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Deleting an image so that what was in A's memory cannot be read from the partition any more. */
#ifndef KH_IMAGE_WIPE_H
#define KH_IMAGE_WIPE_H

#include <stdint.h>

/*
 * Deletes the image in the folder `dir`, where its partition is mounted; it is no image from the first moment on
 * (files_delete()). `granularity` is the smallest piece that the partition's device discards, in bytes, 0 if it discards
 * nothing: where that is no more than a block of the file system, the blocks that held memory are discarded; otherwise they
 * are overwritten with zeros first. 0, also if there is no image, with all of it on the disk; or -1 and fail().
 */
int image_wipe(const char *dir, uint64_t granularity);

#endif
