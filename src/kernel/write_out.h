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
 * Writes out all file systems, each by itself, then all of the rest. For that it has a child, since who waits for a disk cannot be stopped.
 * `root` is where /proc is, and `one` for tests: "" and NULL for the running system's. 0; or -1 and fail(), which names the one that is
 * waited for, when for `seconds` none was done, and what is to be written has not become less.
 */
int write_out(const char *root, unsigned int seconds, write_out_one one);

#endif
