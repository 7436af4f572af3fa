/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this system has open that is encrypted on its disk, and whose key therefore lies in its memory. */
#ifndef KH_BLOCK_ENCRYPTED_H
#define KH_BLOCK_ENCRYPTED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/blob.h"

/*
 * Calls `take` for each, with its name: devices of device mapper that encrypt ("/dev/mapper/NAME"), used by somebody or not; and
 * mounted file systems that do ("/home/me (ecryptfs)"). `root` is the folder below which /dev, /proc and /sys are ("" but in tests).
 * What device mapper does, the kernel tells by /dev/mapper/control; where that cannot be opened, the device's UUID, which cryptsetup
 * gives. Not seen: what is encrypted within ext4 and F2FS (fscrypt), bcachefs or ZFS. 0, or -1 and fail().
 */
int encrypted_each(const char *root, void (*take)(void *context, const char *name), void *context);

/*
 * Does one of the targets in `answer`, that of the kernel to DM_TABLE_STATUS, encrypt (drivers/md/dm-ioctl.c, Linux 6.12)? 1 or 0;
 * or -1 and fail() when it is no such answer.
 */
int encrypted_targets(const struct blob *answer);

#endif
