/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state of the image on a partition, and every change of it. `dir` is everywhere the folder where the partition is mounted.
 * A change is on the disk when its function returns 0, and a cut in the middle of it leaves the old state or the new one.
 *
 *            commit           consume
 *   absent ----------> ready <---------> consumed          ready: refuse -> refused, which only deleting ends; or hold, and release
 *      ^  \            /      take back                    delete: any state -> absent
 *      |   +--------> snapshot                             unname: any state -> torn, or absent without a dump
 *      +--- delete
 */
#ifndef KH_IMAGE_STATE_H
#define KH_IMAGE_STATE_H

#include <stdbool.h>

#include "base/blob.h"
#include "base/reason.h"
#include "image/files.h"
#include "image/meta.h"

/* No image is tried more often: one that resets the machine in the middle must not do so for ever. */
#define IMAGE_ATTEMPTS_MAX 3

/* The machine is not started anew more often for a memory map of firmware that the image fits. */
#define IMAGE_REBOOTS_MAX 3

enum image_state {
	IMAGE_ABSENT,
	IMAGE_TORN,     /* a dump without its description: a save that did not come to its end */
	IMAGE_READY,    /* to be resumed */
	IMAGE_CONSUMED, /* A was entered from it */
	IMAGE_SNAPSHOT, /* never to be resumed, since A went on */
	IMAGE_REFUSED,  /* it may be whole, but must not be resumed: `reason` and `why` say what happened */
	IMAGE_STATES
};

/* "absent", "torn", "ready", "consumed", "snapshot", "refused". */
const char *image_state_name(enum image_state state);

#define IMAGE_WHY_MAX 1024

struct image_status {
	enum image_state state;
	bool given_up;           /* of IMAGE_REFUSED: noted by image_refuse() before a system was booted; not so by image_hold() */
	enum reason reason;      /* of IMAGE_REFUSED and IMAGE_TORN; REASON_NONE of the others */
	char why[IMAGE_WHY_MAX]; /* the same for people, one line; "" with REASON_NONE */
	unsigned int attempts;   /* how often resuming this image was begun */
	struct blob text;        /* hibernate.meta as read_file() gives it; empty if it is not there or cannot be read */
	bool described;          /* `meta` was read from it */
	struct meta meta;
};

/*
 * Finds out the state; only reads. IMAGE_REFUSED is, in this order: what image_refuse() noted, whatever state that file is in,
 * but not with `force_stale` if it was REASON_STALE or REASON_NORESUME; a description that is damaged or makes no sense; too many
 * attempts. A description that is whole and says consumed or snapshot comes before all of them. The dump itself is not looked at.
 * 0, and image_status_free() frees; or -1 and fail() when the folder cannot be read.
 */
int image_status(const char *dir, bool force_stale, struct image_status *status);
void image_status_free(struct image_status *status);

#define IMAGE_TIME_MAX 64

/* When the image was saved, for people; also of one that does not say so. */
void image_saved_at(const struct image_status *status, char text[IMAGE_TIME_MAX]);

/*
 * The last step of a save, when everything else of the image is on the disk: the description `sealed` (image/sealed.h) makes an
 * image of it. 0; or -1 and fail(): whether there is an image now is not known.
 */
int image_commit(const char *dir, const struct blob *sealed);

/*
 * From ready to consumed, right before A is entered; and back when A could not be entered after all, which changes nothing if the
 * image is ready. 0, or -1 and fail().
 */
int image_consume(const char *dir);
int image_take_back(const char *dir);

/*
 * From now on no boot resumes the image, which stays as it is. `reason` is not REASON_NONE; `text` says the same for people, and
 * what would be a second line of it is not. 0, or -1 and fail().
 */
int image_refuse(const char *dir, enum reason reason, const char *text);

/*
 * The same where no system was booted since the image was saved, so that it is as good as before: until image_release(), which takes
 * this back, and forgets how often resuming the image was begun; it fails for an image that was given up. 0, or -1 and fail().
 */
int image_hold(const char *dir, enum reason reason, const char *text);
int image_release(const char *dir);

/* Counts one more attempt to resume this image, before it is made. 0, or -1 and fail(). */
int image_attempt(const char *dir);

/*
 * Counts one more start of the machine for a memory map that this image fits, before it is made. 0, and *count is its number,
 * which is greater than IMAGE_REBOOTS_MAX if there were enough; or -1 and fail().
 */
int image_reboot(const char *dir, unsigned int *count);

#endif
