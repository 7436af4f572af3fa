/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GDT check: does the running kernel survive a jump back? Only its code tells. */
#ifndef KH_KEXEC_GDT_CHECK_H
#define KH_KEXEC_GDT_CHECK_H

#include <stdint.h>

#include "base/range.h"

/*
 * Looks for the code by which the running kernel returns from a kexec jump (virtual_mapped in arch/x86/kernel/relocate_kernel_*.S,
 * Linux 5.10 to 6.15), and whether it loads a GDT there. Without that the kernel would load its first segment by the GDT of the
 * kernel that it was entered from, whose address means nothing to it, and reset the machine. An lgdt elsewhere does not count: since
 * Linux 6.14 the way out begins with some.
 *
 * The code is known by what it does, not by a symbol, as the kernel may hide all of them (kernel.kptr_restrict=2), or not have this
 * one: since Linux 6.14 the code lies among the data, which without CONFIG_KALLSYMS_ALL have none. `path` is that of /proc/kcore,
 * `direct_map` the address there of physical address 0, and `kernel` where the kernel's image lies (memmap_running()).
 * 0 if it loads one; else, or if that cannot be known, -1 and fail().
 */
int gdt_check(const char *path, uint64_t direct_map, const struct ranges *kernel);

#endif
