/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/print.h"

#include <stdlib.h>
#include <string.h>

#include "base/report.h"
#include "base/shell.h"

/* How wide a line of help in the usage text is; it begins in column 32. */
#define HELP_WIDTH 86

static const struct { unsigned int bit; const char *name; } roles[] = {
	{ ROLE_HIBERNATE, "hibernate" }, { ROLE_SAVE, "save" }, { ROLE_BOOT, "boot" }, { ROLE_RESTORE, "restore" },
};

#define ROLES (sizeof(roles) / sizeof(*roles))

void print_settings(const struct values *values, FILE *to)
{
	for (size_t i = 0; i < settings_count; i++)
		if (values->text[i])
			shell_assign(to, settings[i].name, values->text[i]);
}

int print_parameters(enum role role, const char *cmdline, values_note note, FILE *to)
{
	int ret = 0;

	for (size_t i = 0; i < parameters_count; i++) {
		char *value;

		if (!(parameters[i].readers & role))
			continue;
		value = cmdline_value(&parameters[i], cmdline, note);
		if (!value)
			return -1;
		shell_assign(to, parameters[i].variable, value);
		if (!*value && !parameters[i].initial)
			ret = fail("kernel command line", 0, "%s is missing", parameters[i].name);
		free(value);
	}
	return ret;
}

void print_file(const struct values *values, FILE *to)
{
	for (size_t i = 0; i < settings_count; i++)
		if (values->text[i])
			fprintf(to, "%s=%s\n", settings[i].name, values->text[i]);
}

static void put_roles(unsigned int readers, const char *between, FILE *to)
{
	const char *before = "";

	for (size_t i = 0; i < ROLES; i++)
		if (readers & roles[i].bit) {
			fprintf(to, "%s%s", before, roles[i].name);
			before = between;
		}
}

/* Where it may stand: "option", "file" and "kernel"; "-" where one part of ours gives it to another, and nobody else may. */
static void put_places(const struct setting *row, const char *between, FILE *to)
{
	const char *before = "";

	if (row->option) {
		fputs("option", to);
		before = between;
	}
	if (row->places & PLACE_FILE) {
		fprintf(to, "%sfile", before);
		before = between;
	}
	if (row->places & PLACE_KERNEL)
		fprintf(to, "%skernel", before);
	else if (!row->option)
		fputc('-', to);
}

void print_table(FILE *to)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings[i];

		fprintf(to, "%s\t%s%s\t", row->name, row->option ? "--" : "-", row->option ? row->option : "");
		setting_syntax(row, to);
		/* One that has no default is told from one whose default is empty. */
		fprintf(to, "\t%s\t", !row->initial ? "-" : *row->initial ? row->initial : "''");
		put_roles(row->readers, ",", to);
		fputc('\t', to);
		put_places(row, ",", to);
		fprintf(to, "\t%s\n", row->help);
	}
}

static void put_markdown_choices(const char *choices, FILE *to)
{
	for (const char *at = choices; *at; at += strcspn(at, "|"), at += *at == '|')
		fprintf(to, "%s`%.*s`", at == choices ? "" : ", ", (int)strcspn(at, "|"), at);
}

static void put_markdown_default(const char *initial, FILE *to)
{
	if (initial && *initial)
		fprintf(to, "`%s`", initial);
	else
		fputs(initial ? "empty" : "none", to);
}

static void put_markdown_row(const struct setting *row, FILE *to)
{
	fprintf(to, "| `%s` | ", row->name);
	if (row->letter)
		fprintf(to, "`-%c`, ", row->letter);
	if (row->option)
		fprintf(to, "`--%s`", row->option);
	fputs(" | ", to);
	if (setting_choices(row))
		put_markdown_choices(setting_choices(row), to);
	else
		setting_values(row, to);
	fputs(" | ", to);
	put_markdown_default(row->initial, to);
	if (row->bare && strcmp(row->bare, "1"))
		fprintf(to, "; `%s` by its name alone", row->bare);
	if (row->bad)
		fprintf(to, "; `%s` for a value that is not allowed", row->bad);
	fputs(" | ", to);
	put_roles(row->readers, ", ", to);
	fputs(" | ", to);
	put_places(row, ", ", to);
	fprintf(to, " | %s |\n", row->help);
}

void print_markdown(FILE *to)
{
	fputs("# Settings\n"
	      "\n"
	      "This is what `khibernate kconf table --markdown` prints of the table in `src/settings/table.c`; a test compares.\n"
	      "\n"
	      "Who reads a setting: `hibernate` is `hibernate.sh` (A). It gives `save` (B) all that this needs. `boot` (C) has the\n"
	      "kernel command line only, and gives `restore` (C') what it needs.\n"
	      "\n"
	      "Where it may stand: as an `option`; in the `file` /etc/khibernate.conf; on the `kernel` command line, as\n"
	      "`khibernate.NAME=VALUE`. The first of these that has it counts. `-`: only our programs give it to each other.\n"
	      "\n"
	      "The file has lines `NAME=VALUE`, with or without spaces around both; empty ones, and comments, which begin with `#`.\n"
	      "A name that is none, or is there twice, or a value that is not allowed is refused, with the number of its line.\n"
	      "\n"
	      "The kernel command line is read as the kernel does it: a value with spaces needs quotes, `-` and `_` in a name are the\n"
	      "same, the last one counts, and what follows `--` is not read. The name of a flag alone is `1`. Of a value that is not\n"
	      "allowed `hibernate.sh` says so and stops, unless an option or the file has the setting; a boot says so and takes the\n"
	      "default, or what the table names for that. What `--append` gives B of its own settings counts more than the file.\n"
	      "\n"
	      "| setting | option | values | default | read by | may stand | meaning |\n"
	      "| --- | --- | --- | --- | --- | --- | --- |\n", to);
	for (size_t i = 0; i < settings_count; i++)
		put_markdown_row(&settings[i], to);
	fputs("\n"
	      "## What else is read of the kernel command line\n"
	      "\n"
	      "| parameter | default | read by | meaning |\n"
	      "| --- | --- | --- | --- |\n", to);
	for (size_t i = 0; i < parameters_count; i++) {
		const struct parameter *row = &parameters[i];

		fprintf(to, "| `%s`", row->name);
		if (row->other)
			fprintf(to, ", `%s`", row->other);
		fputs(" | ", to);
		put_markdown_default(row->initial, to);
		fputs(" | ", to);
		if (row->readers)
			put_roles(row->readers, ", ", to);
		else
			fputs("`kconf appliance`", to);
		fprintf(to, " | %s |\n", row->help);
	}
}

static int take_option(const char *value, void *target)
{
	const struct settings_target *t = target;

	return values_option(t->values, t->setting, value);
}

/* Breaks the line at spaces, so that none is longer than HELP_WIDTH. */
static void wrap(char *text)
{
	while (strlen(text) > HELP_WIDTH) {
		char *space = memrchr(text, ' ', HELP_WIDTH + 1);

		if (!space)
			return;
		*space = '\n';
		text = space + 1;
	}
}

static void make_option(struct settings_options *out, struct values *values, const struct setting *row)
{
	size_t i = out->count++;
	FILE *to = fmemopen(out->syntax[i], sizeof(out->syntax[i]), "w");

	if (to) {
		setting_syntax(row, to);
		fclose(to);
	}
	if (row->kind == SETTING_FLAG || !*row->initial)
		snprintf(out->help[i], sizeof(out->help[i]), "%s", row->help);
	else
		snprintf(out->help[i], sizeof(out->help[i]), "%s (default %s)", row->help, row->initial);
	wrap(out->help[i]);
	out->target[i] = (struct settings_target){ values, row };
	out->row[i] = (struct option_row)OPTION_CALL(row->option, row->letter, row->kind == SETTING_FLAG ? NULL : out->syntax[i],
						     take_option, &out->target[i], out->help[i]);
}

void settings_options(struct values *values, struct settings_options *out)
{
	*out = (struct settings_options){ .count = 0 };
	for (size_t i = 0; i < settings_count && out->count < OPTIONS_MAX; i++)
		if (settings[i].option)
			make_option(out, values, &settings[i]);
}
