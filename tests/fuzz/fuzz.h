/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzz targets share. Each C file here is one: it gives what libFuzzer makes up to the reader after which it is named. */
#ifndef KH_FUZZ_H
#define KH_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "base/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a reader promises of what it accepts; a broken promise is a finding. */
#define PROMISE(cond)                                                                    \
	do {                                                                             \
		if (!(cond)) {                                                           \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* An input may stand for several files. Before each of them but the last stands its size: two bytes, little-endian. */
struct input {
	const uint8_t *data;
	size_t size;
};

static inline struct input input_part(struct input *rest)
{
	struct input part = { NULL, 0 };

	if (rest->size < 2)
		return part;
	part.data = rest->data + 2;
	part.size = rest->data[0] | (size_t)rest->data[1] << 8;
	if (part.size > rest->size - 2)
		part.size = rest->size - 2;
	rest->data = part.data + part.size;
	rest->size -= 2 + part.size;
	return part;
}

/* The path of an anonymous file that holds the input; *fd is to be closed. */
static inline const char *input_path(const void *data, size_t size, int *fd, char path[32])
{
	*fd = fixture_fd(data, size);
	snprintf(path, 32, "/proc/self/fd/%d", *fd);
	return path;
}

#endif
