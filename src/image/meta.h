/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hibernate.meta: KEY=VALUE lines that describe the image. */
#ifndef KH_IMAGE_META_H
#define KH_IMAGE_META_H

#include <stdint.h>

#include "base/io.h"
#include "base/range.h"
#include "image/sealed.h"

#define META_FORMAT 2
#define META_MAX SEALED_MAX

/* What `state` says. */
#define META_READY "ready"       /* to be resumed */
#define META_CONSUMED "consumed" /* A was entered, or was about to be: never again */
#define META_SNAPSHOT "snapshot" /* A went on after the save (--action resume): to look at, never to be resumed */

struct meta {
	char arch[16], state[16], dump[32];
	char entry[32], paging[16], mailbox[64]; /* A's, for the jump; "" if it is missing, as in one that was made by hand */
	uint64_t dump_size; /* of the file `dump`, bytes */
	uint64_t index_sum; /* the checksum of dump.index */
	struct range window;
	struct ranges ram; /* A's RAM outside the window, normalized */
};

/*
 * Parses and checks the text of hibernate.meta, which is sealed (image/sealed.h). Keys that restoring does not need may say
 * anything; those that it needs have to be there once. 0, or -1 and fail(); meta_free() frees.
 */
int meta_parse(const struct blob *text, struct meta *meta);
void meta_free(struct meta *meta);

/*
 * The same description, of which `text` is whole, with another state. 0 and a sealed text that the caller frees, or -1 and
 * fail().
 */
int meta_with_state(const struct blob *text, const char *state, struct blob *out);

#endif
