/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that waits in the kernel and cannot be frozen, so that the kernel gives up a jump. */
#ifndef KH_KERNEL_STUCK_H
#define KH_KERNEL_STUCK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Looks for a thread of user space in state D (/proc/PID/task/TID/stat, proc(5)), below `root`. true, and "NAME (PID)" in `text`;
 * false when there is none.
 */
bool stuck_process(const char *root, char *text, size_t room);

#endif
