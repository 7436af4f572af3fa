/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The symbols of the running kernel. */
#ifndef KH_KERNEL_KALLSYMS_H
#define KH_KERNEL_KALLSYMS_H

#include <stdint.h>

/*
 * The lowest address of `symbol` in `path` (/proc/kallsyms), 0 if it is not there or hidden (kernel.kptr_restrict). Symbols of data
 * are there in kernels with CONFIG_KALLSYMS_ALL only.
 */
uint64_t kallsyms_address(const char *path, const char *symbol);

#endif
