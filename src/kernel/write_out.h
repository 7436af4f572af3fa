/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has what is only in memory written to the disks, as sync(2) does, which waits for ever where one of them takes nothing: a server that
 * does not answer, a device that is suspended.
 */
#ifndef KH_KERNEL_WRITE_OUT_H
#define KH_KERNEL_WRITE_OUT_H

/* Has one written: the file system that is mounted at `path`; NULL: all. */
typedef void (*write_out_one)(const char *path);

/*
 * Writes out all file systems. Where, for `seconds`, what is to be written has not become less, each is written by itself, to see which one
 * is waited for, and whether its device takes nothing. (None is touched before that, since a server that does not answer is no harm while
 * nothing is to be written there.) `root` is where /proc and /sys are, and `one` for tests: "" and NULL for the running system's. 0; or -1
 * and fail(), which names the one that takes nothing.
 */
int write_out(const char *root, unsigned int seconds, write_out_one one);

#endif
