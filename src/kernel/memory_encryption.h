/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the running kernel's memory encrypted, with a key that the CPU makes anew at each power-on, or shut off from other kernels?
 * Then it can be neither read by B nor put back.
 */
#ifndef KH_KERNEL_MEMORY_ENCRYPTION_H
#define KH_KERNEL_MEMORY_ENCRYPTION_H

#include "base/blob.h"

/* Reads a leaf's EAX, EBX, ECX and EDX by the instruction CPUID, whether or not it is below the highest that CPUID names. */
typedef void (*memory_encryption_cpuid)(unsigned int leaf, unsigned int out[4]);

/*
 * `root` is the folder below which /dev, /proc and /sys are ("" but in tests), `vmcoreinfo` the text of the running kernel, NULL
 * where it is not known; `cpuid` is NULL but in tests. 0 when memory is not encrypted, though the CPU may be able to; or -1 and
 * fail("memory encryption") with what it is called.
 */
int memory_encryption_check(const char *root, const struct blob *vmcoreinfo, memory_encryption_cpuid cpuid);

#endif
