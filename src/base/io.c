/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/report.h"

/* From `*offset` on, or with NULL from the file position. */
static ssize_t read_from(int fd, void *buf, size_t size, const uint64_t *offset, const char *name)
{
	size_t done = 0;

	while (done < size) {
		char *to = (char *)buf + done;
		ssize_t n = offset ? pread(fd, to, size - done, (off_t)(*offset + done)) : read(fd, to, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail("read", errno, "%s", name);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t read_upto(int fd, void *buf, size_t size, const char *name)
{
	return read_from(fd, buf, size, NULL, name);
}

ssize_t pread_upto(int fd, void *buf, size_t size, uint64_t offset, const char *name)
{
	return read_from(fd, buf, size, &offset, name);
}

int read_exact(int fd, void *buf, size_t size, const char *name)
{
	ssize_t n = read_upto(fd, buf, size, name);

	if (n < 0)
		return -1;
	if ((size_t)n != size)
		return fail("read", 0, "%s ends %zu bytes early", name, size - (size_t)n);
	return 0;
}

int pread_exact(int fd, void *buf, size_t size, uint64_t offset, const char *name)
{
	ssize_t n = pread_upto(fd, buf, size, offset, name);

	if (n >= 0 && (size_t)n != size)
		return fail("read", 0, "%s ends before offset %llu", name, (unsigned long long)(offset + size));
	return n < 0 ? -1 : 0;
}

int pwrite_exact(int fd, const void *buf, size_t size, uint64_t offset, const char *name)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pwrite(fd, (const char *)buf + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail("write", errno, "%s", name);
		done += (size_t)n;
	}
	return 0;
}

/* 0; or -1 and fail(), and the descriptor is closed. */
static int check_regular(int fd, const char *path)
{
	struct stat st;
	int ret = fstat(fd, &st) ? fail("open", errno, "%s", path) :
		  S_ISREG(st.st_mode) ? 0 : fail("open", 0, "%s is no regular file", path);

	if (ret)
		close(fd);
	return ret;
}

int open_regular(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);

	if (fd < 0)
		return fail("open", errno, "%s", path);
	return check_regular(fd, path) ? -1 : fd;
}

int write_file(const char *path, const void *data, size_t size)
{
	int ret, fd;

	/* What is there may be a link to something else, or no file. */
	if (unlink(path) && errno != ENOENT)
		return fail("open", errno, "%s", path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail("open", errno, "%s", path);
	ret = pwrite_exact(fd, data, size, 0, path);
	if (!ret && fsync(fd))
		ret = fail("fsync", errno, "%s", path);
	if (close(fd) && !ret)
		ret = fail("close", errno, "%s", path);
	return ret;
}

int sync_path(const char *path)
{
	int ret, fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return fail("open", errno, "%s", path);
	ret = fsync(fd) ? fail("fsync", errno, "%s", path) : 0;
	if (close(fd) && !ret)
		ret = fail("close", errno, "%s", path);
	return ret;
}

int sync_folder_of(const char *path)
{
	char *copy = strdup(path);
	int ret = copy ? sync_path(dirname(copy)) : fail("fsync", ENOMEM, "%s", path);

	free(copy);
	return ret;
}

int replace_file(const char *path, const void *data, size_t size)
{
	char new_path[1024];

	if (snprintf(new_path, sizeof(new_path), "%s" REPLACE_SUFFIX, path) >= (int)sizeof(new_path))
		return fail("open", ENAMETOOLONG, "%s", path);
	if (write_file(new_path, data, size))
		return -1;
	if (rename(new_path, path))
		return fail("rename", errno, "%s", new_path);
	return sync_folder_of(path);
}

int write_setting(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return fail("open", errno, "%s", path);
	/* The kernel takes what one write() has as the whole value. */
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ret = fail("write", errno, "%s", path);
	if (close(fd) && !ret)
		ret = fail("close", errno, "%s", path);
	return ret;
}

/* Reads all of it, and closes it. */
static int read_whole(int fd, const char *path, size_t max, struct blob *out)
{
	size_t room = 65536, used = 0;
	unsigned char *data = malloc(room + 1);

	while (data) {
		unsigned char *grown;
		ssize_t n = read_upto(fd, data + used, room - used, path);

		if (n < 0)
			goto out;
		used += (size_t)n;
		if (used < room)
			break;
		if (room > max) {
			fail("read", 0, "%s is larger than %zu bytes", path, max);
			goto out;
		}
		room *= 2;
		grown = realloc(data, room + 1);
		if (!grown)
			free(data);
		data = grown;
	}
	if (!data) {
		fail("read", ENOMEM, "%s", path);
		goto out;
	}
	if (used > max) {
		fail("read", 0, "%s is larger than %zu bytes", path, max);
		goto out;
	}
	close(fd);
	data[used] = '\0';
	out->data = data;
	out->size = used;
	return 0;
out:
	free(data);
	close(fd);
	return -1;
}

int read_file(const char *path, size_t max, struct blob *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? fail("open", errno, "%s", path) : read_whole(fd, path, max, out);
}

int read_regular(const char *path, size_t max, struct blob *out)
{
	int fd = open_regular(path, O_RDONLY, 0);

	return fd < 0 ? -1 : read_whole(fd, path, max, out);
}

int read_line(const char *path, char *line, size_t room)
{
	struct blob text;
	size_t length;

	if (read_file(path, room - 1, &text))
		return -1;
	length = strcspn((char *)text.data, "\n");
	memcpy(line, text.data, length);
	line[length] = '\0';
	free(text.data);
	return 0;
}

int write_text(const char *path, const char *fmt, ...)
{
	FILE *to = fopen(path, "we");
	va_list ap;
	int ret;

	if (!to)
		return fail("open", errno, "%s", path);
	va_start(ap, fmt);
	vfprintf(to, fmt, ap);
	va_end(ap);
	ret = finish_printing(to, path);
	if (fclose(to) && !ret)
		ret = fail("close", errno, "%s", path);
	return ret;
}

int finish_printing(FILE *to, const char *name)
{
	return fflush(to) || ferror(to) ? fail("write", errno, "%s", name) : 0;
}

int finish_output(void)
{
	return finish_printing(stdout, "standard output");
}

static int each_entry(DIR *dir, const char *step, const char *path, folder_visit visit, void *context)
{
	int ret = 0;

	while (!ret) {
		struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return errno ? fail(step, errno, "reading %s", path) : 0;
		if (entry->d_name[0] != '.')
			ret = visit(context, path, entry->d_name);
	}
	return ret;
}

int folder_each(const char *step, const char *path, folder_visit visit, void *context)
{
	DIR *dir = opendir(path);
	int ret;

	if (!dir)
		return fail(step, errno, "%s", path);
	ret = each_entry(dir, step, path, visit, context);
	closedir(dir);
	return ret;
}

int folder_each_if_there(const char *step, const char *path, folder_visit visit, void *context)
{
	return access(path, F_OK) && errno == ENOENT ? 0 : folder_each(step, path, visit, context);
}

int open_direct(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags | O_DIRECT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode);

	/* How a file system refuses it (open(2)). */
	if (fd < 0 && errno == EINVAL)
		return open_regular(path, flags, mode);
	if (fd < 0)
		return fail("open", errno, "%s", path);
	return check_regular(fd, path) ? -1 : fd;
}
