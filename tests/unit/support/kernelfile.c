/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernelfile.h"

#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"

#define SETUP_HEADER_AT 0x1f1

struct setup_header *kernelfile_header(struct blob *file)
{
	return (struct setup_header *)(file->data + SETUP_HEADER_AT);
}

struct blob kernelfile_build(void)
{
	struct blob file = { NULL, KERNELFILE_KERNEL_AT + KERNELFILE_KERNEL_SIZE };
	struct setup_header h = {
		.setup_sects = KERNELFILE_SETUP_SECTS,
		.boot_flag = 0xaa55,
		.jump = 0xeb | (KERNELFILE_HEADER_END - 0x202) << 8,
		.header = 0x53726448, /* HdrS */
		.version = 0x020f,
		.loadflags = LOADED_HIGH | CAN_USE_HEAP,
		.initrd_addr_max = 0x7fffffff,
		.kernel_alignment = 0x200000,
		.relocatable_kernel = 1,
		.xloadflags = ARCH_ELF_CLASS == ELFCLASS64 ? XLF_KERNEL_64 : 0,
		.cmdline_size = 2047,
		.setup_data = 0x12345678,
		.pref_address = 0x1000000,
		.init_size = 0x800001,
	};

	file.data = malloc(file.size);
	if (!file.data)
		abort();
	/* These bytes would be noticed in a wrong place. */
	memset(file.data, 0xa5, file.size);
	memcpy(file.data + SETUP_HEADER_AT, &h, sizeof(h));
	return file;
}
