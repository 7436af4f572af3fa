/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the architectures. One implements it in a folder of
 * its own, arch/NAME/: arch-defs.h, arch.c, purgatory.S and return.S.
 */
#ifndef KH_ARCH_ARCH_H
#define KH_ARCH_ARCH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * ARCH_NAME            as in images/NAME and in hibernate.meta
 * ARCH_ELF_CLASS       of the core header that B gets
 * ARCH_ELF_MACHINE     of A's and B's cores
 * ARCH_KEXEC           kexec_load(2)'s flag
 * ARCH_KERNEL_TEXT     virtual; above it /proc/kcore shows the kernel image, not the direct map
 * ARCH_WINDOW_HIGHEST  physical; above it B's kernel could not run
 * ARCH_RAM_END         physical; what lies above it B's kernel could not reach
 */
#include "arch-defs.h"
#include "base/blob.h"
#include "base/units.h"

/* Is `machine`, uname(2)'s, a kernel of this architecture? */
bool arch_is_running(const char *machine);

/* Can the kernel `name` with these xloadflags (boot.rst) be entered the way that the purgatory does? 0, or -1 and fail(). */
int arch_check_kernel(const char *name, unsigned int xloadflags);

/*
 * The paging mode of a running kernel, in the words of the Intel SDM (volume
 * 3, 4.1.1), for arch_return_trampoline(); `vmcoreinfo` is A's. A constant
 * string.
 */
const char *arch_paging(const struct blob *vmcoreinfo);

/* Can this CPU enter a kernel with that paging mode (NULL: the architecture's usual one)? 0, or -1 and fail(). */
int arch_check_paging(const char *paging);

/*
 * The page tables by which makedumpfile (1.7.2) translates every address of a kernel's. `levels` is 0 where it needs none, as
 * the addresses of all that it reads say where that lies.
 */
struct arch_page_tables {
	uint64_t top;        /* physical address of the top table */
	unsigned int levels; /* of tables with 512 entries of 8 bytes */
	uint64_t address;    /* the bits of an entry that are a physical address */
};

/* Those of the kernel that `vmcoreinfo` is of. 0, or -1 and fail() when it does not tell. */
int arch_page_tables(const struct blob *vmcoreinfo, struct arch_page_tables *out);

/*
 * What the purgatory needs to see before it enters its kernel: `token` in the eight bytes at the physical address `word`. If
 * they hold anything else, it goes back at once into the kernel that jumped, whose paging mode is `paging` (arch_paging()).
 */
struct arch_permit {
	uint64_t word, token;
	const char *paging;
};

/*
 * The purgatory for a kernel loaded at `kernel` with boot_params at
 * `boot_params`; `slot` is the address of the command line's slot, 0 for none. With a `permit` of NULL it enters its kernel always.
 * 0 and a blob that the caller frees, or -1 and fail(). Entered at its start.
 */
int arch_purgatory(uint64_t kernel, uint64_t boot_params, uint64_t slot, const struct arch_permit *permit, struct blob *out);

/*
 * The return trampoline to lie at the page-aligned address `at`, which jumps
 * to the re-entry point `entry` of a kernel that left by kexec jump, in the
 * paging mode `paging` (NULL: the architecture's usual one).
 * 0 and a blob that the caller frees, or -1 and fail(). Entered at its start.
 */
int arch_return_trampoline(uint64_t at, uint64_t entry, const char *paging, struct blob *out);

/* A list of struct copy_item (kexec/copy_list.h) at the physical address `list`; no page that it names ends above `end`. */
struct arch_copy_list {
	uint64_t list, count, end;
};

/* The same, and it carries out the copy list before it jumps. Its size depends on copies->end only. */
int arch_copying_trampoline(uint64_t at, uint64_t entry, const char *paging, const struct arch_copy_list *copies,
			    struct blob *out);

#endif
