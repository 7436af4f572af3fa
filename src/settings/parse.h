/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A role's settings, merged from where they may stand. The place that counts most is read first, because a value that was given
 * stays. Only of several options, or of several words on the kernel command line, the last one counts.
 */
#ifndef KH_SETTINGS_PARSE_H
#define KH_SETTINGS_PARSE_H

#include <stdbool.h>

#include "base/blob.h"
#include "settings/table.h"

/* Owned by the caller: begin with values_begin(), end with values_free(). */
struct values {
	enum role role;
	char *text[SETTINGS_MAX]; /* of each row of settings[]; NULL: not given, or of another role */
};

void values_begin(struct values *values, enum role role);
void values_free(struct values *values);

/* Gives an option of hibernate.sh its value, NULL for one that takes none. 0, or -1 and fail("options"). */
int values_option(struct values *values, const struct setting *row, const char *value);

/* Gives NAME=VALUE, which must not have been given before. 0, or -1 and fail(`step`). */
int values_pair(struct values *values, const char *step, const char *pair);

/*
 * Reads the lines of the file `name`: NAME = VALUE, with or without the spaces; empty ones; and comments, which begin with #.
 * 0, or -1 and fail("NAME:LINE"): a name twice, or that is no setting of the role, or not its value. All of the lines are
 * looked at, also for settings that have been given.
 */
int values_file(struct values *values, const char *name, const struct blob *text);

/* The value of a setting of the role, which stays theirs; NULL if it has none. */
const char *values_get(const struct values *values, const char *name);

/* Gets a line without its end. */
typedef void (*values_note)(const char *text);

/*
 * Reads the words khibernate.NAME and khibernate.NAME=VALUE of a kernel command line. A value that is not the setting's is -1
 * and fail("kernel command line"), unless the setting has been given. When `forgiving`, it is only a note, and what the table
 * has as `bad` is given instead, or nothing; -1 and fail() without memory. A name that nobody knows is a note. NULL for `note`:
 * nobody wants to know.
 */
int values_kernel(struct values *values, const char *cmdline, bool forgiving, values_note note);

/* Gives what is missing its default, where it has one. 0, or -1 and fail(). */
int values_defaults(struct values *values);

/* Is everything there that the role reads? 0, or -1 and fail(`step`), which names what is missing. */
int values_complete(const struct values *values, const char *step);

#endif
