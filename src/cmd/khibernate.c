/*
 * All programs in one file, so that what they share is there once: called by the name of a link to it, or as
 * "khibernate NAME ARGUMENTS...".
 */
#include <stdio.h>
#include <string.h>

#include "base/report.h"
#include "cmd/programs.h"

static const struct program {
	const char *name;
	int (*main)(int argc, char **argv);
} programs[] = {
	{ "kimage", kimage_main },
	{ "kjump", kjump_main },
	{ "kkeys", kkeys_main },
	{ "kmeta", kmeta_main },
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

	if (!program && argc > 1) {
		argc--;
		argv++;
		program = find(argv[0]);
	}
	if (program)
		return program->main(argc, argv);
	fputs("usage: khibernate PROGRAM ARGUMENTS..., where PROGRAM is one of", stderr);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		fprintf(stderr, " %s", programs[i].name);
	fputc('\n', stderr);
	return EXIT_USAGE;
}
