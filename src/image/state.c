/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/keyvalue.h"
#include "base/number.h"
#include "base/report.h"
#include "image/sealed.h"

static const char *const names[IMAGE_STATES] = {
	[IMAGE_ABSENT] = "absent",
	[IMAGE_TORN] = "torn",
	[IMAGE_READY] = META_READY,
	[IMAGE_CONSUMED] = META_CONSUMED,
	[IMAGE_SNAPSHOT] = META_SNAPSHOT,
	[IMAGE_REFUSED] = "refused",
};

#define ID_MAX 128

const char *image_state_name(enum image_state state)
{
	return names[state];
}

static int read_in(const char *dir, const char *name, struct blob *text)
{
	char path[FILE_PATH_MAX];

	return file_path(dir, name, path) || read_regular(path, SEALED_MAX, text) ? -1 : 0;
}

static int replace_in(const char *dir, const char *name, const struct blob *content)
{
	char path[FILE_PATH_MAX];

	return file_path(dir, name, path) || replace_file(path, content->data, content->size) ? -1 : 0;
}

static void set(struct image_status *status, enum image_state state, enum reason reason, const char *why)
{
	status->state = state;
	status->reason = reason;
	snprintf(status->why, sizeof(status->why), "%s", why);
	make_one_line(status->why);
}

/* Says a resume.error, which is whole if `sealed`, that no system was booted? */
static bool is_held(const struct blob *text, bool sealed)
{
	char held[8];

	return sealed && keyvalue_get(text, "held", held, sizeof(held)) == KEYVALUE_OK && !strcmp(held, "1");
}

/* What resume.error says. Its code counts only if the file is whole; its text, which is for people, is shown in any case. */
static void refused(const char *dir, struct image_status *status)
{
	char code[32], why[IMAGE_WHY_MAX];
	enum reason reason = REASON_DAMAGED;
	struct blob text;
	bool sealed;

	status->given_up = true;
	set(status, IMAGE_REFUSED, REASON_DAMAGED, FILE_REFUSAL " is there, and damaged");
	if (read_in(dir, FILE_REFUSAL, &text))
		return;
	sealed = !sealed_check("refusal", &text);
	status->given_up = !is_held(&text, sealed);
	if (sealed && keyvalue_get(&text, "code", code, sizeof(code)) == KEYVALUE_OK)
		reason = reason_of(code);
	if (reason == REASON_COUNT || reason == REASON_NONE)
		reason = REASON_DAMAGED;
	if (keyvalue_get(&text, "reason", why, sizeof(why)) == KEYVALUE_OK && *why)
		set(status, IMAGE_REFUSED, reason, why);
	else
		status->reason = reason;
	free(text.data);
}

/*
 * The state by the description alone, of which for this only the checksum has to be right: one of an older format may be of a
 * consumed image. IMAGE_REFUSED and fail() for one that is damaged or says something else.
 */
static enum image_state state_of(const struct blob *text)
{
	char state[16];

	if (sealed_check("metadata", text))
		return IMAGE_REFUSED;
	(void)keyvalue_get(text, "state", state, sizeof(state));
	for (enum image_state i = IMAGE_READY; i <= IMAGE_SNAPSHOT; i++)
		if (!strcmp(state, names[i]))
			return i;
	fail("metadata", 0, "the image is in no known state: %s", state);
	return IMAGE_REFUSED;
}

/* The image's id; "" if it has none, as one that was made by hand. */
static void id_of(const struct blob *meta, char id[ID_MAX])
{
	(void)keyvalue_get(meta, "id", id, ID_MAX);
}

/* The count for this image in the file `name`, by the last line with its id. A file without such a line, or with no number there, says 0. */
static unsigned int count_of(const char *dir, const char *name, const struct blob *meta, unsigned int most)
{
	const char *at, *value;
	char id[ID_MAX], digits[16];
	uint64_t count = 0, n;
	struct blob text;
	size_t size;

	id_of(meta, id);
	if (read_in(dir, name, &text))
		return 0;
	at = (const char *)text.data;
	while ((value = keyvalue_next(&at, (const char *)text.data + text.size, id, &size))) {
		count = 0;
		if (size >= sizeof(digits))
			continue;
		memcpy(digits, value, size);
		digits[size] = '\0';
		if (!number_parse(digits, 10, &n))
			count = n;
	}
	free(text.data);
	return count < most ? (unsigned int)count : most;
}

/* May a refusal for this reason be passed over? Only what concerns A's disks, never what is wrong with the image itself. */
static bool is_forced(enum reason reason)
{
	return reason == REASON_STALE || reason == REASON_NORESUME;
}

/* Reads the description; the state that it says, or IMAGE_REFUSED and in `why` what is wrong with it. */
static enum image_state read_description(const char *dir, struct image_status *status, char why[IMAGE_WHY_MAX])
{
	enum image_state state = IMAGE_REFUSED;

	if (!read_in(dir, FILE_META, &status->text)) {
		status->attempts = count_of(dir, FILE_ATTEMPTS, &status->text, IMAGE_ATTEMPTS_MAX);
		state = state_of(&status->text);
		if (state != IMAGE_REFUSED)
			status->described = !meta_parse(&status->text, &status->meta);
		if (state == IMAGE_READY && !status->described)
			state = IMAGE_REFUSED;
	}
	snprintf(why, IMAGE_WHY_MAX, "%s", fail_text());
	return state;
}

/* Of an image whose description is there. */
static void judge(const char *dir, bool force_stale, struct image_status *status)
{
	char why[IMAGE_WHY_MAX];
	enum image_state state = read_description(dir, status, why);

	if (state == IMAGE_CONSUMED || state == IMAGE_SNAPSHOT) {
		set(status, state, REASON_NONE, "");
		return;
	}
	if (file_is_there(dir, FILE_REFUSAL)) {
		refused(dir, status);
		if (!force_stale || !is_forced(status->reason))
			return;
	}
	status->given_up = false;
	if (state == IMAGE_REFUSED) {
		set(status, IMAGE_REFUSED, REASON_DAMAGED, why);
	} else if (status->attempts >= IMAGE_ATTEMPTS_MAX) {
		snprintf(why, sizeof(why), "it was tried %u times", status->attempts);
		set(status, IMAGE_REFUSED, REASON_ATTEMPTS, why);
	} else {
		set(status, IMAGE_READY, REASON_NONE, "");
	}
}

int image_status(const char *dir, bool force_stale, struct image_status *status)
{
	struct dumps dumps;
	char why[IMAGE_WHY_MAX];

	*status = (struct image_status){ .state = IMAGE_ABSENT, .reason = REASON_NONE };
	if (files_dumps(dir, &dumps))
		return -1;
	if (file_is_there(dir, FILE_META)) {
		judge(dir, force_stale, status);
	} else if (dumps.count) {
		snprintf(why, sizeof(why), "it is incomplete (torn): there is a %s without " FILE_META, dumps.name);
		set(status, IMAGE_TORN, REASON_TORN, why);
	}
	return 0;
}

void image_saved_at(const struct image_status *status, char text[IMAGE_TIME_MAX])
{
	if (!status->text.data || keyvalue_get(&status->text, "saved_at", text, IMAGE_TIME_MAX) || !*text)
		strcpy(text, "an unknown time");
}

void image_status_free(struct image_status *status)
{
	free(status->text.data);
	meta_free(&status->meta);
	*status = (struct image_status){ 0 };
}

int image_commit(const char *dir, const struct blob *sealed)
{
	return replace_in(dir, FILE_META, sealed);
}

/* From the state `from` to the state `to`; with `again` also from `to`, where nothing is written. */
static int change(const char *dir, enum image_state from, enum image_state to, bool again)
{
	struct blob text, changed;
	enum image_state now;
	int ret = -1;

	if (read_in(dir, FILE_META, &text))
		return -1;
	now = state_of(&text);
	if (again && now == to)
		ret = 0;
	else if (now != from && now != IMAGE_REFUSED)
		fail("metadata", 0, "the image is not %s but %s", names[from], names[now]);
	else if (now == from && !meta_with_state(&text, names[to], &changed)) {
		ret = replace_in(dir, FILE_META, &changed);
		free(changed.data);
	}
	free(text.data);
	return ret;
}

int image_consume(const char *dir)
{
	return change(dir, IMAGE_READY, IMAGE_CONSUMED, false);
}

int image_take_back(const char *dir)
{
	return change(dir, IMAGE_CONSUMED, IMAGE_READY, true);
}

/* Writes `lines`, sealed, to a file of the image. */
static int write_sealed(const char *dir, const char *name, const char *lines)
{
	struct blob sealed;
	int ret = sealed_make("image", lines, strlen(lines), &sealed);

	if (ret)
		return -1;
	ret = replace_in(dir, name, &sealed);
	free(sealed.data);
	return ret;
}

static int note_refusal(const char *dir, enum reason reason, const char *text, const char *more)
{
	char why[IMAGE_WHY_MAX], lines[IMAGE_WHY_MAX + 64];

	snprintf(why, sizeof(why), "%s", text);
	make_one_line(why);
	snprintf(lines, sizeof(lines), "code=%s\nreason=%s\n%s", reason_name(reason), why, more);
	return write_sealed(dir, FILE_REFUSAL, lines);
}

int image_refuse(const char *dir, enum reason reason, const char *text)
{
	return note_refusal(dir, reason, text, "");
}

int image_hold(const char *dir, enum reason reason, const char *text)
{
	return note_refusal(dir, reason, text, "held=1\n");
}

int image_release(const char *dir)
{
	struct image_status status;
	int ret;

	if (image_status(dir, false, &status))
		return -1;
	ret = status.given_up ? fail("image", 0, "it was given up: a system was booted since") : files_forget_tries(dir);
	image_status_free(&status);
	return ret;
}

/* Counts one more in the file `name`. 0, with *count; or -1 and fail(). */
static int count_one(const char *dir, const char *name, unsigned int most, unsigned int *count)
{
	char id[ID_MAX], line[ID_MAX + 32];
	struct blob meta;

	if (read_in(dir, FILE_META, &meta))
		return -1;
	id_of(&meta, id);
	*count = count_of(dir, name, &meta, most) + 1;
	snprintf(line, sizeof(line), "%s=%u\n", id, *count);
	free(meta.data);
	return replace_in(dir, name, &(struct blob){ (unsigned char *)line, strlen(line) });
}

int image_attempt(const char *dir)
{
	unsigned int count;

	return count_one(dir, FILE_ATTEMPTS, IMAGE_ATTEMPTS_MAX, &count);
}

int image_reboot(const char *dir, unsigned int *count)
{
	return count_one(dir, FILE_REBOOTS, IMAGE_REBOOTS_MAX, count);
}
