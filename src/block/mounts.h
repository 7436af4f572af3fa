/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The block devices that this system has file systems and swap areas on. */
#ifndef KH_BLOCK_MOUNTS_H
#define KH_BLOCK_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

#define MOUNTS_MAX 128
#define MOUNTS_NAME_SIZE 64

struct mounts {
	char name[MOUNTS_MAX][MOUNTS_NAME_SIZE]; /* below /dev, such as "vda1" */
	size_t count, left_out;                /* left_out: how many more there are */
};

/* A mount, as the kernel tells of it: spaces are written \040. Of longer texts only the start is there. */
struct mount {
	unsigned int major, minor; /* major 0: none of a block device */
	bool writable;             /* its file system is, if not this mount of it */
	char where[256], type[64], source[256];
};

/* Calls `take` for each mount, from /proc below `root` (or ""). 0, or -1 and fail(). */
int mounts_each_file_system(const char *root, void (*take)(void *context, const struct mount *mount), void *context);

/*
 * Calls `take` for each mount that this process or the system's first one sees, with its device's number, as /proc below `root` (or "")
 * tells; those of one device all have the same, and what has no device has a number that no block device has. 0, or -1 and fail().
 */
int mounts_each_mount(const char *root, void (*take)(void *context, unsigned int major, unsigned int minor), void *context);

/* The same for each block device that is swap in use, with the path that it was given to swapon() by. */
int mounts_each_swap(const char *root, void (*take)(void *context, const char *path), void *context);

/* The name below /dev of the device MAJOR:MINOR. 0; or -1, without fail(), if there is none, or it is longer. */
int mounts_name(const char *root, unsigned int major, unsigned int minor, char name[MOUNTS_NAME_SIZE]);

/* Is it a RAM disk, or a loop device, whose file is on another device? */
bool mounts_in_memory_or_file(const char *root, unsigned int major, unsigned int minor);

/*
 * What is mounted and swap, from /proc and /sys below `root` (or ""); for a device that is made of others (device mapper,
 * MD) the undermost ones. Devices in RAM, and loop devices, whose file is on another device, are left out. 0, or -1 and fail().
 */
int mounts_list(const char *root, struct mounts *list);

/*
 * Prints a line "device=NAME KIND UUID SIZE" for each, which guard_record() reads, and drops what is cached of devices that firmware may
 * write to. 0, or -1 and fail().
 */
int mounts_print(const char *root, const struct mounts *list);

#endif
