/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's lockdown (security/lockdown/lockdown.c, Linux 6.12), which forbids kexec_load(2) and, if it is strict, /proc/kcore. */
#ifndef KH_KERNEL_LOCKDOWN_H
#define KH_KERNEL_LOCKDOWN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is the running kernel locked down? `state` gets its own words, as "none [integrity] confidentiality", or "" if it has no lockdown.
 * Of `root`/sys/kernel/security/lockdown. Where securityfs is not mounted there, and `root` is "" as it is but in tests, the kernel is
 * asked by a mount of securityfs that has no place in any folder, and is gone when this returns.
 */
bool lockdown_is_on(const char *root, char *state, size_t room);

#endif
