/*
 * kmeta: fills in and checks what hibernate.meta says of A's devices.
 *   kmeta record FILE SECONDS    prints the fingerprints of the devices that FILE lists, which may take that long to appear
 *   kmeta compare FILE SECONDS   are the devices as FILE says?
 *   kmeta fingerprint DEVICE...  prints what is on them, and their fingerprints
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/programs.h"
#include "checks/guard.h"
#include "base/io.h"
#include "base/number.h"
#include "base/report.h"

#define PROGRAM "kmeta"

/* `record` or compare what the file says of devices. */
static int guard(bool record, const char *path, const char *seconds_text)
{
	struct blob text;
	uint64_t seconds;
	int ret;

	if (number_parse(seconds_text, 10, &seconds) || seconds > 3600)
		return fail("options", 0, "no number of seconds: %.40s", seconds_text);
	if (read_file(path, 1 << 20, &text))
		return -1;
	ret = record ? guard_record("", &text, (unsigned int)seconds, stdout) : guard_compare("", &text, (unsigned int)seconds);
	free(text.data);
	return ret;
}

static int show_all(char **paths)
{
	for (; *paths; paths++)
		if (guard_show(*paths))
			return -1;
	return fflush(stdout) ? fail("write", errno, "standard output") : 0;
}

int kmeta_main(int argc, char **argv)
{
	int ret;

	if (argc == 4 && (!strcmp(argv[1], "record") || !strcmp(argv[1], "compare"))) {
		ret = guard(*argv[1] == 'r', argv[2], argv[3]);
	} else if (argc >= 3 && !strcmp(argv[1], "fingerprint")) {
		ret = show_all(argv + 2);
	} else {
		fputs("usage: kmeta record FILE SECONDS | kmeta compare FILE SECONDS | kmeta fingerprint DEVICE...\n", stderr);
		return EXIT_USAGE;
	}
	return ret ? report_failure(PROGRAM) : EXIT_OK;
}
