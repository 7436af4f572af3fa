/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kimage sync, kimage sum and kimage value: of any files. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/io.h"
#include "base/keyvalue.h"
#include "base/options.h"
#include "base/progress.h"
#include "base/report.h"
#include "base/units.h"
#include "cmd/kimage.h"

#define PIECE ((size_t)MIB(1))
#define TEXT_MAX ((size_t)MIB(1))

int kimage_sync(int argc, char **argv)
{
	int ret = 0;

	for (int i = 1; i < argc && !ret; i++)
		ret = sync_path(argv[i]) || sync_folder_of(argv[i]);
	return report_status(PROGRAM, ret);
}

/* Adds all that is left of the file. 0, or -1 and fail(). */
static int add_all(int fd, const char *name, struct hash *hash, struct progress *progress)
{
	unsigned char *piece = malloc(PIECE);
	ssize_t n;

	if (!piece)
		return fail("checksum", ENOMEM, "%zu bytes", PIECE);
	do {
		n = read_upto(fd, piece, PIECE, name);
		if (n > 0) {
			hash_add(hash, piece, (size_t)n);
			progress_add(progress, (uint64_t)n);
		}
	} while (n == (ssize_t)PIECE);
	free(piece);
	return n < 0 ? -1 : 0;
}

static int sum(const char *name, int fd, bool quiet)
{
	char digest[HASH_TEXT_SIZE];
	struct progress progress;
	struct hash *hash;
	struct stat st;
	int ret;

	if (fstat(fd, &st))
		return fail("stat", errno, "%s", name);
	hash = hash_begin();
	if (!hash)
		return -1;
	progress_begin(&progress, "checksum", (uint64_t)st.st_size, quiet ? NULL : stderr);
	ret = add_all(fd, name, hash, &progress);
	hash_end(hash, digest);
	if (ret)
		return -1;
	printf("%s  %" PRIu64 "  %s\n", digest, progress.done, name);
	return 0;
}

static int sum_file(const char *name, bool quiet)
{
	int ret, fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return fail("open", errno, "%s", name);
	/* Of a pipe it would never come to the end, or to nothing. */
	if (fstat(fd, &st) || !(S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		ret = fail("open", 0, "%s is no regular file", name);
	else
		ret = sum(name, fd, quiet);
	close(fd);
	return ret;
}

int kimage_sum(int argc, char **argv)
{
	bool quiet = false;
	const struct option_row rows[] = { OPTION_FLAG("quiet", 'q', &quiet, "no progress") };
	const struct options options = {
		.program = PROGRAM " sum", .synopsis = "[-q] [FILE...]", .row = rows, .count = 1,
		.more = "Prints DIGEST  SIZE  NAME of each file, or of standard input (-). DIGEST is XXH3, 64 bits.\n",
	};
	int first, status, ret = 0;

	if (!options_parse(&options, argc, argv, 0, INT_MAX, &first, &status))
		return status;
	if (!argv[first])
		ret = sum("-", STDIN_FILENO, quiet);
	for (; argv[first] && !ret; first++)
		ret = sum_file(argv[first], quiet);
	return report_status(PROGRAM, ret ? ret : finish_output());
}

/* EXIT_OK with the last value of the key printed, or EXIT_ABSENT; or -1 and fail(). */
static int print_value(const char *path, const char *key)
{
	const char *at, *end, *next, *value = NULL;
	size_t size = 0, next_size;
	struct blob text;
	int ret = EXIT_ABSENT;

	if (access(path, F_OK) && errno == ENOENT)
		return EXIT_ABSENT;
	if (read_regular(path, TEXT_MAX, &text))
		return -1;
	at = (const char *)text.data;
	end = at + text.size;
	while ((next = keyvalue_next(&at, end, key, &next_size))) {
		value = next;
		size = next_size;
	}
	if (value) {
		printf("%.*s\n", (int)size, value);
		ret = finish_output();
	}
	free(text.data);
	return ret;
}

int kimage_value(int argc, char **argv)
{
	int ret = print_value(argv[1], argv[2]);

	(void)argc;
	return ret < 0 ? report_failure(PROGRAM) : ret;
}
