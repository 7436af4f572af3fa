/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the memory maps, and the zones. The input: /proc/iomem, which is /proc/zoneinfo, too, and at most four entries of
 * /sys/firmware/memmap, of three lines each.
 */
#include "kernel/memmap.h"
#include "kernel/room.h"

#include "fuzz.h"

#define ENTRIES 4

static void check(const struct ranges *list, bool pages)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct range *r = &list->item[i];

		PROMISE(r->start < r->end && (!i || list->item[i - 1].end <= r->start));
		PROMISE(!pages || (!(r->start % PAGE_BYTES) && !(r->end % PAGE_BYTES)));
	}
}

static void running(const struct input *iomem)
{
	static const char *root;
	struct ranges ram = { 0 }, kernel = { 0 };
	uint64_t bytes;

	if (!root)
		root = fixture_root();
	fixture_write(root, "proc/zoneinfo", iomem->data, iomem->size);
	if (!room_at_once(root, &bytes))
		PROMISE(!(bytes % PAGE_BYTES));
	fixture_write(root, "proc/iomem", iomem->data, iomem->size);
	if (!memmap_running(root, &ram, &kernel)) {
		struct range low;

		PROMISE(ram.count);
		check(&ram, true);
		if (!memmap_low(&ram, &low))
			PROMISE(low.start >= LOW_START && low.end <= LOW_LIMIT && ranges_contain(&ram, low.start, low.end));
	}
	ranges_free(&ram);
	ranges_free(&kernel);
}

/* Takes the next line off `rest`; returns it without its newline. */
static struct input next_line(struct input *rest)
{
	const uint8_t *end = rest->size ? memchr(rest->data, '\n', rest->size) : NULL;
	struct input line = { rest->data, end ? (size_t)(end - rest->data) : rest->size };

	rest->data += line.size + (end != NULL);
	rest->size -= line.size + (end != NULL);
	return line;
}

static void firmware(struct input rest)
{
	static const char *const names[] = { "start", "end", "type" };
	static const char *roots[ENTRIES + 1];
	struct ranges map = { 0 };
	struct input lines[ENTRIES * 3];
	size_t count = 0;

	while (rest.size && count < ENTRIES * 3)
		lines[count++] = next_line(&rest);
	count /= 3;
	if (!count)
		return;
	if (!roots[count])
		roots[count] = fixture_root();
	for (size_t i = 0; i < count * 3; i++) {
		char path[64];

		snprintf(path, sizeof(path), "sys/firmware/memmap/%zu/%s", i / 3, names[i % 3]);
		fixture_write(roots[count], path, lines[i].data, lines[i].size);
	}
	if (!memmap_firmware(roots[count], &map)) {
		PROMISE(map.count);
		check(&map, false);
	}
	ranges_free(&map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input rest = { data, size }, iomem = input_part(&rest);

	running(&iomem);
	firmware(rest);
	return 0;
}
