/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why something did not go on: codes, which decide what is done about it. The text beside a code is for people only. */
#ifndef KH_BASE_REASON_H
#define KH_BASE_REASON_H

enum reason {
	REASON_NONE,           /* all is well */
	REASON_OTHER,          /* what has no code of its own */
	REASON_SAVE,           /* the save failed, and left no image */
	REASON_WINDOW,         /* the save failed, and left no image: the window holds what the page filter reads; another may do */
	REASON_COMMIT_UNKNOWN, /* the save failed at its last write: whether the image is on the disk cannot be known */
	REASON_ABORTED,        /* the user ended the save */
	REASON_TORN,           /* the image is incomplete */
	REASON_DAMAGED,        /* something of the image is not what was written, or cannot be read */
	REASON_MACHINE,        /* the machine is not the one that was saved */
	REASON_STALE,          /* a device that A had in use was written since, or is not there */
	REASON_NORESUME,       /* khibernate.noresume was given */
	REASON_ATTEMPTS,       /* it was tried too often */
	REASON_JUMP,           /* A could not be entered */
	REASON_COUNT
};

/* The name of a code as files and programs carry it, such as "COMMIT_UNKNOWN"; that of REASON_OTHER for what is none. */
const char *reason_name(enum reason reason);

/* The code of a name; REASON_COUNT for none. */
enum reason reason_of(const char *name);

#endif
