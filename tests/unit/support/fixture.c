/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/report.h"

#define ROOTS_MAX 128

static char *roots[ROOTS_MAX];
static size_t root_count;

static void give_up(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static void remove_roots(void)
{
	for (size_t i = 0; i < root_count; i++) {
		nftw(roots[i], remove_one, 16, FTW_DEPTH | FTW_PHYS);
		free(roots[i]);
	}
}

const char *fixture_root(void)
{
	const char *parent = getenv("KTEST_WORK");
	char *root;

	if (!parent)
		parent = getenv("TMPDIR");
	if (asprintf(&root, "%s/unit.XXXXXX", parent ? parent : "/tmp") < 0 || !mkdtemp(root))
		give_up("mkdtemp");
	if (root_count == ROOTS_MAX)
		give_up("too many fixture folders");
	if (!root_count)
		atexit(remove_roots);
	roots[root_count++] = root;
	return root;
}

void fixture_write(const char *root, const char *path, const void *data, size_t size)
{
	char full[512];
	FILE *file;

	if (snprintf(full, sizeof(full), "%s/%s", root, path) >= (int)sizeof(full))
		give_up(path);
	for (char *slash = full + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	file = fopen(full, "wb");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file))
		give_up(full);
}

void fixture_text(const char *root, const char *path, const char *text)
{
	fixture_write(root, path, text, strlen(text));
}

int fixture_fd(const void *data, size_t size)
{
	int fd = memfd_create("fixture", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		give_up("memfd");
	return fd;
}

struct blob fixture_blob(const void *data, size_t size)
{
	struct blob blob = { malloc(size + 1), size };

	if (!blob.data)
		give_up("malloc");
	if (size)
		memcpy(blob.data, data, size);
	blob.data[size] = '\0';
	return blob;
}

struct ranges fixture_ranges(const char *text)
{
	struct ranges list = { 0 };

	if (ranges_parse(&list, text)) {
		fprintf(stderr, "%s: %s\n", text, fail_text());
		exit(EXIT_FAILURE);
	}
	return list;
}
