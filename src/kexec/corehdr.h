/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the ELF core header through which B's kernel offers A's memory as /proc/vmcore. */
#ifndef KH_KEXEC_COREHDR_H
#define KH_KEXEC_COREHDR_H

#include "kernel/kcore.h"
#include "base/range.h"

/*
 * Builds header and notes to lie at physical address `at`: a PT_NOTE with
 * VMCOREINFO and a PT_LOAD for each range of `ram` with p_offset = p_paddr, as
 * fs/proc/vmcore.c (Linux 6.12) wants it, of the class ARCH_ELF_CLASS. The
 * p_vaddr of a range inside the kernel image is the address that the kernel's
 * symbols have, so that a debugger finds them; that of others is in the direct map.
 * 0 and a blob that the caller frees, or -1 and fail().
 */
int corehdr_build(const struct ranges *ram, const struct kcore *kcore, uint64_t at,
		  struct blob *out);

/* The size of what corehdr_build() makes, in whole pages (bytes). */
uint64_t corehdr_size(const struct ranges *ram, const struct kcore *kcore);

#endif
