/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of KEY=VALUE lines that proves to be whole: its last line is `sum=` and the checksum of all lines before it. */
#ifndef KH_IMAGE_SEALED_H
#define KH_IMAGE_SEALED_H

#include "base/blob.h"

/* The most that a sealed file has, bytes. */
#define SEALED_MAX 65536
/* Its last line, bytes: "sum=", 16 hexadecimal digits and a newline. */
#define SEALED_LINE 21

/*
 * Is the text whole? 0; or -1 and fail(`step`), also when it holds a NUL or lacks the NUL behind its end, as read_file()
 * gives it.
 */
int sealed_check(const char *step, const struct blob *text);

/*
 * `size` bytes of whole lines, and behind them the line with their checksum, in *out, with a NUL that out->size leaves out. 0 and
 * a text that the caller frees; or -1 and fail(`step`) when it is empty, too long, or its last line does not end.
 */
int sealed_make(const char *step, const void *lines, size_t size, struct blob *out);

#endif
