/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The block devices that this system has file systems and swap areas on. */
#ifndef KH_BLOCK_MOUNTS_H
#define KH_BLOCK_MOUNTS_H

#include <stddef.h>

#define MOUNTS_MAX 128
#define MOUNTS_NAME_SIZE 64

struct mounts {
	char name[MOUNTS_MAX][MOUNTS_NAME_SIZE]; /* below /dev, such as "vda1" */
	size_t count, left_out;                /* left_out: how many more there are */
};

/*
 * Calls `take` for each mount that this process or the system's first one sees, with its device's number, as /proc below `root` (or "")
 * tells; those of one device all have the same, and what has no device has a number that no block device has. 0, or -1 and fail().
 */
int mounts_each_mount(const char *root, void (*take)(void *context, unsigned int major, unsigned int minor), void *context);

/* The same for each block device that is swap in use, with the path that it was given to swapon() by. */
int mounts_each_swap(const char *root, void (*take)(void *context, const char *path), void *context);

/*
 * What is mounted and swap, from /proc and /sys below `root` (or ""); for a device that is made of others (device mapper,
 * MD) the undermost ones. Devices in RAM, and loop devices, whose file is on another device, are left out. 0, or -1 and fail().
 */
int mounts_list(const char *root, struct mounts *list);

/* Prints a line "device=NAME KIND UUID SIZE" for each, which guard_record() reads. 0, or -1 and fail(). */
int mounts_print(const char *root, const struct mounts *list);

#endif
