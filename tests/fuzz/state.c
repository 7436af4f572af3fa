/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the state of an image: none is taken for ready that is not, and no change makes such an image ready. The input: a byte that
 * says which files are there, and which of them get a checksum that fits; hibernate.meta, resume.error, resume.attempts.
 */
#include "image/state.h"

#include "fuzz.h"
#include "base/hash.h"
#include "image/sealed.h"

enum { WITH_META = 1, SEAL_META = 2, WITH_REFUSAL = 4, SEAL_REFUSAL = 8, WITH_ATTEMPTS = 16, WITH_DUMP = 32, FORCE = 64 };

static void put(const char *root, const char *name, const struct input *content, bool there, bool seal)
{
	char path[FILE_PATH_MAX], *text;
	size_t size = content->size;

	PROMISE(!file_path(root, name, path));
	if (!there) {
		unlink(path);
		return;
	}
	text = malloc(size + 64);
	PROMISE(text);
	if (size)
		memcpy(text, content->data, size);
	if (seal)
		size += (size_t)sprintf(text + size, "sum=%016llx\n", (unsigned long long)hash_of(text, size));
	fixture_write(root, name, text, size);
	free(text);
}

static enum image_state state_now(const char *root, bool force)
{
	struct image_status status;
	enum image_state state;

	PROMISE(!image_status(root, force, &status));
	state = status.state;
	PROMISE(state < IMAGE_STATES && status.reason < REASON_COUNT && !strchr(status.why, '\n'));
	PROMISE((status.reason != REASON_NONE) == (state == IMAGE_REFUSED || state == IMAGE_TORN));
	PROMISE(!*status.why == !status.reason);
	if (state == IMAGE_READY)
		PROMISE(status.described && status.attempts < IMAGE_ATTEMPTS_MAX && !strcmp(status.meta.state, META_READY));
	if (state == IMAGE_READY || state == IMAGE_CONSUMED || state == IMAGE_SNAPSHOT)
		PROMISE(!sealed_check("metadata", &status.text));
	image_status_free(&status);
	return state;
}

/* Is `line` one of the lines of this content? */
static bool has_line(const struct input *content, const char *line)
{
	size_t length = strlen(line);

	for (size_t at = 0; at + length < content->size; at++)
		if ((!at || content->data[at - 1] == '\n') && !memcmp(content->data + at, line, length) &&
		    content->data[at + length] == '\n')
			return true;
	return false;
}

/* Changes the state of an image that is ready, maybe because force passed over a refusal. */
static void change(const char *root, bool force)
{
	PROMISE(!image_take_back(root) && state_now(root, force) == IMAGE_READY);
	PROMISE(!image_consume(root) && state_now(root, force) == IMAGE_CONSUMED);
	PROMISE(image_consume(root));
	PROMISE(!image_take_back(root) && state_now(root, force) == IMAGE_READY);
	for (int i = 0; i < IMAGE_ATTEMPTS_MAX; i++)
		PROMISE(!image_attempt(root));
	PROMISE(state_now(root, force) == IMAGE_REFUSED);
	PROMISE(!image_refuse(root, REASON_DAMAGED, "a\nb") && state_now(root, true) == IMAGE_REFUSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *root;
	struct input rest = { data + 1, size ? size - 1 : 0 }, meta, refusal;
	unsigned int flags = size ? data[0] : 0;
	bool force = flags & FORCE;
	enum image_state state;

	if (!size)
		return 0;
	if (!root)
		root = fixture_root();
	meta = input_part(&rest);
	refusal = input_part(&rest);
	put(root, FILE_META, &meta, flags & WITH_META, flags & SEAL_META);
	put(root, FILE_REFUSAL, &refusal, flags & WITH_REFUSAL, flags & SEAL_REFUSAL);
	put(root, FILE_ATTEMPTS, &rest, flags & WITH_ATTEMPTS, false);
	put(root, FILE_DUMP, &rest, flags & WITH_DUMP, false);
	state = state_now(root, force);
	if (!(flags & WITH_META))
		PROMISE(state == (flags & WITH_DUMP ? IMAGE_TORN : IMAGE_ABSENT));
	else
		PROMISE(state >= IMAGE_READY);
	if (state == IMAGE_READY && flags & WITH_REFUSAL)
		PROMISE(force && (has_line(&refusal, "code=STALE") || has_line(&refusal, "code=NORESUME")));
	if (state == IMAGE_READY)
		PROMISE(has_line(&meta, "state=ready"));
	if (state == IMAGE_READY)
		change(root, force);
	PROMISE(!files_delete(root, NULL) && state_now(root, true) == IMAGE_ABSENT);
	return 0;
}
