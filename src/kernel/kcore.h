/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What A's kernel tells about itself in /proc/kcore. */
#ifndef KH_KERNEL_KCORE_H
#define KH_KERNEL_KCORE_H

#include <stdint.h>

#include "base/io.h"
#include "base/range.h"
#include "elf/elfcore.h"

struct kcore {
	struct blob vmcoreinfo;  /* the VMCOREINFO text (the note's descriptor) */
	uint64_t direct_map;     /* virtual address of physical address 0 in the direct map */
	uint64_t direct_map_end; /* physical; memory from here on has no direct mapping (highmem) */
	struct range image;      /* physical, whole pages: the kernel image; empty where only the direct map has it */
	uint64_t image_map;      /* virtual address of image.start in the mapping that the kernel's symbols lie in */
};

/*
 * Reads the PT_NOTE and the PT_LOADs of `path` (fs/proc/kcore.c, Linux 4.19
 * and later, which sets p_paddr for RAM; where it sets it for the kernel image,
 * too, that is found). 0, or -1 and fail(). kcore_free() frees.
 */
int kcore_read(const char *path, struct kcore *out);
void kcore_free(struct kcore *kcore);

/* The running kernel's memory, open to be read by its virtual addresses. */
struct kcore_memory {
	int fd;
	const char *path; /* the caller's */
	struct elfcore core;
};

/* Opens `path` (/proc/kcore), which has to live as long. 0, or -1 and fail(). */
int kcore_memory_open(struct kcore_memory *memory, const char *path);

/* Reads `size` bytes from `vaddr` on; what the kernel does not show there reads as zeros. 0, or -1 and fail(). */
int kcore_memory_read(const struct kcore_memory *memory, uint64_t vaddr, void *buf, size_t size);

void kcore_memory_close(struct kcore_memory *memory);

#endif
