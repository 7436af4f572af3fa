/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory that saving takes. */
#ifndef KH_SAVE_WORK_H
#define KH_SAVE_WORK_H

#include <stdint.h>

/*
 * Bytes that B's programs need at most because there are `ram` bytes of RAM and not none: first makedumpfile's two
 * bitmaps and ksave's (a bit for each page), then ksave's two and the index of a dump of all of it, encoded and not.
 */
uint64_t save_work(uint64_t ram);

#endif
