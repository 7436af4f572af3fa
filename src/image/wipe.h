/* Deletes an image so that what was in memory cannot be read from the partition any more. */
#ifndef KH_IMAGE_WIPE_H
#define KH_IMAGE_WIPE_H

#include <sys/types.h>

/*
 * Deletes the image in the folder `dir`, where its partition is mounted; it is no image from the first moment on. Its blocks
 * are discarded if the device can do that for each of them, otherwise overwritten with zeros first; all of
 * it is on the disk in the end. 0, also if there is no image, or -1 and fail().
 */
int wipe_image(const char *dir);

/*
 * The least piece that the block device `device` discards, in bytes, from /sys below `root` (or ""); a partition's disk
 * knows it. 0 if it does not discard.
 */
unsigned long long wipe_granularity(const char *root, dev_t device);

#endif
