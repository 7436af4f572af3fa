/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the running kernel makes of its first CPU. */
#ifndef KH_KERNEL_CPUINFO_H
#define KH_KERNEL_CPUINFO_H

/* Is `flag` one of the flags in `root`/proc/cpuinfo (`root` is "" but in tests)? 1 or 0; -1, and no fail(), if that cannot be known. */
int cpuinfo_flag(const char *root, const char *flag);

#endif
