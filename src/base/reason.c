/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/reason.h"

#include "base/search.h"

static const char *const names[REASON_COUNT] = {
	[REASON_NONE] = "NONE",
	[REASON_OTHER] = "OTHER",
	[REASON_SAVE] = "SAVE",
	[REASON_WINDOW] = "WINDOW",
	[REASON_COMMIT_UNKNOWN] = "COMMIT_UNKNOWN",
	[REASON_ABORTED] = "ABORTED",
	[REASON_TORN] = "TORN",
	[REASON_DAMAGED] = "DAMAGED",
	[REASON_MACHINE] = "MACHINE",
	[REASON_STALE] = "STALE",
	[REASON_NORESUME] = "NORESUME",
	[REASON_ATTEMPTS] = "ATTEMPTS",
	[REASON_JUMP] = "JUMP",
};

const char *reason_name(enum reason reason)
{
	return names[reason < REASON_COUNT ? reason : REASON_OTHER];
}

enum reason reason_of(const char *name)
{
	return (enum reason)search_name(names, REASON_COUNT, name);
}
