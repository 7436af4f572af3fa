/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GDT check: does the running kernel survive a jump back? Only its code tells. */
#ifndef KH_KEXEC_GDT_CHECK_H
#define KH_KEXEC_GDT_CHECK_H

#include "arch/arch.h"

/*
 * Looks for an instruction that loads a GDT in the kernel's code for the jump, `jump_code` (&arch_jump_code but in tests).
 * Without one the kernel would, after a jump back, load its first segment by the GDT of the kernel that it was entered from,
 * whose address means nothing to it, and reset the machine. `kallsyms` and `kcore` are the paths of /proc/kallsyms and
 * /proc/kcore. 0 if there is one; else, or if that cannot be known, -1 and fail().
 */
int gdt_check(const char *kallsyms, const char *kcore, const struct arch_jump_code *jump_code);

#endif
