/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a block device discards. */
#ifndef KH_BLOCK_DISCARD_H
#define KH_BLOCK_DISCARD_H

#include <stdint.h>
#include <sys/types.h>

/*
 * The smallest piece that the block device `device` discards, in bytes; 0 if it discards nothing or that is not known. A
 * partition discards what its disk does. `root` is where /sys is ("" for the running system's).
 */
uint64_t discard_granularity(const char *root, dev_t device);

#endif
