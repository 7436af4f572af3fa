/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much time passes. */
#ifndef KH_BASE_CLOCK_H
#define KH_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND ((uint64_t)1000000000) /* in the unit of clock_ns() */

/* Nanoseconds since a moment that stays the same as long as the system runs. */
uint64_t clock_ns(void);

#endif
