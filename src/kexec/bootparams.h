/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The boot_params page ("zero page") of B and C' (Documentation/arch/x86/zero-page.rst). */
#ifndef KH_KEXEC_BOOTPARAMS_H
#define KH_KEXEC_BOOTPARAMS_H

#include <asm/bootparam.h>

#include "kexec/bzimage.h"
#include "base/range.h"

struct boot_places {
	uint64_t cmdline, initrd, initrd_size; /* physical addresses, bytes */
};

/*
 * The memory map of B and C', from firmware's: usable are the low memory `low`
 * and the window, but not `hole` in it, where the ELF core header lies,
 * which B's kernel takes only from outside its RAM. The rest of A's RAM is
 * reserved. A map with more ranges than boot_params has room for is made
 * coarser: what lies between two ranges that are not usable becomes reserved like them,
 * beginning with the nearest. 0, or -1 and fail(), also when low memory or window are not RAM by firmware's map.
 */
int bootparams_e820(const struct ranges *firmware, const struct range *window, const struct range *low,
		    const struct range *hole, struct ranges *out);

/*
 * Fills `bp` for `bz`: its setup header, where things lie, the memory map,
 * and from the running kernel's own boot_params (`root`/sys/kernel/boot_params/
 * data) the screen and the ACPI root pointer. 0, or -1 and fail().
 */
int bootparams_fill(const char *root, const struct bzimage *bz, const struct boot_places *places,
		    const struct ranges *e820, struct boot_params *bp);

#endif
