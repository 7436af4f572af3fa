/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hibernating partition: which block device it is, and whether somebody else uses it. */
#ifndef KH_BLOCK_PARTITION_H
#define KH_BLOCK_PARTITION_H

#include "block/superblock.h"

#define PARTITION_PATH_MAX 256

/*
 * Finds what `spec` names: LABEL=.. or UUID=.. of a file system, PARTLABEL=.. or PARTUUID=.. of a partition, or a path. Loop devices,
 * arrays and device mapper's devices have no name, nor has a disk with partitions. `root` is where /sys and /dev are ("" for the running
 * system's). 0 with the device's node in `path`; 1 if it is not there; -1 and fail(), also when two devices have that name.
 */
int partition_find(const char *root, const char *spec, char path[PARTITION_PATH_MAX]);

/* Reads the superblock of a partition that has to hold an ext4. 0; or -1 and fail(), also when it holds something else. */
int partition_superblock(const char *path, struct superblock *super);

/*
 * Mounts the hibernating partition `path`, which has an ext4, at `dir`, to be read and written, which replays its journal. What is on it may
 * be anybody's, so it has no programs, no devices, and no links that are followed (as far as the kernel knows that: since 5.10), and its
 * own idea of what an error is a reason for, such as a panic, does not count. 0, or -1 and fail().
 */
int partition_mount(const char *path, const char *dir);

/*
 * Is the block device `path` (a node, no link) one that B can use, and that nobody uses now? Also drops its page cache: another
 * kernel is about to write to it, and this one would go on believing what it has cached. `root` is where /proc and
 * /sys are ("" for the running system's). 0; or -1 and fail(), which says who uses it, also when that cannot be found out.
 */
int partition_claim(const char *root, const char *path);

/*
 * The same, and nobody can mount it, or use it in another way that excludes others, until partition_let_go(). A descriptor, or -1 and
 * fail().
 */
int partition_hold(const char *root, const char *path);

/* Ends that, and drops the page cache once more: anybody may have read from the device meanwhile. */
void partition_let_go(int held);

#endif
