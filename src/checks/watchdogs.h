/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watchdogs: hardware that resets the machine when nobody tells it often enough that all is well, as nobody does while it is saved. */
#ifndef KH_CHECKS_WATCHDOGS_H
#define KH_CHECKS_WATCHDOGS_H

#include <stddef.h>

enum watchdogs {
	WATCHDOGS_NONE,    /* none runs */
	WATCHDOGS_RUNNING, /* these do */
	WATCHDOGS_UNKNOWN  /* none is known to run, but of these it cannot be known */
};

/*
 * Looks at those of the running system below `root` ("" but in tests), and names in `text` each one that runs, or else each one of
 * which it is not known. Where the kernel tells how much time one of them has left, this takes a second.
 */
enum watchdogs watchdogs_look(const char *root, char *text, size_t room);

#endif
