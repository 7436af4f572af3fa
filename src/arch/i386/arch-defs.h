/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KH_ARCH_DEFS_H
#define KH_ARCH_DEFS_H

#include <elf.h>
#include <linux/kexec.h>

#define ARCH_NAME "i386"
/* gdb opens 32-bit cores of EM_386 only. */
#define ARCH_ELF_CLASS ELFCLASS32
#define ARCH_ELF_MACHINE EM_386
#define ARCH_KEXEC KEXEC_ARCH_386
/* The kernel image lies in the direct map and /proc/kcore does not show it again. */
#define ARCH_KERNEL_TEXT (1ULL << 32)
/* A kernel runs in lowmem: 896 MiB less what vmalloc= and PAE take off (arch/x86/mm/init_32.c, find_low_pfn_range). */
#define ARCH_WINDOW_HIGHEST MIB(768)
/* The appliance's kernel is built without PAE, so that it runs on every CPU. */
#define ARCH_RAM_END (1ULL << 32)

#endif
