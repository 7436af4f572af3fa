/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hibernating partition: which block device it is, and whether somebody else uses it. */
#ifndef KH_BLOCK_PARTITION_H
#define KH_BLOCK_PARTITION_H

#include "block/superblock.h"

#define PARTITION_PATH_MAX 256

/*
 * Finds what `spec` names: LABEL=.. or UUID=.. of a file system, PARTLABEL=.. or PARTUUID=.. of a partition, or a path. `root` is where
 * /sys and /dev are ("" for the running system's). 0 with the device's node in `path`; 1 if it is not there; -1 and fail(), also when two
 * devices have that name.
 */
int partition_find(const char *root, const char *spec, char path[PARTITION_PATH_MAX]);

/* Reads the superblock of a partition that has to hold an ext4. 0; or -1 and fail(), also when it holds something else. */
int partition_superblock(const char *path, struct superblock *super);

/*
 * Is the block device `path` (a node, no link) one that B can use, and that nobody uses now? Also drops its page cache: another
 * kernel is about to write to it, and this one would go on believing what it has cached. `root` is where /proc and
 * /sys are ("" for the running system's). 0; or -1 and fail(), which says who uses it, also when that cannot be found out.
 */
int partition_claim(const char *root, const char *path);

#endif
