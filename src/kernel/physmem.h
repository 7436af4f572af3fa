/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Physical memory outside our kernel's RAM, a piece at a time: through /dev/mem, or A's through /proc/vmcore. */
#ifndef KH_KERNEL_PHYSMEM_H
#define KH_KERNEL_PHYSMEM_H

#include <stdint.h>

#include "elf/elfcore.h"

struct physmem {
	int fd;
	const struct elfcore *core; /* of /proc/vmcore; NULL for /dev/mem */
	unsigned char *map; /* what is mapped, or NULL */
	uint64_t start, end;
};

/*
 * Opens `path` ("/dev/mem" but in tests), to be read and written; or, with
 * its headers `core`, which have to live as long, a core, to be read only.
 * 0, or -1 and fail().
 */
int physmem_open(struct physmem *mem, const char *path, const struct elfcore *core);

/*
 * A pointer to physical address `address`, good for *size bytes: to the end of
 * the mapped piece, which reaches to `end` at most. Valid until the next call.
 * NULL and fail().
 */
void *physmem_at(struct physmem *mem, uint64_t address, uint64_t end, uint64_t *size);

void physmem_close(struct physmem *mem);

#endif
