/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output that a POSIX shell may eval. */
#ifndef KH_BASE_SHELL_H
#define KH_BASE_SHELL_H

#include <stdio.h>

/*
 * Prints the line NAME='VALUE', with which a shell gets exactly this value, whatever is in it; but a control character of it
 * becomes a question mark. `name` has to be a shell variable's. Errors are left in the stream.
 */
void shell_assign(FILE *to, const char *name, const char *value);

/* The same with a text of several lines, which stay lines. */
void shell_assign_lines(FILE *to, const char *name, const char *text);

#endif
