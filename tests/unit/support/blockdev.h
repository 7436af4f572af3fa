/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Block devices in a made-up /sys and /dev, and what real tools have made on them. */
#ifndef KH_BLOCKDEV_H
#define KH_BLOCKDEV_H

#include <stdint.h>

/*
 * Adds the disk `folder` ("vda"), or the partition ("vda/vda1") of an earlier one with `sectors` sectors of 512 bytes from `start` on, to
 * /sys: its folder below /sys/devices and the link to that in /sys/class/block, with those files that Linux 6.12 has there and we read.
 */
void blockdev_add(const char *root, const char *folder, uint64_t start, uint64_t sectors);

/*
 * Makes the file `root`/`path` of `mib` MiB, and has `command` change it, to which its path is given as the last argument. The path, which
 * stays valid; the test ends when the command fails.
 */
const char *blockdev_made(const char *root, const char *path, unsigned int mib, const char *command);

/*
 * The same with the image `name` of a disk among those that util-linux 2.38.1 has for its own tests (tests/ts/blkid/images-fs), each made by
 * the tools that it is of.
 */
const char *blockdev_image(const char *root, const char *path, const char *name);

/* The first BLOCKDEV_EXT4_SIZE bytes of an ext4 of mke2fs with this label; all bytes of its UUID are `byte`. Valid until the next call. */
#define BLOCKDEV_EXT4_SIZE 4096
unsigned char *blockdev_ext4(unsigned char byte, const char *label);

#endif
