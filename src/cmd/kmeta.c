/*
 * kmeta: puts small files on the disk so that a cut leaves the old one or the new one, and fills in and checks what
 * hibernate.meta says of A's devices.
 *   kmeta commit FILE            FILE becomes the lines on standard input and, as the last one, their checksum
 *   kmeta sync FILE...           what was written to them, and their names, are on the disk
 *   kmeta record FILE SECONDS    prints the fingerprints of the devices that FILE lists, which may take that long to appear
 *   kmeta compare FILE SECONDS   are the devices as FILE says?
 *   kmeta fingerprint DEVICE...  prints what is on them, and their fingerprints
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/programs.h"
#include "checks/guard.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/number.h"
#include "image/meta.h"
#include "base/report.h"

#define PROGRAM "kmeta"

static int sync_path(const char *path, int flags)
{
	int ret, fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		return fail("open", errno, "%s", path);
	ret = fsync(fd) ? fail("fsync", errno, "%s", path) : 0;
	if (close(fd) && !ret)
		ret = fail("close", errno, "%s", path);
	return ret;
}

static int sync_folder_of(const char *path)
{
	char *copy = strdup(path);
	int ret = copy ? sync_path(dirname(copy), O_RDONLY | O_DIRECTORY) : fail("fsync", ENOMEM, "%s", path);

	free(copy);
	return ret;
}

static int commit(const char *path)
{
	char text[META_MAX], new_path[512];
	ssize_t n = read_upto(STDIN_FILENO, text, sizeof(text) - 32, "standard input");

	if (n < 0)
		return -1;
	if ((size_t)n == sizeof(text) - 32)
		return fail("commit", 0, "more than %zu bytes", sizeof(text) - 33);
	if (!n || text[n - 1] != '\n')
		return fail("commit", 0, "standard input has no whole line at its end");
	if (snprintf(new_path, sizeof(new_path), "%s.new", path) >= (int)sizeof(new_path))
		return fail("commit", ENAMETOOLONG, "%s", path);
	n += snprintf(text + n, sizeof(text) - (size_t)n, "sum=%016" PRIx64 "\n", hash_of(text, (size_t)n));
	if (write_file(new_path, text, (size_t)n))
		return -1;
	if (rename(new_path, path))
		return fail("rename", errno, "%s", new_path);
	return sync_folder_of(path);
}

static int sync_all(char **paths)
{
	int ret = 0;

	for (; *paths && !ret; paths++)
		ret = sync_path(*paths, O_RDONLY) || sync_folder_of(*paths) ? -1 : 0;
	return ret;
}

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

	if (argc == 3 && !strcmp(argv[1], "commit")) {
		ret = commit(argv[2]);
	} else if (argc >= 3 && !strcmp(argv[1], "sync")) {
		ret = sync_all(argv + 2);
	} else if (argc == 4 && (!strcmp(argv[1], "record") || !strcmp(argv[1], "compare"))) {
		ret = guard(*argv[1] == 'r', argv[2], argv[3]);
	} else if (argc >= 3 && !strcmp(argv[1], "fingerprint")) {
		ret = show_all(argv + 2);
	} else {
		fputs("usage: kmeta commit FILE | kmeta sync FILE... | kmeta record FILE SECONDS | kmeta compare FILE SECONDS |\n"
		      "       kmeta fingerprint DEVICE...\n", stderr);
		return EXIT_USAGE;
	}
	return ret ? report_failure(PROGRAM) : EXIT_OK;
}
