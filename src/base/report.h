/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Error and debug messages: one line, `program: step: what (errno text)`. */
#ifndef KH_BASE_REPORT_H
#define KH_BASE_REPORT_H

#include <stdbool.h>

/* Exit codes of every khibernate program and script. */
enum {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* one line on stderr says why */
	EXIT_USAGE = 2,  /* wrong arguments, or a wrong setting */
	EXIT_UNFIT = 3,  /* it cannot be done in this way, and nothing was changed: there is another way */
	EXIT_ABSENT = 4, /* what was asked for is surely not there */
	EXIT_UNKNOWN = 5, /* it failed so late that whether it took effect cannot be known */
	EXIT_WINDOW = 6, /* the window holds what the page filter reads: with another one it may go well */
	EXIT_ABORTED = 130,
	EXIT_SIGNAL = 128 /* and the signal's number, as a shell has it, of a program that was ended by one */
};

/*
 * Records an error and returns -1, so that a function can `return fail(...)`.
 * `err` is an errno value, or 0 when no system call is to blame. Later calls
 * overwrite earlier ones: only the innermost cause is recorded, once, and in
 * one line: a control character becomes a question mark.
 */
__attribute__((format(printf, 3, 4)))
int fail(const char *step, int err, const char *fmt, ...);

/* Records what another thread's fail_text() was, and returns -1. */
int fail_again(const char *text);

/* The text of this thread's last fail(): "step: what (errno text)"; never NULL. */
const char *fail_text(void);

/* Prints "program: " and fail_text() on stderr; returns EXIT_FAILED. */
int report_failure(const char *program);

/* The same for wrong arguments or a wrong setting: returns EXIT_USAGE. */
int report_usage(const char *program);

/* The exit status of a program of which the last step returned `ret`: EXIT_OK for 0; else report_failure(). */
int report_status(const char *program, int ret);

/* Makes one line of a text that somebody else wrote, which may not command a terminal either: control characters become '?'. */
void make_one_line(char *text);

/* -d: says on stderr what was decided. */
void debug_enable(void);
__attribute__((format(printf, 1, 2)))
void debug(const char *fmt, ...);

#endif
