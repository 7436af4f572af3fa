/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/bzimage.h"

#include <asm/bootparam.h>
#include <stdlib.h>
#include <string.h>

#include "base/range.h"
#include "base/report.h"

#define KERNEL_MAX (256u << 20)
#define PROTOCOL_2_12 0x020c
#define SETUP_HEADER_AT 0x1f1

int bzimage_read(const char *path, struct bzimage *out)
{
	memset(out, 0, sizeof(*out));
	if (read_file(path, KERNEL_MAX, &out->file))
		return -1;
	if (bzimage_parse(path, out)) {
		bzimage_free(out);
		return -1;
	}
	return 0;
}

int bzimage_parse(const char *name, struct bzimage *bz)
{
	const unsigned char *file = bz->file.data;
	struct setup_header h;
	unsigned int sectors;

	if (bz->file.size < SETUP_HEADER_AT + sizeof(h))
		return fail("kernel", 0, "%s is too short for a bzImage", name);
	memcpy(&h, file + SETUP_HEADER_AT, sizeof(h));
	if (h.boot_flag != 0xaa55 || memcmp(&h.header, "HdrS", 4))
		return fail("kernel", 0, "%s is no bzImage", name);
	if (h.version < PROTOCOL_2_12)
		return fail("kernel", 0, "%s has boot protocol %u.%02u, 2.12 is needed", name,
			    h.version >> 8, h.version & 0xff);
	if (!(h.loadflags & LOADED_HIGH) || !h.relocatable_kernel)
		return fail("kernel", 0, "%s is not relocatable (CONFIG_RELOCATABLE)", name);
	sectors = h.setup_sects ? h.setup_sects : 4;
	bz->kernel_at = ((size_t)sectors + 1) * 512;
	if (bz->kernel_at >= bz->file.size)
		return fail("kernel", 0, "%s ends before its protected-mode part", name);
	bz->kernel_size = bz->file.size - bz->kernel_at;
	/* The second byte of the jump at 0x200 says where the header ends. */
	bz->setup_header_end = 0x202 + file[0x201];
	if (bz->setup_header_end > bz->kernel_at ||
	    bz->setup_header_end > SETUP_HEADER_AT + sizeof(h))
		bz->setup_header_end = SETUP_HEADER_AT + sizeof(h);
	bz->init_size = page_up(h.init_size);
	bz->alignment = h.kernel_alignment;
	bz->preferred = h.pref_address;
	bz->initrd_max = h.initrd_addr_max;
	bz->cmdline_max = h.cmdline_size;
	bz->xloadflags = h.xloadflags;
	/* Its segments lie below 4 GiB, whatever the window. */
	if (bz->preferred > UINT32_MAX)
		return fail("kernel", 0, "%s: its preferred address is %#llx", name, (unsigned long long)bz->preferred);
	if (bz->init_size < bz->kernel_size || bz->init_size > KERNEL_MAX)
		return fail("kernel", 0, "%s: init_size is %#llx", name, (unsigned long long)bz->init_size);
	if (bz->alignment < PAGE_BYTES || bz->alignment > MIB(16) ||
	    (bz->alignment & (bz->alignment - 1)))
		return fail("kernel", 0, "%s: alignment is %#llx", name, (unsigned long long)bz->alignment);
	return 0;
}

void bzimage_free(struct bzimage *bz)
{
	free(bz->file.data);
	memset(bz, 0, sizeof(*bz));
}
