/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running kernel has counted of devices that it could not suspend: /sys/power/suspend_stats (kernel/power/main.c and
 * drivers/base/power/main.c of Linux 6.12). A kexec jump counts there as a suspend does, but for processes that could not be
 * frozen, which only a suspend counts.
 */
#ifndef KH_KERNEL_SUSPEND_STATS_H
#define KH_KERNEL_SUSPEND_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The steps in which a kernel suspends devices, in their order. */
enum suspend_step {
	STEP_PREPARE, /* every device is told; its driver has no name in the counts when it refuses */
	STEP_SUSPEND,
	STEP_LATE,
	STEP_NOIRQ,
	STEP_COUNT /* none of them */
};

#define SUSPEND_DEVICE_SIZE 64

struct suspend_counts {
	bool known;               /* does this kernel count? */
	uint64_t step[STEP_COUNT]; /* how often each step failed since the boot */
	char device[SUSPEND_DEVICE_SIZE]; /* that refused last, in whichever step; "" for none */
};

struct suspend_stats {
	int fd[STEP_COUNT + 1]; /* -1: not there */
};

/* Opens the files below `root`. Where they are not there, the counts are not known. */
void suspend_stats_open(const char *root, struct suspend_stats *stats);

/*
 * Reads the counts. From the second time on this needs no memory and no disk, so it may be done while all disks are suspended.
 */
void suspend_stats_read(const struct suspend_stats *stats, struct suspend_counts *counts);

void suspend_stats_close(struct suspend_stats *stats);

/* The first step that failed between two readings; STEP_COUNT for none. */
enum suspend_step suspend_stats_failed(const struct suspend_counts *before, const struct suspend_counts *after);

/* The driver of a device of any bus below `root`: writes its name and returns true; false when it is not found. */
bool suspend_driver_of(const char *root, const char *device, char *name, size_t room);

#endif
