/* hibernate.meta: KEY=VALUE lines that describe the image. */
#ifndef KH_IMAGE_META_H
#define KH_IMAGE_META_H

#include <stdint.h>

#include "base/io.h"
#include "base/range.h"

#define META_FORMAT 2
#define META_MAX 65536

struct meta {
	char arch[16], state[16], dump[32];
	char entry[32], paging[16], mailbox[64]; /* of A, for the jump; "" where it is not there, as in one that was made by hand */
	uint64_t dump_size; /* of the file `dump`, bytes */
	uint64_t index_sum; /* the checksum of dump.index */
	struct range window;
	struct ranges ram; /* A's RAM outside the window, normalized */
};

/*
 * Parses and checks the text of hibernate.meta: the last line is `sum=` and
 * the checksum of all that goes before it. Keys that restoring does not need
 * are left to the scripts; those that it needs have to be there once. 0, or -1 and fail(); meta_free() frees.
 */
int meta_parse(const struct blob *text, struct meta *meta);
void meta_free(struct meta *meta);

#endif
