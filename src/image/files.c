/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"

static const struct {
	const char *name;
	enum file_role role;
	bool with_suffix; /* whatever follows the name */
} files[] = {
	{ FILE_META, FILE_NAMES_IMAGE, false },
	{ FILE_META REPLACE_SUFFIX, FILE_NAMES_IMAGE, false },
	{ FILE_DUMP, FILE_HOLDS_MEMORY, true },
	{ FILE_INDEX, FILE_HOLDS_MEMORY, false },
	{ FILE_ENTRY, FILE_BESIDE, false },
	{ FILE_REFUSAL, FILE_BESIDE, false },
	{ FILE_REFUSAL REPLACE_SUFFIX, FILE_BESIDE, false },
	{ FILE_ATTEMPTS, FILE_BESIDE, false },
	{ FILE_ATTEMPTS REPLACE_SUFFIX, FILE_BESIDE, false },
	{ FILE_REBOOTS, FILE_BESIDE, false },
	{ FILE_REBOOTS REPLACE_SUFFIX, FILE_BESIDE, false },
};

enum { FILES = sizeof(files) / sizeof(*files) };

enum file_role file_role(const char *name)
{
	for (size_t i = 0; i < FILES; i++)
		if (files[i].with_suffix ? !strncmp(name, files[i].name, strlen(files[i].name)) : !strcmp(name, files[i].name))
			return files[i].role;
	return FILE_FOREIGN;
}

int file_path(const char *dir, const char *name, char path[FILE_PATH_MAX])
{
	return snprintf(path, FILE_PATH_MAX, "%s/%s", dir, name) < FILE_PATH_MAX ? 0 : fail("image", ENAMETOOLONG, "%s", dir);
}

int file_is_there(const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];
	struct stat st;

	return file_path(dir, name, path) || !lstat(path, &st) || errno != ENOENT;
}

static int count_dump(void *context, const char *dir, const char *name)
{
	struct dumps *dumps = context;
	char path[FILE_PATH_MAX];
	struct stat st;

	if (strncmp(name, FILE_DUMP, strlen(FILE_DUMP)))
		return 0;
	if (file_path(dir, name, path))
		return -1;
	if (lstat(path, &st))
		return fail("image", errno, "%s", name);
	if (!dumps->count++ || strcmp(name, dumps->name) < 0)
		snprintf(dumps->name, sizeof(dumps->name), "%s", name);
	dumps->bytes += (uint64_t)st.st_size;
	return 0;
}

int files_dumps(const char *dir, struct dumps *dumps)
{
	*dumps = (struct dumps){ 0 };
	return folder_each("image", dir, count_dump, dumps);
}

static int delete_in(const char *dir, const char *name)
{
	char path[FILE_PATH_MAX];

	if (file_path(dir, name, path))
		return -1;
	return unlink(path) && errno != ENOENT ? fail("image", errno, "deleting %s", name) : 0;
}

int files_unname(const char *dir)
{
	for (size_t i = 0; i < FILES; i++)
		if (files[i].role == FILE_NAMES_IMAGE && delete_in(dir, files[i].name))
			return -1;
	return sync_path(dir);
}

int files_forget_tries(const char *dir)
{
	static const char *const names[] = { FILE_ATTEMPTS, FILE_REBOOTS, FILE_REFUSAL };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (delete_in(dir, names[i]))
			return -1;
	return sync_path(dir);
}

struct deletion {
	int (*overwrite)(const char *path);
};

static int delete_one(void *context, const char *dir, const char *name)
{
	const struct deletion *deletion = context;
	enum file_role role = file_role(name);
	char path[FILE_PATH_MAX];

	if (role == FILE_FOREIGN)
		return 0;
	if (role == FILE_HOLDS_MEMORY && deletion->overwrite && (file_path(dir, name, path) || deletion->overwrite(path)))
		return -1;
	return delete_in(dir, name);
}

int files_delete(const char *dir, int (*overwrite)(const char *path))
{
	struct deletion deletion = { overwrite };

	return files_unname(dir) || folder_each("image", dir, delete_one, &deletion) || sync_path(dir) ? -1 : 0;
}

int files_room(const char *dir, uint64_t *bytes)
{
	struct statvfs st;
	struct dumps dumps;

	if (statvfs(dir, &st))
		return fail("image", errno, "%s", dir);
	if (files_dumps(dir, &dumps))
		return -1;
	*bytes = (uint64_t)st.f_bavail * st.f_frsize + dumps.bytes;
	return 0;
}
