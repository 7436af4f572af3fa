/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in text. */
#ifndef KH_BASE_NUMBER_H
#define KH_BASE_NUMBER_H

#include <stdint.h>

/* Parses an unsigned number (C notation, `base` as strtoull) that fills `text`: 0 or -1, no fail(). */
int number_parse(const char *text, int base, uint64_t *out);

/*
 * Parses a number (C notation) with an optional K, M or G behind it, up to the end of `text` or to the character `stop`,
 * to which *rest then points. 0 or -1, no fail().
 */
int number_parse_sized(const char *text, char stop, const char **rest, uint64_t *out);

#endif
