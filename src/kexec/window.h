/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window: the RAM below 4 GiB in which B and C' live entirely. */
#ifndef KH_KEXEC_WINDOW_H
#define KH_KEXEC_WINDOW_H

#include "base/range.h"

/*
 * B needs 32 MiB at least; what makedumpfile and ksave need beyond that grows
 * with RAM. Not larger than it has to be: A's kernel copies all of it when it jumps, and again when it is entered.
 */
#define WINDOW_DEFAULT MIB(48)
#define WINDOW_DEFAULT_LARGE MIB(64)
#define WINDOW_LARGE_RAM (16ULL << 30)
/* With more than this, WINDOW_DEFAULT_LARGE and a byte for each page beyond: twice what save_work() (save/work.h) says. */
#define WINDOW_HUGE_RAM (64ULL << 30)
/* x86 kernels align themselves to 2 MiB (CONFIG_PHYSICAL_ALIGN at most 16 MiB, checked at layout). */
#define WINDOW_ALIGN MIB(2)
/* A relocatable kernel below its preferred address would move itself there, out of the window. */
#define WINDOW_LOWEST MIB(16)

struct window_request {
	uint64_t size;     /* bytes; 0 means window_usual() */
	uint64_t min, max; /* kexec's --mem-min and --mem-max; 0: not given */
	uint64_t at;       /* a fixed start, 0: choose */
	struct ranges avoid; /* where it must not lie; the caller's to free */
};

/*
 * A window has two notations. Users, settings and the kernel command line have SIZE[@ADDR], numbers in C notation with an
 * optional K, M or G; hibernate.meta and the options that take one from there have START-END, hexadecimal without 0x, which is
 * how ranges are written (base/range.h).
 */
#define WINDOW_TEXT_SIZE 48

/* Parses SIZE[@ADDR] into size and at (0 without @ADDR). 0, or -1 and fail(). */
int window_parse(const char *text, struct window_request *request);
/* The window as SIZE@ADDR. */
void window_text(const struct range *window, char text[WINDOW_TEXT_SIZE]);

/* START-END: whole pages below 4 GiB. 0, or -1 and fail(). */
int window_range_parse(const char *text, struct range *window);
void window_range_text(const struct range *window, char text[WINDOW_TEXT_SIZE]);

/* The size that is taken for `ram` bytes of RAM, unless another is asked for. */
uint64_t window_usual(uint64_t ram);

/*
 * The end of the last page in [start, end) that the window must not take,
 * 0 if there is none, UINT64_MAX and fail() on an error.
 */
typedef uint64_t (*window_obstacle)(void *context, uint64_t start, uint64_t end);

/*
 * Chooses the lowest fitting window, or checks the fixed one: inside `ram`
 * (normalized), between the limits, free of obstacles. 0, or -1 and fail(),
 * which names what stands in the way.
 */
int window_choose(const struct window_request *request, const struct ranges *ram,
		  window_obstacle obstacle, void *context, struct range *window);

#endif
