/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/io.h"
#include "base/number.h"
#include "base/report.h"

#define PATH_SIZE 512

int device_node(const char *root, const char *name, char *path, size_t room)
{
	int start = snprintf(path, room, "%s/dev/", root);

	if (start < 0 || (size_t)start + strlen(name) >= room)
		return -1;
	strcpy(path + start, name);
	/* sysfs writes ! for the / in a name. */
	for (char *mark = path + start; (mark = strchr(mark, '!'));)
		*mark = '/';
	return 0;
}

/* The file DIR/NAME/WHAT. 0; or -1 when there is no such path. */
static int sys_path(const char *root, const char *name, const char *what, char path[PATH_SIZE])
{
	int start = snprintf(path, PATH_SIZE, "%s/sys/class/block/", root);

	if (snprintf(path + start, start < PATH_SIZE ? (size_t)(PATH_SIZE - start) : 0, "%s/%s", name, what) >= PATH_SIZE - start)
		return -1;
	/* A name may be that of the node. */
	for (char *mark = path + start; (mark = strchr(mark, '/')) && mark < path + start + strlen(name);)
		*mark = '!';
	return access(path, F_OK);
}

static int sys_number(const char *root, const char *name, const char *what, uint64_t *number)
{
	char path[PATH_SIZE], line[32];

	return sys_path(root, name, what, path) || read_line(path, line, sizeof(line)) || number_parse(line, 10, number) ? -1 : 0;
}

/* The node of the disk that `name` is a partition of. A partition's folder lies in its disk's. */
static int disk_of(const char *root, const char *name, char node[PATH_SIZE])
{
	static const char key[] = "DEVNAME=";
	char path[PATH_SIZE];
	struct blob uevent;
	int ret = -1;

	if (sys_path(root, name, "../uevent", path) || read_file(path, 65536, &uevent))
		return -1;
	for (char *rest = (char *)uevent.data, *line; (line = strsep(&rest, "\n"));)
		if (!strncmp(line, key, sizeof(key) - 1))
			ret = device_node(root, line + sizeof(key) - 1, node, PATH_SIZE);
	free(uevent.data);
	return ret;
}

int device_partition(const char *root, const char *name, struct partition_entry *entry)
{
	char path[PATH_SIZE];
	uint64_t start, sectors;
	int fd, ret;

	if (sys_path(root, name, "partition", path))
		return 1;
	if (sys_number(root, name, "start", &start) || sys_number(root, name, "size", &sectors) || disk_of(root, name, path))
		return fail("partition", 0, "%s: its disk is not known", name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail("open", errno, "%s", path);
	ret = identify_partition(fd, path, start, sectors, entry);
	close(fd);
	return ret;
}

int device_open(const char *root, const char *name, int flags, struct superblock *super)
{
	/* Of a GPT, and of an MBR. Boot loaders count their attempts on the second one. */
	static const char *const types[] = {
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "bc13c2ff-59e6-4262-a352-b275fd6f7172", "0xef", "0xea",
	};
	struct partition_entry entry;
	char path[PATH_SIZE];
	int fd;

	if (device_node(root, name, path, sizeof(path)))
		return fail("open", ENAMETOOLONG, "%s", name);
	fd = superblock_open(path, flags, super);
	if (fd < 0 || super->content != CONTENT_VFAT || device_partition(root, name, &entry))
		return fd;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcasecmp(entry.type, types[i])) {
			super->content = CONTENT_ESP;
			strcpy(super->kind, "esp");
		}
	return fd;
}
