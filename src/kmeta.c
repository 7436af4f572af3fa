/*
 * kmeta: puts small files on the disk so that a cut leaves the old one or the new one.
 *   kmeta commit FILE   FILE becomes the lines on standard input and, as the last one, their checksum
 *   kmeta sync FILE...  what was written to them, and their names, are on the disk
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "io.h"
#include "meta.h"
#include "report.h"

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

static int write_new(const char *path, const void *text, size_t size)
{
	int ret, fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail("open", errno, "%s", path);
	ret = pwrite_exact(fd, text, size, 0, path);
	if (!ret && fsync(fd))
		ret = fail("fsync", errno, "%s", path);
	if (close(fd) && !ret)
		ret = fail("close", errno, "%s", path);
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
	if (write_new(new_path, text, (size_t)n))
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

int main(int argc, char **argv)
{
	int ret;

	if (argc == 3 && !strcmp(argv[1], "commit")) {
		ret = commit(argv[2]);
	} else if (argc >= 3 && !strcmp(argv[1], "sync")) {
		ret = sync_all(argv + 2);
	} else {
		fputs("usage: kmeta commit FILE | kmeta sync FILE...\n", stderr);
		return EXIT_USAGE;
	}
	return ret ? report_failure(PROGRAM) : EXIT_OK;
}
