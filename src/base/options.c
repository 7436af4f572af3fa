/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/options.h"

#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "base/report.h"

/* What getopt_long() returns for an option's name: FIRST_ROW and its row's number, for instance. No letter has such a value. */
enum { HELP = UCHAR_MAX + 1, VERSION, FIRST_ROW };

#define HELP_COLUMN 32

struct getopt_tables {
	char letters[OPTIONS_MAX * 2 + 4];
	struct option names[OPTIONS_MAX + 3];
};

static void make_tables(const struct options *options, struct getopt_tables *t)
{
	char *letter = t->letters;
	struct option *name = t->names;

	if (options->ordered)
		*letter++ = '+';
	/* With a ':' first, getopt_long() tells a value that is missing from an option that is unknown. */
	*letter++ = ':';
	*letter++ = 'h';
	for (size_t i = 0; i < options->count; i++) {
		const struct option_row *row = &options->row[i];

		if (row->letter) {
			*letter++ = row->letter;
			if (row->value)
				*letter++ = ':';
		}
		if (row->name)
			*name++ = (struct option){ row->name, row->value ? required_argument : no_argument, NULL, FIRST_ROW + (int)i };
	}
	*letter = '\0';
	*name++ = (struct option){ "help", no_argument, NULL, HELP };
	*name++ = (struct option){ "version", no_argument, NULL, VERSION };
	*name = (struct option){ NULL, 0, NULL, 0 };
}

static const struct option_row *row_of(const struct options *options, int c)
{
	if (c >= FIRST_ROW)
		return &options->row[c - FIRST_ROW];
	for (size_t i = 0; i < options->count; i++)
		if (options->row[i].letter == c)
			return &options->row[i];
	return NULL;
}

static int take(const struct option_row *row, const char *value)
{
	if (row->flag)
		*row->flag = true;
	else if (row->text)
		*row->text = value;
	else
		return row->take(value, row->target);
	return 0;
}

/*
 * Says what is wrong with the option for which getopt_long() has returned `c`, ':' or '?'. It leaves a letter in optopt. For a name
 * it leaves 0 or the name's value there, and the name is the argument before optind.
 */
static int refuse(const struct options *options, char **argv, int c)
{
	const char *what = c == ':' ? "needs a value" : optopt >= HELP ? "takes no value" : "is unknown";

	if (optopt && optopt < HELP)
		return fail("options", 0, "-%c %s, see %s --help", optopt, what, options->program);
	return fail("options", 0, "%s %s, see %s --help", argv[optind - 1], what, options->program);
}

int options_read(const struct options *options, int argc, char **argv, int *first)
{
	struct getopt_tables tables = { 0 };
	int c;

	if (options->count > OPTIONS_MAX)
		return fail("options", 0, "%zu are too many", options->count);
	make_tables(options, &tables);
	/* 0, not 1, makes getopt_long() forget an earlier command line, too. */
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
		const struct option_row *row;

		if (c == ':' || c == '?')
			return refuse(options, argv, c);
		if (c == VERSION)
			return OPTIONS_VERSION;
		row = row_of(options, c);
		if (c == HELP || !row)
			return OPTIONS_HELP;
		if (take(row, optarg))
			return -1;
	}
	*first = optind;
	return OPTIONS_GO;
}

/* "text", of which each further line begins in column `column`. */
static void put_indented(FILE *to, const char *text, int column)
{
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		int length = (int)strcspn(text, "\n");

		fprintf(to, "%.*s\n", length, text);
		if (text[length] == '\n' && text[length + 1])
			fprintf(to, "%*s", column, "");
	}
}

static void put_row(FILE *to, const struct option_row *row)
{
	const char *name = row->name ? row->name : "", *value = row->value ? row->value : "";
	char head[128];

	snprintf(head, sizeof(head), "  %c%c%s%s%s%s%s", row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
		 !row->name ? "" : row->letter ? ", " : "  ", row->name ? "--" : "", name, row->value ? " " : "", value);
	if (strlen(head) + 2 > HELP_COLUMN)
		fprintf(to, "%s\n%*s", head, HELP_COLUMN, "");
	else
		fprintf(to, "%-*s", HELP_COLUMN, head);
	put_indented(to, row->help, HELP_COLUMN);
}

void options_usage(const struct options *options, FILE *to)
{
	static const struct option_row always[] = {
		OPTION_FLAG("help", 'h', NULL, "this text"),
		OPTION_FLAG("version", 0, NULL, "the version"),
	};
	const char *head = "usage:", *at = options->synopsis;

	do {
		int length = (int)strcspn(at, "\n");

		fprintf(to, "%s %s%s%.*s\n", head, options->program, length ? " " : "", length, at);
		head = "      ";
		at += length + (at[length] == '\n');
	} while (*at);
	for (size_t i = 0; i < options->count; i++)
		if (options->row[i].help)
			put_row(to, &options->row[i]);
	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		put_row(to, &always[i]);
	if (options->more)
		put_indented(to, options->more, 0);
}

void options_version(const char *program, FILE *to)
{
	fprintf(to, "%.*s (khibernate) %s\n", (int)strcspn(program, " "), program, KH_VERSION);
}

/* Reports wrong usage. Failures have the program's name without a command's, as all others do. */
static int wrong(const char *program)
{
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(program, " "), program);
	return report_usage(name);
}

bool options_parse(const struct options *options, int argc, char **argv, int least, int most, int *first, int *status)
{
	switch (options_read(options, argc, argv, first)) {
	case OPTIONS_GO:
		break;
	case OPTIONS_HELP:
		options_usage(options, stdout);
		*status = EXIT_OK;
		return false;
	case OPTIONS_VERSION:
		options_version(options->program, stdout);
		*status = EXIT_OK;
		return false;
	default:
		*status = wrong(options->program);
		return false;
	}
	if (argc - *first < least)
		fail("options", 0, "an argument is missing, see %s --help", options->program);
	else if (argc - *first > most)
		fail("options", 0, "too many arguments: %s", argv[*first + most]);
	else
		return true;
	*status = wrong(options->program);
	return false;
}

static void show_commands(const char *program, const struct command *command, size_t count)
{
	printf("usage: %s COMMAND ARGUMENTS...\n"
	       "       %s COMMAND --help\n", program, program);
	for (size_t i = 0; i < count; i++)
		printf("  %-26s  %s\n", command[i].name, command[i].help);
}

/* Runs a command. Where it has no options of its own, what follows its first argument is none either, whatever it begins with. */
static int run(const char *program, const struct command *command, int argc, char **argv)
{
	char name[64];
	const struct options options = { .program = name, .synopsis = command->synopsis, .more = command->more, .ordered = true };
	int first, status;

	if (!command->synopsis)
		return command->run(argc, argv);
	snprintf(name, sizeof(name), "%s %s", program, command->name);
	if (!options_parse(&options, argc, argv, command->least, command->most, &first, &status))
		return status;
	argv[first - 1] = argv[0];
	return command->run(argc - first + 1, argv + first - 1);
}

int commands_run(const char *program, const struct command *command, size_t count, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	for (size_t i = 0; name && i < count; i++)
		if (!strcmp(name, command[i].name))
			return run(program, &command[i], argc - 1, argv + 1);
	if (name && (!strcmp(name, "--help") || !strcmp(name, "-h"))) {
		show_commands(program, command, count);
		return EXIT_OK;
	}
	if (name && !strcmp(name, "--version")) {
		options_version(program, stdout);
		return EXIT_OK;
	}
	if (name)
		fail("options", 0, "no command %s, see %s --help", name, program);
	else
		fail("options", 0, "a command is missing, see %s --help", program);
	return report_usage(program);
}
