/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/drivers.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

int drivers_of(const char *root, const char *device, struct drivers *out)
{
	char *folder = folder_of(root, device), *slash;
	size_t used = 0;

	memset(out, 0, sizeof(*out));
	if (!folder)
		return -1;
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
	free(folder);
	return 0;
}
