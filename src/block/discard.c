/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/discard.h"

#include <stdio.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/io.h"
#include "base/number.h"

/* The number in an attribute of the device's queue; 0 if it is not there. */
static uint64_t queue_number(const char *root, dev_t device, const char *name)
{
	/* The folder of a partition lies in that of its disk, which has the queue. */
	static const char *const places[] = { "queue", "../queue" };
	uint64_t number = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char path[512];
		char text[32];

		if (snprintf(path, sizeof(path), "%s/sys/dev/block/%u:%u/%s/%s", root, major(device), minor(device), places[i],
			     name) >= (int)sizeof(path))
			return 0;
		if (access(path, R_OK) || read_line(path, text, sizeof(text)))
			continue;
		if (number_parse(text, 10, &number))
			number = 0;
		break;
	}
	return number;
}

uint64_t discard_granularity(const char *root, dev_t device)
{
	return queue_number(root, device, "discard_max_bytes") ? queue_number(root, device, "discard_granularity") : 0;
}
