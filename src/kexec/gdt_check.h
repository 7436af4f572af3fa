/* Does the running kernel survive a jump back? Its code tells. */
#ifndef KH_KEXEC_GDT_CHECK_H
#define KH_KEXEC_GDT_CHECK_H

#include "arch/arch.h"

/*
 * Refuses a kernel whose code for the jump, &arch_jump_code but in tests, loads no GDT: after a jump back its first segment
 * load would go by what the peer left, and reset the machine. `kallsyms` and `kcore` are /proc/... 0, or -1 and fail().
 */
int gdt_check(const char *kallsyms, const char *kcore, const struct arch_jump_code *jump_code);

#endif
