/* What differs between the architectures; one src/arch/NAME.c and NAME.h implements it. */
#ifndef KH_ARCH_H
#define KH_ARCH_H

#include <stdbool.h>

#include "arch-defs.h" /* arch/NAME/: ARCH_NAME, ARCH_ELF_MACHINE, ARCH_KERNEL_TEXT, ARCH_KEXEC */
#include "bzimage.h"

/* Is `machine`, uname(2)'s, a kernel of this architecture? */
bool arch_is_running(const char *machine);

/* Can `bz` be entered the way that the purgatory does? 0, or -1 and fail(). */
int arch_check_kernel(const char *name, const struct bzimage *bz);

/*
 * Refuses a running kernel to which the trampoline could not return.
 * `vmcoreinfo` is A's. 0, or -1 and fail().
 */
int arch_check_running(const struct blob *vmcoreinfo);

/*
 * Refuses a running kernel that would not survive the return: looks at its
 * code through `kallsyms` and `kcore` (/proc/...). 0, or -1 and fail().
 */
int arch_check_return_code(const char *kallsyms, const char *kcore);

/*
 * The purgatory for a kernel loaded at `kernel` with boot_params at
 * `boot_params`; `slot` is the address of the command line's slot, 0 for none.
 * 0 and a blob that the caller frees, or -1 and fail(). Entered at its start.
 */
int arch_purgatory(uint64_t kernel, uint64_t boot_params, uint64_t slot, struct blob *out);

/*
 * The return trampoline to lie at the page-aligned address `at`, which jumps
 * to the re-entry point `entry` of a kernel that left by kexec jump.
 * 0 and a blob that the caller frees, or -1 and fail(). Entered at its start.
 */
int arch_return_trampoline(uint64_t at, uint64_t entry, struct blob *out);

#endif
