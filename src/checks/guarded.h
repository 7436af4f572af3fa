/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mounted file systems are of kinds of which the stale image guard does not see each use. */
#ifndef KH_CHECKS_GUARDED_H
#define KH_CHECKS_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

enum guarded {
	GUARDED_ALL,
	GUARDED_DOUBTFUL, /* there are some of other kinds, or, with `force`, as below */
	GUARDED_SHARED    /* there are some of kinds that another system has on its disks, and so is likely to use while this one is off */
};

/*
 * Looks at what is mounted and can be written. `root` is the folder below which /dev, /proc and /sys are ("" but in tests). One of enum
 * guarded, with the mounts in `text`, cut off where that ends, and what to do; or -1 and fail().
 */
int guarded_look(const char *root, bool force, char *text, size_t room);

#endif
