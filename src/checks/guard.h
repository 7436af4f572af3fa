/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stale image guard: an image must not be resumed when somebody else has written to a disk that A had in use, because A's
 * memory holds what was on it. A lists these devices, B adds a fingerprint of each to the metadata, and C compares them before it
 * restores anything. A device is found again by what is on it; its name is only for messages.
 */
#ifndef KH_CHECKS_GUARD_H
#define KH_CHECKS_GUARD_H

#include <stdio.h>

#include "base/io.h"

/*
 * For each line "device=NAME KIND UUID SIZE" (mounts_print()) of the text a line "fingerprint=KIND UUID SIZE SUM NAME" goes to
 * `out`, and one line "unguarded=" names those that are not seen or not read within `seconds`.
 * Devices and /sys are looked for below `root` (or ""). 0, or -1 and fail() if `out` cannot be written or memory is short.
 */
int guard_record(const char *root, const struct blob *config, unsigned int seconds, FILE *out);

/*
 * Compares the devices with the "fingerprint=" lines of hibernate.meta; waits for those that are not there for up to
 * `seconds`. 0 if each is as it was; -1 and fail() names the first that is not, or is missing.
 */
int guard_compare(const char *root, const struct blob *meta, unsigned int seconds);

/* Prints KIND UUID SIZE SUM NAME of the device or file, which finish_output() (base/io.h) has to follow. 0, or -1 and fail(). */
int guard_show(const char *path);

#endif
