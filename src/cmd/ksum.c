/* ksum: prints the checksum of files, or of standard input, as "DIGEST  SIZE  NAME". */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/programs.h"
#include "base/hash.h"
#include "base/io.h"
#include "base/progress.h"
#include "base/report.h"

#define PROGRAM "ksum"
#define CHUNK (1u << 20)

static int sum(const char *name, int fd, bool quiet)
{
	char digest[HASH_TEXT_SIZE];
	unsigned char *buf = malloc(CHUNK);
	struct progress progress;
	struct hash *hash;
	struct stat st;
	ssize_t n;

	if (!buf)
		return fail("checksum", ENOMEM, "%u bytes", CHUNK);
	if (fstat(fd, &st)) {
		free(buf);
		return fail("stat", errno, "%s", name);
	}
	hash = hash_begin();
	if (!hash) {
		free(buf);
		return -1;
	}
	progress_begin(&progress, "checksum", (uint64_t)st.st_size, quiet ? NULL : stderr);
	do {
		n = read_upto(fd, buf, CHUNK, name);
		if (n > 0) {
			hash_add(hash, buf, (size_t)n);
			progress_add(&progress, (uint64_t)n);
		}
	} while (n == CHUNK);
	hash_end(hash, digest);
	free(buf);
	if (n < 0)
		return -1;
	if (printf("%s  %llu  %s\n", digest, (unsigned long long)progress.done, name) < 0)
		return fail("write", errno, "standard output");
	return 0;
}

int ksum_main(int argc, char **argv)
{
	bool quiet = argc > 1 && !strcmp(argv[1], "-q");
	int ret = 0;

	argv += 1 + quiet;
	if (*argv && **argv == '-') {
		fputs("usage: ksum [-q] [FILE...]\n", stderr);
		return EXIT_USAGE;
	}
	if (!*argv)
		ret = sum("-", STDIN_FILENO, quiet);
	for (; *argv && !ret; argv++) {
		int fd = open(*argv, O_RDONLY | O_CLOEXEC);

		if (fd < 0) {
			ret = fail("open", errno, "%s", *argv);
			break;
		}
		ret = sum(*argv, fd, quiet);
		close(fd);
	}
	if (!ret && fflush(stdout))
		ret = fail("write", errno, "standard output");
	return ret ? report_failure(PROGRAM) : EXIT_OK;
}
