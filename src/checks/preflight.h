/* hibernate.sh --test check, the part that asks the running kernel: a line for each thing that is needed. */
#ifndef KH_CHECKS_PREFLIGHT_H
#define KH_CHECKS_PREFLIGHT_H

#include "base/range.h"

/* Chooses the window in `ram`, clear of `kernel`, as `context` asks for it. 0, or -1 and fail(). */
typedef int (*preflight_window)(const void *context, const struct ranges *ram, const struct ranges *kernel, struct range *window);

/*
 * Prints "WHAT: ok (...)" or "WHAT: no: REASON" for each thing that the kernel
 * has to have, all of them whatever the others say; unloads what is loaded.
 * The number of those that it has not, -1 and fail() if it cannot be printed.
 */
int preflight_print(preflight_window choose, const void *context);

#endif
