/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/encrypted.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dm-ioctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"
#include "base/search.h"

#define STEP "encrypted devices"
#define PATH_SIZE 512
#define MOUNTINFO_MAX (64u << 20)
#define ANSWER_FIRST (16u << 10)
#define ANSWER_MOST (4u << 20)
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct search {
	const char *root;
	int control; /* /dev/mapper/control, or -1 */
	void (*take)(void *context, const char *name);
	void *context;
};

/* --- device mapper */

int encrypted_targets(const struct blob *answer)
{
	/* `default-key` is Android's. dm-verity has no key, and dm-integrity's protects no secret. */
	static const char *const types[] = { "crypt", "default-key", "inlinecrypt" };
	struct dm_ioctl head;
	struct dm_target_spec target;
	uint64_t start, at;

	if (answer->size < sizeof(head))
		return fail(STEP, 0, "device mapper's answer is too short");
	memcpy(&head, answer->data, sizeof(head));
	start = at = head.data_start;
	for (uint32_t i = 0; i < head.target_count; i++) {
		if (at > answer->size || answer->size - at < sizeof(target))
			return fail(STEP, 0, "device mapper's answer ends early");
		memcpy(&target, answer->data + at, sizeof(target));
		if (!memchr(target.target_type, '\0', sizeof(target.target_type)))
			return fail(STEP, 0, "device mapper names a target without an end");
		if (search_name(types, COUNT(types), target.target_type) < COUNT(types))
			return 1;
		/* `next` counts from the first target. */
		at = start + target.next;
	}
	return 0;
}

/* Asks for the targets of device `number` ("MAJOR:MINOR"). 1 when one encrypts, 0, or -1 and fail(). */
static int ask(const struct search *s, const char *number)
{
	unsigned int major, minor;
	int ret = -1;

	if (sscanf(number, "%u:%u", &major, &minor) != 2)
		return fail(STEP, 0, "no device number: %.40s", number);
	for (size_t size = ANSWER_FIRST; size <= ANSWER_MOST; size *= 4) {
		struct blob answer = { calloc(1, size), size };
		struct dm_ioctl *head = (struct dm_ioctl *)answer.data;
		bool full;

		if (!head)
			return fail(STEP, ENOMEM, "device mapper's answer");
		/* Without DM_STATUS_TABLE_FLAG, which would put the keys into the answer. */
		*head = (struct dm_ioctl){ .version = { DM_VERSION_MAJOR }, .data_size = (uint32_t)size, .data_start = sizeof(*head),
					   .flags = DM_NOFLUSH_FLAG,
					   .dev = (minor & 0xff) | (uint64_t)major << 8 | (uint64_t)(minor & ~0xffu) << 12 };
		if (ioctl(s->control, DM_TABLE_STATUS, head)) {
			/* One that was removed in the meantime. */
			ret = errno == ENXIO ? 0 : fail(STEP, errno, "device mapper's %s", number);
			free(head);
			return ret;
		}
		full = head->flags & DM_BUFFER_FULL_FLAG;
		if (!full)
			ret = encrypted_targets(&answer);
		free(head);
		if (!full)
			return ret;
	}
	return fail(STEP, 0, "device mapper's %s has too many targets", number);
}

/* cryptsetup's UUIDs are CRYPT-KIND-...; these kinds do not encrypt. */
static bool uuid_says_so(const char *uuid)
{
	static const char *const others[] = { "CRYPT-VERITY-", "CRYPT-INTEGRITY-" };

	for (size_t i = 0; i < COUNT(others); i++)
		if (!strncmp(uuid, others[i], strlen(others[i])))
			return false;
	return !strncmp(uuid, "CRYPT-", 6);
}

static int look_at_device(void *context, const char *dir, const char *name)
{
	const struct search *s = context;
	char path[PATH_SIZE], number[32], uuid[DM_UUID_LEN + 1], text[DM_NAME_LEN + 1], node[DM_NAME_LEN + 16];
	int encrypts;

	if (strncmp(name, "dm-", 3))
		return 0;
	snprintf(path, sizeof(path), "%s/%.64s/dev", dir, name);
	if (read_line(path, number, sizeof(number)))
		return access(path, F_OK) ? 0 : -1;
	snprintf(path, sizeof(path), "%s/%.64s/dm/uuid", dir, name);
	if (s->control >= 0)
		encrypts = ask(s, number);
	else if (read_line(path, uuid, sizeof(uuid)))
		return access(path, F_OK) ? 0 : -1;
	else
		encrypts = uuid_says_so(uuid);
	if (encrypts <= 0)
		return encrypts;
	snprintf(path, sizeof(path), "%s/%.64s/dm/name", dir, name);
	if (read_line(path, text, sizeof(text)))
		snprintf(node, sizeof(node), "/dev/%.64s", name);
	else
		snprintf(node, sizeof(node), "/dev/mapper/%s", text);
	s->take(s->context, node);
	return 0;
}

/* --- file systems */

static int look_at_mounts(const struct search *s)
{
	static const char *const types[] = { "ecryptfs", "fuse.cryfs", "fuse.encfs", "fuse.gocryptfs", "fuse.securefs" };
	char path[PATH_SIZE];
	struct blob text;

	snprintf(path, sizeof(path), "%s/proc/self/mountinfo", s->root);
	if (read_file(path, MOUNTINFO_MAX, &text))
		return -1;
	for (char *rest = (char *)text.data, *line; (line = strsep(&rest, "\n"));) {
		char where[256], type[64], name[sizeof(where) + sizeof(type) + 4];
		const char *behind = strstr(line, " - ");

		/* Field 5 is where it is mounted; the kind comes behind a dash (Documentation/filesystems/proc.rst, 3.5). */
		if (!behind || sscanf(line, "%*s %*s %*s %*s %255s", where) != 1 || sscanf(behind, " - %63s", type) != 1 ||
		    search_name(types, COUNT(types), type) == COUNT(types))
			continue;
		snprintf(name, sizeof(name), "%s (%s)", where, type);
		s->take(s->context, name);
	}
	free(text.data);
	return 0;
}

int encrypted_each(const char *root, void (*take)(void *context, const char *name), void *context)
{
	struct search s = { root, -1, take, context };
	char path[PATH_SIZE];
	int ret;

	snprintf(path, sizeof(path), "%s/dev/mapper/control", root);
	s.control = open(path, O_RDWR | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/sys/class/block", root);
	ret = folder_each_if_there(STEP, path, look_at_device, &s);
	if (s.control >= 0)
		close(s.control);
	return ret ? ret : look_at_mounts(&s);
}
