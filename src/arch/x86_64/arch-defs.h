/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KH_ARCH_DEFS_H
#define KH_ARCH_DEFS_H

#include <elf.h>
#include <linux/kexec.h>

#define ARCH_NAME "x86_64"
#define ARCH_ELF_CLASS ELFCLASS64
#define ARCH_ELF_MACHINE EM_X86_64
#define ARCH_KEXEC KEXEC_ARCH_X86_64
/* __START_KERNEL_map (arch/x86/include/asm/page_64_types.h). */
#define ARCH_KERNEL_TEXT 0xffffffff80000000ULL
/* The addresses in boot_params have 32 bits. */
#define ARCH_WINDOW_HIGHEST (1ULL << 32)
/* The architecture's limit (Intel SDM volume 3, 4.1.4). */
#define ARCH_RAM_END (1ULL << 52)

#endif
