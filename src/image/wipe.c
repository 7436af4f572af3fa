/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/wipe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"
#include "base/units.h"
#include "image/files.h"

#define PIECE ((size_t)MIB(1))

/*
 * Writes zeros over all of the file, and has them on the disk. ext4 writes them to the very blocks that held the content. A link, a pipe or
 * a device holds nothing.
 */
static int overwrite(const char *path)
{
	struct stat st;
	unsigned char *zeros;
	int ret = 0, fd;

	if (!lstat(path, &st) && !S_ISREG(st.st_mode))
		return 0;
	fd = open_regular(path, O_WRONLY, 0);
	if (fd < 0)
		return -1;
	zeros = calloc(1, PIECE);
	if (!zeros || fstat(fd, &st)) {
		ret = fail("wipe", errno, "%s", path);
		goto out;
	}
	for (uint64_t at = 0, size = (uint64_t)st.st_size; at < size && !ret; at += PIECE)
		ret = pwrite_exact(fd, zeros, min_size(size - at, PIECE), at, path);
	if (!ret && fsync(fd))
		ret = fail("wipe", errno, "%s", path);
out:
	free(zeros);
	if (close(fd) && !ret)
		ret = fail("wipe", errno, "%s", path);
	return ret;
}

int image_wipe(const char *path, uint64_t granularity)
{
	int ret = -1, dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* All free blocks of the file system: those that were the image's are among them. */
	struct fstrim_range all = { .start = 0, .len = UINT64_MAX, .minlen = 0 };
	struct stat st;

	if (dir < 0 || fstat(dir, &st)) {
		fail("wipe", errno, "%s", path);
		goto out;
	}
	/* A device that discards pieces larger than a block keeps the content of a piece that is free only in part. */
	if (files_delete(path, !granularity || granularity > (uint64_t)st.st_blksize ? overwrite : NULL))
		goto out;
	/* The file system discards only what its journal has as free, so that has to be on the disk first. */
	if (syncfs(dir) || (granularity && ioctl(dir, FITRIM, &all)))
		fail("wipe", errno, "%s", path);
	else
		ret = fsync(dir) ? fail("wipe", errno, "%s", path) : 0;
out:
	if (dir >= 0)
		close(dir);
	return ret;
}
