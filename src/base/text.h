/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A text that grows in a room of fixed size. */
#ifndef KH_BASE_TEXT_H
#define KH_BASE_TEXT_H

#include <stddef.h>

/* Adds to the text, which ends in a NUL, in its `room` bytes, as much as fits. */
__attribute__((format(printf, 3, 4))) void text_add(char *text, size_t room, const char *fmt, ...);

#endif
