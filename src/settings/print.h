/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings for those who read them: a shell, a file, a user, a document. */
#ifndef KH_SETTINGS_PRINT_H
#define KH_SETTINGS_PRINT_H

#include <stdio.h>

#include "base/options.h"
#include "settings/cmdline.h"
#include "settings/parse.h"

/* Errors of `to` are the caller's to find: ferror(), fflush(). */

/* An assignment for each setting that has been given. */
void print_settings(const struct values *values, FILE *to);

/* An assignment for each parameter of a kernel command line that the role reads. 0, or -1 and fail(): one is missing. */
int print_parameters(enum role role, const char *cmdline, values_note note, FILE *to);

/* A line NAME=VALUE for each setting that has been given, as values_file() reads it. */
void print_file(const struct values *values, FILE *to);

/* The table: a line for each row, with tabs between name, option, values, default, read by, where it may stand and help. */
void print_table(FILE *to);

/* The same as a document, docs/settings.md. */
void print_markdown(FILE *to);

/* The options of hibernate.sh, which give `values` what they say. */
struct settings_options {
	struct option_row row[OPTIONS_MAX];
	size_t count;
	struct settings_target {
		struct values *values;
		const struct setting *setting;
	} target[OPTIONS_MAX];
	char syntax[OPTIONS_MAX][64];
	char help[OPTIONS_MAX][512];
};

/* `out` points to itself and to `values`: neither may move. */
void settings_options(struct values *values, struct settings_options *out);

#endif
