/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices by the kernel's names for them. `root` is where /sys and /dev are ("" for the running system's). */
#ifndef KH_BLOCK_DEVICE_H
#define KH_BLOCK_DEVICE_H

#include <stddef.h>

#include "block/superblock.h"

/* The path of the node of `name`, as /sys/class/block has it, in `room` bytes. 0; or -1, without fail(), when it does not fit. */
int device_node(const char *root, const char *name, char *path, size_t room);

/*
 * The entry of the partition `name` in the table of its disk. 0; 1 when it is no partition; or -1 and fail() when that cannot be known.
 */
int device_partition(const char *root, const char *name, struct partition_entry *entry);

/*
 * superblock_open() of the device `name`, with CONTENT_ESP for a FAT on a partition that its disk's table calls an EFI system partition or
 * an extended boot loader partition. The descriptor, which the caller closes; or -1 and fail().
 */
int device_open(const char *root, const char *name, int flags, struct superblock *super);

#endif
