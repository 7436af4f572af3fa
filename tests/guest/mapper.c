/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a device of device mapper without a UUID, or removes it.
 *
 *   mapper create NAME SECTORS TYPE PARAMETERS    ("crypt" "cipher_null-ecb - 0 /dev/vdc 0")
 *   mapper remove NAME
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

static struct {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char parameters[512];
} request;

static void call(int control, unsigned long number, const char *name, const char *what)
{
	request.head = (struct dm_ioctl){ .version = { DM_VERSION_MAJOR }, .data_size = sizeof(request), .data_start = sizeof(request.head),
					  .target_count = number == DM_TABLE_LOAD };
	snprintf(request.head.name, sizeof(request.head.name), "%s", name);
	if (ioctl(control, number, &request)) {
		fprintf(stderr, "mapper: %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	int control = open("/dev/mapper/control", O_RDWR);

	if (control < 0) {
		perror("mapper: /dev/mapper/control");
		return 1;
	}
	if (argc == 3 && !strcmp(argv[1], "remove")) {
		call(control, DM_DEV_REMOVE, argv[2], "remove");
		return 0;
	}
	if (argc != 6 || strcmp(argv[1], "create")) {
		fputs("usage: mapper create NAME SECTORS TYPE PARAMETERS | remove NAME\n", stderr);
		return 2;
	}
	call(control, DM_DEV_CREATE, argv[2], "create");
	request.target = (struct dm_target_spec){ .length = strtoull(argv[3], NULL, 10), .next = sizeof(request) - sizeof(request.head) };
	snprintf(request.target.target_type, sizeof(request.target.target_type), "%s", argv[4]);
	snprintf(request.parameters, sizeof(request.parameters), "%s", argv[5]);
	call(control, DM_TABLE_LOAD, argv[2], "load");
	/* Without DM_SUSPEND_FLAG this resumes it, with the new table. */
	call(control, DM_DEV_SUSPEND, argv[2], "resume");
	return 0;
}
