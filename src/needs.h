/* hibernate.sh --test check, the part that asks the running kernel: a line for each thing that is needed. */
#ifndef KH_NEEDS_H
#define KH_NEEDS_H

#include "range.h"

/* Chooses the window in `ram`, clear of `kernel`, as `context` asks for it. 0, or -1 and fail(). */
typedef int (*needs_window)(const void *context, const struct ranges *ram, const struct ranges *kernel, struct range *window);

/*
 * Prints "WHAT: ok (...)" or "WHAT: no: REASON" for each thing that the kernel
 * has to have, all of them whatever the others say; unloads what is loaded.
 * The number of those that it has not, -1 and fail() if it cannot be printed.
 */
int needs_print(needs_window choose, const void *context);

#endif
