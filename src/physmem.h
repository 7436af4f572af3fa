/* Physical memory outside our kernel's RAM, through /dev/mem, a piece at a time. */
#ifndef KH_PHYSMEM_H
#define KH_PHYSMEM_H

#include <stdint.h>

struct physmem {
	int fd;
	unsigned char *map; /* what is mapped, or NULL */
	uint64_t start, end;
};

/* Opens `path` ("/dev/mem" but in tests). 0, or -1 and fail(). */
int physmem_open(struct physmem *mem, const char *path);

/*
 * A pointer to physical address `address`, good for *size bytes: to the end of
 * the mapped piece, which reaches to `end` at most. Valid until the next call.
 * NULL and fail().
 */
void *physmem_at(struct physmem *mem, uint64_t address, uint64_t end, uint64_t *size);

void physmem_close(struct physmem *mem);

#endif
