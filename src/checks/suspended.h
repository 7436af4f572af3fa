/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Systems that have hibernated without us: by Linux itself, uswsusp or TuxOnIce, into a swap area, from which only a kernel that looks for
 * them brings them back. To boot a system that uses the same disks would end them.
 */
#ifndef KH_CHECKS_SUSPENDED_H
#define KH_CHECKS_SUSPENDED_H

#include <stdbool.h>

#include "block/partition.h"

struct suspended {
	char node[PARTITION_PATH_MAX]; /* of the swap area */
	char name[64];                 /* its name below /sys/class/block */
	bool own;                      /* it was Linux itself, and the kernel that runs now */
};

/*
 * Looks for one on each block device. `root` is the folder below which /dev, /proc and /sys are ("" but in tests). 0 with the first one; 1
 * if there is none; or -1 and fail(). A swap file is not seen.
 */
int suspended_find(const char *root, struct suspended *found);

/* Does the running system's kernel hibernate into swap when it is told to? Of no kernel that lacks that, or was booted with nohibernate. */
bool suspended_may_become(const char *root);

#endif
