/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of a usual machine of the architecture that is tested: virtual ones, and the highest RAM that they can map. */
#ifndef KH_ADDRESSES_H
#define KH_ADDRESSES_H

#include <stdint.h>

#if UINTPTR_MAX > UINT32_MAX
#define DIRECT_MAP 0xffff888000000000
#define VMALLOC 0xffffc90000000000
#define KERNEL_TEXT 0xffffffff81000000
#define UPPER_START 0x100000000
#define UPPER_END 0x180000000
#define UPPER_RAM "100000000-180000000"
#else
#define DIRECT_MAP 0xc0000000
#define VMALLOC 0xf8000000
/* The kernel's text is in the direct map. */
#define KERNEL_TEXT 0xc1000000
#define UPPER_START 0x20000000
#define UPPER_END 0x30000000
#define UPPER_RAM "20000000-30000000"
#endif

#endif
