/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A fingerprint of what changes on a block device when somebody mounts it read-write or writes to it. */
#ifndef KH_BLOCK_FINGERPRINT_H
#define KH_BLOCK_FINGERPRINT_H

#include "base/hash.h"
#include "block/superblock.h"

/*
 * Of the open device or file of which `super` is the superblock; only reads.
 * 0 and XXH3 in hex in `text`, or -1 and fail() with `name` on an I/O error.
 * What a superblock that makes no sense points to is left out.
 */
int fingerprint_of(int fd, const char *name, const struct superblock *super, char text[HASH_TEXT_SIZE]);

#endif
