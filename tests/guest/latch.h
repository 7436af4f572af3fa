/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the first error of several, since those after it may be its consequences. */
#ifndef LATCH_H
#define LATCH_H

struct latch {
	char text[96];
};

__attribute__((format(printf, 2, 3)))
void latch(struct latch *latch, const char *format, ...);

#endif
