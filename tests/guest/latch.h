/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first error of many: the later ones follow from it. */
#ifndef LATCH_H
#define LATCH_H

struct latch {
	char text[96];
};

__attribute__((format(printf, 2, 3)))
void latch(struct latch *latch, const char *format, ...);

#endif
