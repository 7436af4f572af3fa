/*
 * The stale image guard: A lists the devices that it has in use, B adds a
 * fingerprint of each to the metadata, C compares before A's memory, which
 * believes to know what is on them, is put back. Names of devices are only for
 * the user: a disk is found by what is on it.
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

/* Prints KIND UUID SIZE SUM NAME of the device or file. 0, or -1 and fail(). */
int guard_show(const char *path);

#endif
