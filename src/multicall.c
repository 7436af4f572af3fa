/*
 * The appliance's programs in one file, called by the names of its links: what
 * they share is in rootfs.gz once.
 */
#include <stdio.h>
#include <string.h>

#include "report.h"

/* The programs' main(), which the Makefile names so. */
int ksave_main(int argc, char **argv);
int krestore_main(int argc, char **argv);
int ksum_main(int argc, char **argv);
int kmeta_main(int argc, char **argv);
int kkeys_main(int argc, char **argv);

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*main)(int argc, char **argv);
	} programs[] = {
		{ "ksave", ksave_main },
		{ "krestore", krestore_main },
		{ "ksum", ksum_main },
		{ "kmeta", kmeta_main },
		{ "kkeys", kkeys_main },
	};
	const char *name = argc && argv[0] ? argv[0] : "";

	if (strrchr(name, '/'))
		name = strrchr(name, '/') + 1;
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (!strcmp(name, programs[i].name))
			return programs[i].main(argc, argv);
	fprintf(stderr, "khibernate: start: there is no program of the name %.40s here\n", name);
	return EXIT_USAGE;
}
