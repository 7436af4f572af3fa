#include "image/wipe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "base/number.h"
#include "base/report.h"

#define PIECE (1u << 20)
/* A disk's queue has no attribute that is longer. */
#define ATTRIBUTE_MAX 4096

/* The number in an attribute of the device's queue; 0 if it is not there. */
static uint64_t queue_number(const char *root, dev_t device, const char *name)
{
	/* A partition has no queue of its own. */
	static const char *const places[] = { "queue", "../queue" };
	uint64_t number = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char path[512];
		struct blob text;

		snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u/%s/%s", root, major(device), minor(device), places[i], name);
		if (access(path, R_OK) || read_file(path, ATTRIBUTE_MAX, &text))
			continue;
		text.data[strcspn((char *)text.data, "\n")] = '\0';
		if (number_parse((char *)text.data, 10, &number))
			number = 0;
		free(text.data);
		break;
	}
	return number;
}

unsigned long long wipe_granularity(const char *root, dev_t device)
{
	return queue_number(root, device, "discard_max_bytes") ? queue_number(root, device, "discard_granularity") : 0;
}

/* Writes zeros over all of the file, and has them on the disk. ext4 writes them where the content was. */
static int overwrite(int dir, const char *name)
{
	int ret = 0, fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	unsigned char *zeros = calloc(1, PIECE);
	struct stat st;

	if (fd < 0 || !zeros || fstat(fd, &st)) {
		ret = fail("wipe", errno, "%s", name);
		goto out;
	}
	for (uint64_t at = 0, size = (uint64_t)st.st_size; at < size && !ret; at += PIECE)
		ret = pwrite_exact(fd, zeros, size - at < PIECE ? (size_t)(size - at) : PIECE, at, name);
	if (!ret && fsync(fd))
		ret = fail("wipe", errno, "%s", name);
out:
	free(zeros);
	if (fd >= 0 && close(fd) && !ret)
		ret = fail("wipe", errno, "%s", name);
	return ret;
}

static bool holds_memory(const char *name)
{
	return !strncmp(name, "dump.elf", 8) || !strcmp(name, "dump.index");
}

static int delete(int dir, const char *name)
{
	return unlinkat(dir, name, 0) && errno != ENOENT ? fail("wipe", errno, "%s", name) : 0;
}

/* First nothing makes an image of it any more; then it goes, overwritten if `zeros` says so. */
static int delete_all(int dir, const char *path, bool zeros)
{
	const char *name;
	DIR *list;
	int ret;

	ret = delete(dir, "hibernate.meta") || delete(dir, "hibernate.meta.new") ? -1 : 0;
	if (!ret && fsync(dir))
		ret = fail("wipe", errno, "%s", path);
	if (ret)
		return -1;
	list = opendir(path);
	if (!list)
		return fail("wipe", errno, "%s", path);
	while (!(ret = next_entry(list, "wipe", path, &name)))
		if (holds_memory(name) && ((zeros && overwrite(dir, name)) || delete(dir, name))) {
			ret = -1;
			break;
		}
	closedir(list);
	return ret < 0 ? -1 : 0;
}

int wipe_image(const char *path)
{
	int ret = -1, dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* All free blocks: those that were the image's are among them. */
	struct fstrim_range all = { .start = 0, .len = UINT64_MAX, .minlen = 0 };
	unsigned long long granularity;
	struct stat st;

	if (dir < 0 || fstat(dir, &st)) {
		fail("wipe", errno, "%s", path);
		goto out;
	}
	granularity = wipe_granularity("", st.st_dev);
	/* Of a piece that is larger than a block, what lies in part of it would stay. */
	if (delete_all(dir, path, !granularity || granularity > (unsigned long long)st.st_blksize))
		goto out;
	/* Blocks are free when the journal says so, and not sooner. */
	if (syncfs(dir) || (granularity && ioctl(dir, FITRIM, &all))) {
		fail("wipe", errno, "%s", path);
		goto out;
	}
	ret = fsync(dir) ? fail("wipe", errno, "%s", path) : 0;
out:
	if (dir >= 0)
		close(dir);
	return ret;
}
