/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting together what hibernate.meta says. */
#ifndef KH_IMAGE_DESCRIBE_H
#define KH_IMAGE_DESCRIBE_H

#include <stddef.h>

#include "base/blob.h"

/* Lines KEY=VALUE from one source. */
struct description_part {
	const char *name; /* of the source, for messages */
	struct blob text;
};

/*
 * The description of an image in `state` (META_READY or META_SNAPSHOT): its format, its state, and the lines of all parts. A
 * key may stand in one part only, there more than once, and none of format, state and sum in any: so two sources never
 * contradict each other. 0 and the lines, without a checksum, that the caller frees; or -1 and fail().
 */
int describe_image(const char *state, const struct description_part *part, size_t count, struct blob *lines);

#endif
