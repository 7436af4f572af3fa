/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking the CPUs that are not the first offline, and back. */
#ifndef KH_KERNEL_CPUS_H
#define KH_KERNEL_CPUS_H

#include <stdbool.h>

/*
 * Takes all CPUs but the first offline, or brings them online. Before a kexec
 * they have to be offline: kexec itself only tells them to halt, and one that
 * is slow to do that would run on in memory that is being written over.
 * `root` is where /sys is ("" for the running system's). 0; or -1 and fail()
 * when one stays as it was, after the others have been tried all the same.
 */
int cpus_online(const char *root, bool online);

#endif
