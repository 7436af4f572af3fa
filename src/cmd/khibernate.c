/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All programs in one file, so that what they share is there once: called by the name of a link to it, or as
 * "khibernate NAME ARGUMENTS...".
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/options.h"
#include "base/report.h"
#include "cmd/programs.h"

static const struct program {
	const char *name;
	int (*main)(int argc, char **argv);
} programs[] = {
	{ "kalone", kalone_main },
	{ "kcheck", kcheck_main },
	{ "kconf", kconf_main },
	{ "kimage", kimage_main },
	{ "kjump", kjump_main },
	{ "kkeys", kkeys_main },
	{ "kmail", kmail_main },
	{ "krestore", krestore_main },
	{ "ksave", ksave_main },
};

static const struct program *find(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (!strcmp(name, programs[i].name))
			return &programs[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct program *program = argc > 0 ? find(argv[0]) : NULL;
	bool asked;
	FILE *to;

	if (!program && argc > 1) {
		argc--;
		argv++;
		program = find(argv[0]);
	}
	if (program)
		return program->main(argc, argv);
	if (argc > 0 && !strcmp(argv[0], "--version")) {
		options_version("khibernate", stdout);
		return EXIT_OK;
	}
	asked = argc > 0 && !strcmp(argv[0], "--help");
	to = asked ? stdout : stderr;
	fputs("usage: khibernate PROGRAM ARGUMENTS..., where PROGRAM is one of", to);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		fprintf(to, " %s", programs[i].name);
	fputs("; each has a --help\n", to);
	return asked ? EXIT_OK : EXIT_USAGE;
}
