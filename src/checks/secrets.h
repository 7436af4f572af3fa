/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What its owner took care to keep off the disks, and what would lie in the image in plain text: memory of memfd_secret(2), and the
 * keys of encrypted disks.
 */
#ifndef KH_CHECKS_SECRETS_H
#define KH_CHECKS_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

/* What the user has agreed to. */
struct secrets_consent {
	bool memory;    /* the setting save_secret_memory */
	bool disk_keys; /* the setting save_disk_keys */
	bool force;     /* --force, which is for disk keys only: secret memory may be somebody else's */
};

enum secrets { SECRETS_NONE, SECRETS_AGREED, SECRETS_REFUSED };

/*
 * Is there any, and is the user's consent for all of it? `root` is the folder below which /dev, /proc and /sys are ("" but in
 * tests). One of enum secrets, with what there is in `text`, cut off where that ends, and what to do; or -1 and fail().
 */
int secrets_look(const char *root, const struct secrets_consent *consent, char *text, size_t room);

#endif
