#ifndef KH_ARCH_DEFS_H
#define KH_ARCH_DEFS_H

#include <elf.h>
#include <linux/kexec.h>

#define ARCH_NAME "x86_64"
#define ARCH_ELF_MACHINE EM_X86_64
#define ARCH_KEXEC KEXEC_ARCH_X86_64
/* __START_KERNEL_map (arch/x86/include/asm/page_64_types.h): above it is the kernel image, not the direct map. */
#define ARCH_KERNEL_TEXT 0xffffffff80000000ULL

#endif
