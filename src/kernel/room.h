/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Room in the running system's memory, and making some: what others have there goes into the swap that is free. */
#ifndef KH_KERNEL_ROOM_H
#define KH_KERNEL_ROOM_H

#include <stdint.h>
#include <stdio.h>

/* All in bytes. */
struct room {
	uint64_t needed;
	uint64_t available; /* memmap_available() */
	uint64_t swappable; /* what can be swapped out besides: there is swap for it, and enough stays for programs to run */
};

/* Where is there room for room->needed? Reads /proc below `root` ("" but in tests). 0 with the rest of *room, or -1 and fail(). */
int room_look(const char *root, struct room *room);

/* Records that there is none, with the numbers and what to do; returns -1. */
int room_lacking(const struct room *room);

/*
 * Sees to it that `needed` bytes are available. Where they are not, a child process takes memory, for which the kernel swaps out
 * what others have, and gives it back by ending: so the kernel makes room before a hibernation of its own, too. The child takes
 * only what the kernel can give at once, and leaves programs some to run in, so nobody is ended for it; it would be the first. What it
 * has taken is shown on `progress` (NULL: nowhere), never in the first second. 0; or -1 and fail() when there is too little swap,
 * or what is in memory cannot be swapped.
 */
int room_make(uint64_t needed, FILE *progress);

/*
 * How many bytes the kernel can give to a program before it has to reclaim some: of each zone in `root`/proc/zoneinfo (mm/vmstat.c,
 * Linux 6.12) what is free above its lowest watermark and above what it keeps for requests that only it can serve. 0, or -1 and
 * fail().
 */
int room_at_once(const char *root, uint64_t *bytes);

#endif
