/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/files.h"

#include <errno.h>
#include <fcntl.h>
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

int files_dumps(const char *dir, struct dumps *dumps)
{
	const char *name;
	struct stat st;
	DIR *list = open_folder("image", dir);
	int ret;

	*dumps = (struct dumps){ 0 };
	if (!list)
		return -1;
	while (!(ret = next_entry(list, "image", dir, &name))) {
		if (strncmp(name, FILE_DUMP, strlen(FILE_DUMP)))
			continue;
		if (fstatat(dirfd(list), name, &st, AT_SYMLINK_NOFOLLOW)) {
			ret = fail("image", errno, "%s", name);
			break;
		}
		if (!dumps->count++ || strcmp(name, dumps->name) < 0)
			snprintf(dumps->name, sizeof(dumps->name), "%s", name);
		dumps->bytes += (uint64_t)st.st_size;
	}
	closedir(list);
	return ret < 0 ? -1 : 0;
}

static int unlink_in(int dir, const char *name)
{
	return unlinkat(dir, name, 0) && errno != ENOENT ? fail("image", errno, "deleting %s", name) : 0;
}

int files_unname(const char *dir)
{
	int ret = 0, fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail("image", errno, "%s", dir);
	for (size_t i = 0; i < FILES && !ret; i++)
		if (files[i].role == FILE_NAMES_IMAGE)
			ret = unlink_in(fd, files[i].name);
	if (!ret && fsync(fd))
		ret = fail("image", errno, "fsync of %s", dir);
	close(fd);
	return ret;
}

int files_delete(const char *dir, int (*overwrite)(int dir, const char *name))
{
	const char *name;
	int ret, fd;
	DIR *list;

	if (files_unname(dir))
		return -1;
	list = open_folder("image", dir);
	if (!list)
		return -1;
	fd = dirfd(list);
	while (!(ret = next_entry(list, "image", dir, &name))) {
		enum file_role role = file_role(name);

		if (role == FILE_FOREIGN)
			continue;
		if ((role == FILE_HOLDS_MEMORY && overwrite && overwrite(fd, name)) || unlink_in(fd, name)) {
			ret = -1;
			break;
		}
	}
	if (ret > 0 && fsync(fd))
		ret = fail("image", errno, "fsync of %s", dir);
	closedir(list);
	return ret < 0 ? -1 : 0;
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
