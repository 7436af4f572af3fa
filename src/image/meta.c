/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/meta.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/e820.h"
#include "base/keyvalue.h"
#include "base/report.h"
#include "base/number.h"

static bool has(const struct blob *text, const char *key)
{
	char value[1];

	return keyvalue_get(text, key, value, sizeof(value)) != KEYVALUE_MISSING;
}

/* The value of KEY in `text`, copied into `out`. 0, or -1 and fail() if missing, empty, too long or ambiguous. */
static int value(const struct blob *text, const char *key, char *out, size_t room)
{
	switch (keyvalue_get(text, key, out, room)) {
	case KEYVALUE_MISSING: return fail("metadata", 0, "%s is missing", key);
	case KEYVALUE_LONG: return fail("metadata", 0, "%s has more than %zu characters", key, room - 1);
	case KEYVALUE_TWICE: return fail("metadata", 0, "%s is there twice", key);
	default: return *out ? 0 : fail("metadata", 0, "%s is empty", key);
	}
}

/* The same, but missing or empty is no failure: *out is "". */
static int optional(const struct blob *text, const char *key, char *out, size_t room)
{
	enum keyvalue_found found = keyvalue_get(text, key, out, room);

	return found == KEYVALUE_OK || found == KEYVALUE_MISSING ? 0 : value(text, key, out, room);
}

static int number(const struct blob *text, const char *key, int base, uint64_t *out)
{
	char buf[32];

	if (value(text, key, buf, sizeof(buf)))
		return -1;
	return number_parse(buf, base, out) ? fail("metadata", 0, "%s is no number: %s", key, buf) : 0;
}

static int range_list(const struct blob *text, const char *key, struct ranges *out)
{
	char *buf = malloc(META_MAX);
	int ret;

	if (!buf)
		return fail("metadata", ENOMEM, "%s", key);
	ret = value(text, key, buf, META_MAX);
	if (!ret)
		ret = ranges_parse(out, buf);
	if (!ret)
		ret = ranges_normalize(out);
	free(buf);
	return ret;
}

/* If the text has the firmware's memory map, A's RAM has to lie in usable memory of it: anything else must not be written. */
static int check_in_firmware(const struct blob *text, const struct ranges *ram)
{
	struct ranges firmware = { 0 }, usable = { 0 };
	int ret = has(text, "memmap") ? range_list(text, "memmap", &firmware) : 0;

	for (size_t i = 0; i < firmware.count && !ret; i++)
		if (firmware.item[i].type == E820_USABLE)
			ret = ranges_add(&usable, firmware.item[i].start, firmware.item[i].end, E820_USABLE);
	for (size_t i = 0; i < ram->count && firmware.count && !ret; i++)
		if (!ranges_contain(&usable, ram->item[i].start, ram->item[i].end))
			ret = fail("metadata", 0, "ram is not firmware's: %llx-%llx", (unsigned long long)ram->item[i].start,
				   (unsigned long long)ram->item[i].end);
	ranges_free(&firmware);
	ranges_free(&usable);
	return ret;
}

int meta_parse(const struct blob *text, struct meta *meta)
{
	struct ranges window = { 0 };
	uint64_t format;
	int ret = -1;

	memset(meta, 0, sizeof(*meta));
	if (sealed_check("metadata", text) || number(text, "format", 10, &format))
		return -1;
	if (format != META_FORMAT)
		return fail("metadata", 0, "format %llu, this program reads %d", (unsigned long long)format, META_FORMAT);
	if (value(text, "arch", meta->arch, sizeof(meta->arch)) ||
	    value(text, "state", meta->state, sizeof(meta->state)) ||
	    value(text, "dump", meta->dump, sizeof(meta->dump)) ||
	    optional(text, "jump_back_entry", meta->entry, sizeof(meta->entry)) ||
	    optional(text, "paging", meta->paging, sizeof(meta->paging)) ||
	    optional(text, "mailbox", meta->mailbox, sizeof(meta->mailbox)) ||
	    number(text, "dump_size", 10, &meta->dump_size) ||
	    number(text, "index_sum", 16, &meta->index_sum) ||
	    range_list(text, "ram", &meta->ram) || range_list(text, "window", &window))
		goto out;
	if (strchr(meta->dump, '/')) {
		fail("metadata", 0, "dump is no file's name: %s", meta->dump);
		goto out;
	}
	meta->window = window.count ? window.item[0] : (struct range){ 0 };
	for (size_t i = 0; i < meta->ram.count; i++)
		if (meta->ram.item[i].start % PAGE_BYTES || meta->ram.item[i].end % PAGE_BYTES) {
			fail("metadata", 0, "ram is not whole pages");
			goto out;
		}
	if (window.count != 1 || ranges_touch(&meta->ram, meta->window.start, meta->window.end))
		fail("metadata", 0, "the window is inside ram");
	else if (!meta->ram.count || meta->ram.item[0].start < PAGE_BYTES)
		fail("metadata", 0, "ram holds page 0");
	else
		ret = check_in_firmware(text, &meta->ram);
out:
	ranges_free(&window);
	if (ret)
		meta_free(meta);
	return ret;
}

void meta_free(struct meta *meta)
{
	ranges_free(&meta->ram);
	memset(meta, 0, sizeof(*meta));
}

int meta_with_state(const struct blob *text, const char *state, struct blob *out)
{
	const char *start = (const char *)text->data, *at = start, *old;
	size_t old_size, head, tail;
	char *lines;
	int ret;

	if (sealed_check("metadata", text))
		return -1;
	old = keyvalue_next(&at, start + text->size, "state", &old_size);
	if (!old)
		return fail("metadata", 0, "state is missing");
	head = (size_t)(old - start);
	tail = text->size - SEALED_LINE - head - old_size;
	if (asprintf(&lines, "%.*s%s%.*s", (int)head, start, state, (int)tail, old + old_size) < 0)
		return fail("metadata", ENOMEM, "%zu bytes", text->size);
	ret = sealed_make("metadata", lines, strlen(lines), out);
	free(lines);
	return ret;
}
