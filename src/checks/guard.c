/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/number.h"
#include "base/report.h"
#include "block/device.h"
#include "block/fingerprint.h"

#define NAME_SIZE 72
#define WORDS_MAX 5
#define UNREADABLE "unreadable"
#define NAMED_MAX 6 /* how many devices "unguarded=" names; of more it has the number only */

/* A device as it was, or as it is now. */
struct device {
	char name[NAME_SIZE], uuid[SUPERBLOCK_UUID_SIZE], sum[HASH_TEXT_SIZE];
	char kind[IDENTITY_KIND_SIZE]; /* UNREADABLE: could not be read by A */
	uint64_t size;
	bool met; /* the same device was found in the other list */
};

struct devices {
	struct device *item;
	size_t count, room;
};

static struct device *grow(struct devices *list)
{
	struct device *item = array_grown("devices", list->item, sizeof(*item), list->count, &list->room);

	if (!item)
		return NULL;
	list->item = item;
	memset(item + list->count, 0, sizeof(*item));
	return item + list->count++;
}

/* Splits `line` at its spaces; the number of words, at most WORDS_MAX + 1. */
static size_t split(char *line, char *words[WORDS_MAX])
{
	size_t count = 0;
	char *rest;

	for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		if (count == WORDS_MAX)
			return WORDS_MAX + 1;
		words[count++] = word;
	}
	return count;
}

static int take(struct device *d, const char *name, const char *kind, const char *uuid, const char *size, const char *sum)
{
	if (strlen(kind) >= sizeof(d->kind) || strlen(name) >= sizeof(d->name) || strlen(uuid) >= sizeof(d->uuid) || strlen(sum) >= sizeof(d->sum) ||
	    number_parse(size, 10, &d->size))
		return -1;
	strcpy(d->name, name);
	strcpy(d->kind, kind);
	strcpy(d->uuid, uuid);
	strcpy(d->sum, sum);
	return 0;
}

/* Reads the lines KEY=... of `text`. 0, or -1 and fail(). */
static int parse(const struct blob *text, const char *key, struct devices *list)
{
	const char *at = (const char *)text->data;
	size_t length = strlen(key);
	bool with_sum = !strcmp(key, "fingerprint=");

	for (; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		char line[256], *w[WORDS_MAX];
		size_t size = strcspn(at, "\n");
		struct device *d;

		if (strncmp(at, key, length))
			continue;
		if (size - length >= sizeof(line))
			return fail("metadata", 0, "%s has %zu characters", key, size - length);
		memcpy(line, at + length, size - length);
		line[size - length] = '\0';
		d = grow(list);
		if (!d)
			return -1;
		if (split(line, w) != (with_sum ? 5 : 4) ||
		    (with_sum ? take(d, w[4], w[0], w[1], w[2], w[3]) : take(d, w[0], w[1], w[2], w[3], "")) ||
		    (with_sum && (!strcmp(d->kind, UNREADABLE) || strlen(d->sum) != HASH_TEXT_SIZE - 1)))
			return fail("metadata", 0, "%.*s is no device's line", (int)(size < 100 ? size : 100), at);
	}
	return 0;
}

/* Is it the same device by what is on it? What has no UUID is known by its size only. */
static bool same(const struct device *a, const struct device *b)
{
	return !strcmp(a->kind, b->kind) && !strcmp(a->uuid, b->uuid) && (strcmp(a->uuid, "-") || a->size == b->size);
}

static struct device *find(const struct devices *list, const struct device *wanted)
{
	for (size_t i = 0; i < list->count; i++)
		if (same(&list->item[i], wanted))
			return &list->item[i];
	return NULL;
}

/* Opens one and reads its superblock: its descriptor, or -1 for one that is not there, has no medium or cannot be read. */
static int open_device(const char *root, const char *name, struct superblock *super)
{
	int fd = device_open(root, name, O_NONBLOCK, super);

	if (fd >= 0 && !super->size) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The search for devices: what it looks for and what it has found. */
struct search {
	const char *root;
	const struct devices *wanted;
	struct devices *found;
	struct superblock *super; /* room for one */
};

/*
 * Adds the block device `name` of /sys/class/block, if it is one of those that are wanted, with its fingerprint; where that could
 * not be taken it is empty, and fail() says why. 0, or -1 and fail() without memory.
 */
static int look_at(void *context, const char *path, const char *name)
{
	const struct search *s = context;
	struct device now = { 0 }, *d;
	int fd, ret = 0;

	(void)path;
	if (!strncmp(name, "ram", 3) || !strncmp(name, "loop", 4) ||
	    snprintf(now.name, sizeof(now.name), "/dev/%s", name) >= (int)sizeof(now.name))
		return 0;
	fd = open_device(s->root, name, s->super);
	if (fd < 0)
		return 0;
	strcpy(now.kind, s->super->kind);
	now.size = s->super->size;
	strcpy(now.uuid, s->super->uuid);
	if (find(s->wanted, &now)) {
		if (fingerprint_of(fd, now.name, s->super, now.sum))
			*now.sum = '\0';
		d = grow(s->found);
		if (d)
			*d = now;
		else
			ret = -1;
	}
	close(fd);
	return ret;
}

static int look(const struct search *s)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/sys/class/block", s->root);
	s->found->count = 0;
	return folder_each("devices", path, look_at, (void *)s);
}

/* Looks until each device that is wanted is there, or for that many seconds. Those that A could not read are not waited for. */
static int look_for(const char *root, const struct devices *wanted, unsigned int seconds, struct devices *found)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	struct search s = { root, wanted, found, malloc(sizeof(*s.super)) };
	/* To look may take long, as where a disk fails to read. */
	const uint64_t end = clock_ns() + seconds * CLOCK_SECOND;
	int ret = s.super ? 0 : fail("devices", ENOMEM, "a superblock");

	while (!ret) {
		size_t there = 0;

		ret = look(&s);
		for (size_t i = 0; i < wanted->count; i++)
			there += !strcmp(wanted->item[i].kind, UNREADABLE) || find(found, &wanted->item[i]);
		if (there == wanted->count || clock_ns() >= end)
			break;
		nanosleep(&pause, NULL);
	}
	free(s.super);
	return ret;
}

/* "NAME (KIND, UUID ...)" */
static const char *describe(const struct device *d, char text[256])
{
	if (strcmp(d->uuid, "-"))
		snprintf(text, 256, "%s (%s, UUID %s)", d->name, d->kind, d->uuid);
	else
		snprintf(text, 256, "%s (%s, %" PRIu64 " bytes)", d->name, d->kind, d->size);
	return text;
}

int guard_record(const char *root, const struct blob *config, unsigned int seconds, FILE *out)
{
	struct devices wanted = { 0 }, found = { 0 };
	char text[256];
	int ret = -1, unguarded = 0;

	if (parse(config, "device=", &wanted) || (wanted.count && look_for(root, &wanted, seconds, &found)))
		goto out;
	for (size_t i = 0; i < found.count; i++) {
		const struct device *d = &found.item[i];
		struct device *as = find(&wanted, d);

		if (!*d->sum)
			continue;
		as->met = true;
		fprintf(out, "fingerprint=%s %s %" PRIu64 " %s %s\n", d->kind, d->uuid, d->size, d->sum, as->name);
	}
	for (size_t i = 0; i < wanted.count; i++)
		/* Of several devices that look the same, find() gives the first, whose mark stands for all of them. */
		if (!find(&wanted, &wanted.item[i])->met && unguarded++ < NAMED_MAX)
			fprintf(out, "%s%s", unguarded > 1 ? ", " : "unguarded=", describe(&wanted.item[i], text));
	if (unguarded > NAMED_MAX)
		fprintf(out, " and %d more\n", unguarded - NAMED_MAX);
	else if (unguarded)
		fputc('\n', out);
	ret = finish_printing(out, "standard output");
out:
	free(wanted.item);
	free(found.item);
	return ret;
}

/* Each device that is there has to be as one of the recorded ones, and each recorded one has to be there. */
static int compare(const struct devices *before, const struct devices *now)
{
	char text[256];

	for (size_t i = 0; i < now->count; i++) {
		const struct device *d = &now->item[i];
		struct device *as = NULL;

		if (!*d->sum)
			return fail("devices", 0, "%s could not be read", describe(d, text));
		/* Copies of a device differ in their fingerprints only; each one recorded stands for one device that is there. */
		for (size_t k = 0; k < before->count; k++) {
			struct device *b = &before->item[k];

			if (same(b, d) && b->size == d->size && !strcmp(b->sum, d->sum) && (!as || as->met))
				as = b;
		}
		if (as) {
			as->met = true;
			continue;
		}
		as = find(before, d);
		if (!strcmp(d->uuid, "-"))
			continue;
		if (as->size != d->size)
			return fail("stale", 0, "%s: %" PRIu64 " bytes when the image was saved, now %" PRIu64, describe(d, text), as->size, d->size);
		return fail("stale", 0, "%s: mounted or written since the image was saved (fingerprint %s, now %s)",
			    describe(d, text), as->sum, d->sum);
	}
	for (size_t i = 0; i < before->count; i++) {
		const struct device *b = &before->item[i];
		const struct device *d = find(now, b);

		if (b->met)
			continue;
		if (!d || !strcmp(d->sum, b->sum))
			return fail("missing", 0, "%s: in use when the image was saved, not there now", describe(b, text));
		return fail("stale", 0, "%s: written since the image was saved (fingerprint %s, now %s)", describe(b, text), b->sum, d->sum);
	}
	return 0;
}

int guard_compare(const char *root, const struct blob *meta, unsigned int seconds)
{
	struct devices before = { 0 }, now = { 0 };
	int ret = -1;

	if (!parse(meta, "fingerprint=", &before))
		ret = before.count ? look_for(root, &before, seconds, &now) : 0;
	if (!ret)
		ret = compare(&before, &now);
	free(before.item);
	free(now.item);
	return ret;
}

int guard_show(const char *path)
{
	struct superblock *super = malloc(sizeof(*super));
	char sum[HASH_TEXT_SIZE];
	int fd, ret = -1;

	if (!super)
		return fail("devices", ENOMEM, "a superblock");
	fd = superblock_open(path, 0, super);
	if (fd >= 0) {
		ret = fingerprint_of(fd, path, super, sum);
		close(fd);
	}
	if (!ret)
		printf("%s %s %" PRIu64 " %s %s\n", super->kind, super->uuid, super->size, sum, path);
	free(super);
	return ret;
}
