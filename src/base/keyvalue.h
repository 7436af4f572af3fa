/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of lines KEY=VALUE. */
#ifndef KH_BASE_KEYVALUE_H
#define KH_BASE_KEYVALUE_H

#include <stddef.h>

#include "base/blob.h"

/*
 * The next value of `key` in the text from *at to `end`: its first character, and its length in *size; *at goes on to the
 * next line. NULL if there is none. The text needs no NUL at its end.
 */
const char *keyvalue_next(const char **at, const char *end, const char *key, size_t *size);

/* How keyvalue_get() ends. */
enum keyvalue_found { KEYVALUE_OK, KEYVALUE_MISSING, KEYVALUE_LONG, KEYVALUE_TWICE };

/*
 * Copies the only value of `key` with a NUL into `out`, which has room for `room` bytes; "" unless KEYVALUE_OK. KEYVALUE_LONG:
 * it does not fit; KEYVALUE_TWICE: there are two, of which one would have to be believed.
 */
enum keyvalue_found keyvalue_get(const struct blob *text, const char *key, char *out, size_t room);

#endif
