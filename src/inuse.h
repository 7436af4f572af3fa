/* The block devices that this system has file systems and swap areas on. */
#ifndef KH_INUSE_H
#define KH_INUSE_H

#include <stddef.h>

#define INUSE_MAX 128
#define INUSE_NAME_SIZE 64

struct inuse {
	char name[INUSE_MAX][INUSE_NAME_SIZE]; /* below /dev, such as "vda1" */
	size_t count, left_out;                /* left_out: how many more there are */
};

/*
 * What is mounted and swap, from /proc and /sys below `root` (or ""); for a device that is made of others (device mapper,
 * MD) the undermost ones. Devices in RAM, and loop devices, whose file is on another device, are left out. 0, or -1 and fail().
 */
int inuse_list(const char *root, struct inuse *list);

/* Prints a line "device=NAME KIND UUID SIZE" for each, which guard_record() reads. 0, or -1 and fail(). */
int inuse_print(const char *root, const struct inuse *list);

#endif
