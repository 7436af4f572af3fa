/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of a program, by one table for each, which makes its usage text, too. */
#ifndef KH_BASE_OPTIONS_H
#define KH_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* One option. Made by the three macros below; exactly one of `flag`, `text` and `take` is set. */
struct option_row {
	const char *name;  /* "window" for --window; NULL: it has a letter only */
	char letter;       /* 'q' for -q; 0: it has a name only */
	const char *value; /* what the usage text calls its value; NULL: it takes none */
	bool *flag;        /* becomes true */
	const char **text; /* becomes the value, a part of argv */
	int (*take)(const char *value, void *target); /* 0, or -1 and fail(); without `value` it gets NULL */
	void *target;      /* for `take` */
	const char *help;  /* may have more lines than one; NULL: not in the usage text, as for an old name */
};

#define OPTION_FLAG(NAME, LETTER, TARGET, HELP) { .name = (NAME), .letter = (LETTER), .flag = (TARGET), .help = (HELP) }
#define OPTION_TEXT(NAME, LETTER, VALUE, TARGET, HELP) \
	{ .name = (NAME), .letter = (LETTER), .value = (VALUE), .text = (TARGET), .help = (HELP) }
#define OPTION_CALL(NAME, LETTER, VALUE, TAKE, TARGET, HELP) \
	{ .name = (NAME), .letter = (LETTER), .value = (VALUE), .take = (TAKE), .target = (TARGET), .help = (HELP) }

/* How many options a program may have. */
#define OPTIONS_MAX 48

struct options {
	const char *program;          /* as the user calls it: "kjump", "kcheck device" */
	const char *synopsis;         /* what follows the program's name, a line for each form; "": nothing */
	const struct option_row *row; /* in the order of the usage text; --help (-h) and --version are always there */
	size_t count;                 /* OPTIONS_MAX at most */
	const char *more;             /* the usage text's end, or NULL */
	bool ordered;                 /* what follows the first argument is no option, as for a command to run or a text */
};

/* How options_read() ends. */
enum options_end { OPTIONS_GO, OPTIONS_HELP, OPTIONS_VERSION };

/*
 * Reads the options, wherever they stand (but for `ordered`), up to "--" or --help or --version. What is no option comes last
 * in argv then, in its order, from *first on. One of enum options_end, or -1 and fail("options").
 */
int options_read(const struct options *options, int argc, char **argv, int *first);

void options_usage(const struct options *options, FILE *to);
/* "NAME (khibernate) VERSION"; of a program as "kcheck device" the first word. */
void options_version(const char *program, FILE *to);

/*
 * The same for a program's main(): true, and there are `least` to `most` arguments from *first on. false if the program has to
 * end with *status: the usage text or version is on standard output, or what is wrong on stderr (EXIT_USAGE).
 */
bool options_parse(const struct options *options, int argc, char **argv, int least, int most, int *first, int *status);

/*
 * A command of a program that has several, each with arguments of its own: "kcheck device --wait 5 LABEL=khibernate". Made by the
 * two macros below. `run` returns the exit status; its argv[0] is the command's name.
 */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help; /* one line */

	/* Of a command without options, for which commands_run() reads the arguments; else `synopsis` is NULL, and `run` does. */
	const char *synopsis, *more; /* as in struct options */
	int least, most;             /* how many arguments there may be */
};

#define COMMAND(NAME, RUN, HELP) { .name = (NAME), .run = (RUN), .help = (HELP) }
#define COMMAND_PLAIN(NAME, RUN, HELP, LEAST, MOST, SYNOPSIS, MORE) \
	{ .name = (NAME), .run = (RUN), .help = (HELP), .synopsis = (SYNOPSIS), .more = (MORE), .least = (LEAST), .most = (MOST) }

/* Runs the command that argv[1] names: its exit status. Answers --help and --version itself. */
int commands_run(const char *program, const struct command *command, size_t count, int argc, char **argv);

#endif
