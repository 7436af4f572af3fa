/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of EFI a running kernel goes on to use. */
#ifndef KH_KERNEL_EFI_H
#define KH_KERNEL_EFI_H

#include "base/range.h"

/*
 * The memory of EFI's runtime services, which a kernel calls by their address as long as it runs, from
 * `root`/sys/firmware/efi/runtime-map (Documentation/ABI/testing/sysfs-firmware-efi-runtime-map; Linux 6.12 has it where
 * it has EFI and kexec): appended to `map`, normalized, of EFI's types. Empty where there is none. 0, or -1 and fail().
 */
int efi_runtime(const char *root, struct ranges *map);

#endif
