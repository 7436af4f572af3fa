/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A /proc/meminfo, captured from Linux 6.12.117 in QEMU (fs/proc/meminfo.c), but for some of its values. */
#ifndef KH_MEMINFO_H
#define KH_MEMINFO_H

#include <stdint.h>

/* In KiB, by the names that they have there. */
struct meminfo {
	uint64_t total, free, available, active_anon, inactive_anon, swap_total, swap_free, dirty, writeback;
};

/* Writes `root`/proc/meminfo with these values; what is not given is 0. */
void meminfo_write(const char *root, const struct meminfo *kib);

#endif
