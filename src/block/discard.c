/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/discard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "base/number.h"

/* No attribute in /sys is longer. */
#define ATTRIBUTE_MAX 4096

/* The number in an attribute of the device's queue; 0 if it is not there. */
static uint64_t queue_number(const char *root, dev_t device, const char *name)
{
	/* The folder of a partition lies in that of its disk, which has the queue. */
	static const char *const places[] = { "queue", "../queue" };
	uint64_t number = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char path[512];
		struct blob text;

		if (snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u/%s/%s", root, major(device), minor(device), places[i],
			     name) >= (int)sizeof(path))
			return 0;
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

uint64_t discard_granularity(const char *root, dev_t device)
{
	return queue_number(root, device, "discard_max_bytes") ? queue_number(root, device, "discard_granularity") : 0;
}
