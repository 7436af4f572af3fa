/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/drivers.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"
#include "base/search.h"

#define PATH_SIZE 512

/*
 * The drivers between a disk and its file system that the appliance's kernel has: what kernel-config/common switches on for
 * storage and its buses, by their names in /sys/bus/.../drivers. tests/boot/check compares the two.
 */
static const char *const appliance[] = {
	"virtio_blk", "virtio-pci", "virtio_scsi", "sd", "ahci", "ata_piix", "nvme", "pcieport",
};

static bool appliance_has(const char *name)
{
	const size_t count = sizeof(appliance) / sizeof(*appliance);

	return search_name(appliance, count, name) < count;
}

/* The folder of the device in /sys/devices, which the caller frees; NULL and fail(). */
static char *folder_of(const char *root, const char *device)
{
	const char *name = !strncmp(device, root, strlen(root)) ? device + strlen(root) : device;
	char path[PATH_SIZE], *folder;
	int length = snprintf(path, sizeof(path), "%s/sys/class/block/", root);

	if (!strncmp(name, "/dev/", 5))
		name += 5;
	if (length >= (int)sizeof(path) || strlen(name) >= sizeof(path) - (size_t)length) {
		fail("drivers", ENAMETOOLONG, "%s", device);
		return NULL;
	}
	strcpy(path + length, name);
	/* sysfs writes ! for the / in a name. */
	for (char *slash = path + length; (slash = strchr(slash, '/'));)
		*slash = '!';
	folder = realpath(path, NULL);
	if (!folder)
		fail("drivers", errno, "%s", path);
	return folder;
}

/* The name of the driver of the device whose folder is `folder`; false if it has none. */
static bool driver_at(const char *folder, char name[64])
{
	char path[PATH_SIZE + 16], target[PATH_SIZE];
	const char *slash;
	ssize_t length;

	if (snprintf(path, sizeof(path), "%s/driver", folder) >= (int)sizeof(path))
		return false;
	length = readlink(path, target, sizeof(target) - 1);
	if (length <= 0)
		return false;
	target[length] = '\0';
	slash = strrchr(target, '/');
	snprintf(name, 64, "%.63s", slash ? slash + 1 : target);
	return true;
}

/* A folder_visit() of a subsystem of NVMe: its first controller. */
static int is_controller(void *context, const char *dir, const char *name)
{
	char path[PATH_SIZE + 64];

	if (strncmp(name, "nvme", 4) != 0 || strspn(name + 4, "0123456789") != strlen(name + 4) ||
	    snprintf(path, sizeof(path), "%s/%.40s", dir, name) >= (int)sizeof(path))
		return 0;
	*(char **)context = realpath(path, NULL);
	return *(char **)context != NULL;
}

/*
 * A disk of NVMe that more than one controller may lead to lies in the folder of a subsystem, which nothing leads to, but which has a link
 * to each controller (drivers/nvme/host/multipath.c, Linux 6.12). Replaces such a folder by that of the first one.
 */
static char *through_subsystem(char *folder)
{
	char *subsystem = strstr(folder, "/nvme-subsys"), *controller = NULL;

	while (subsystem && !isdigit((unsigned char)subsystem[strlen("/nvme-subsys")]))
		subsystem = strstr(subsystem + 1, "/nvme-subsys");
	if (!subsystem)
		return folder;
	subsystem[1 + strcspn(subsystem + 1, "/")] = '\0';
	if (folder_each("drivers", folder, is_controller, &controller) <= 0 || !controller)
		return folder;
	free(folder);
	return controller;
}

int drivers_of(const char *root, const char *device, struct drivers *out)
{
	char *folder = folder_of(root, device), *slash;
	size_t used = 0;

	memset(out, 0, sizeof(*out));
	if (!folder)
		return -1;
	folder = through_subsystem(folder);
	for (const char *at = folder; (at = strstr(at, "/ata")); at++)
		out->on_ata |= isdigit((unsigned char)at[4]);
	while ((slash = strrchr(folder, '/'))) {
		char name[64];

		if (driver_at(folder, name)) {
			if (used < sizeof(out->names))
				used += (size_t)snprintf(out->names + used, sizeof(out->names) - used, "%s%s", used ? " " : "", name);
			if (!*out->missing && !appliance_has(name))
				strcpy(out->missing, name);
		}
		*slash = '\0';
	}
	/* What is in memory, or behind a network, has none. */
	if (!used)
		strcpy(out->missing, "driver that leads to it");
	free(folder);
	return 0;
}
