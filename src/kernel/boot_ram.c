/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/boot_ram.h"

#include <asm/bootparam.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/e820.h"
#include "base/io.h"
#include "base/number.h"
#include "base/report.h"

#define PATH_SIZE 512
#define BOOT_PARAMS "/sys/kernel/boot_params"
#define BLOCKS "/sys/devices/system/memory"
#define FILE_MAX (1u << 20)

/* --- what firmware told at the boot */

static int add_usable(struct ranges *usable, const unsigned char *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct boot_e820_entry entry;

		memcpy(&entry, entries + i * sizeof(entry), sizeof(entry));
		if (entry.type == E820_USABLE && entry.size <= UINT64_MAX - entry.addr &&
		    ranges_add(usable, entry.addr, entry.addr + entry.size, 0))
			return -1;
	}
	return 0;
}

/* Entries beyond the 128 that boot_params has room for are in its setup_data (Documentation/arch/x86/boot.rst). */
static int add_more(void *usable, const char *dir, const char *number)
{
	char path[PATH_SIZE], type[32];
	struct blob data;
	uint64_t kind;
	int ret;

	if (snprintf(path, sizeof(path), "%s/%.20s/type", dir, number) >= (int)sizeof(path) || access(path, R_OK))
		return 0;
	if (read_line(path, type, sizeof(type)))
		return -1;
	if (number_parse(type, 0, &kind) || kind != SETUP_E820_EXT)
		return 0;
	snprintf(path, sizeof(path), "%s/%.20s/data", dir, number);
	if (read_file(path, FILE_MAX, &data))
		return -1;
	ret = add_usable(usable, data.data, data.size / sizeof(struct boot_e820_entry));
	free(data.data);
	return ret;
}

/* The usable RAM that firmware told of, as it told it: in no order, and with overlaps. None where the kernel does not show it. */
static int boot_usable(const char *root, struct ranges *usable)
{
	size_t table = offsetof(struct boot_params, e820_table), count_at = offsetof(struct boot_params, e820_entries);
	char path[PATH_SIZE];
	struct blob params;
	size_t count;
	int ret;

	snprintf(path, sizeof(path), "%s" BOOT_PARAMS "/data", root);
	if (access(path, R_OK))
		return 0;
	if (read_file(path, FILE_MAX, &params))
		return -1;
	if (params.size < sizeof(struct boot_params)) {
		ret = fail("boot_params", 0, "%s has %zu bytes", path, params.size);
	} else {
		count = min_size(E820_MAX_ENTRIES_ZEROPAGE, params.data[count_at]);
		ret = add_usable(usable, params.data + table, count);
	}
	free(params.data);
	snprintf(path, sizeof(path), "%s" BOOT_PARAMS "/setup_data", root);
	return ret ? ret : folder_each_if_there("boot_params", path, add_more, usable);
}

/* What of `ram` is not in `usable`; the caller frees it. 0, or -1 and fail(). */
static int without(const struct ranges *ram, const struct ranges *usable, struct ranges *left)
{
	*left = (struct ranges){ 0 };
	if (!ranges_append(left, ram) && !ranges_subtract(left, usable))
		return 0;
	ranges_free(left);
	return -1;
}

/* --- blocks of memory, which can be offline (Documentation/admin-guide/mm/memory-hotplug.rst) */

/* The size of a block in bytes; 0 where the kernel has no blocks. 0, or -1 and fail(). */
static int block_size(const char *root, uint64_t *size)
{
	char path[PATH_SIZE], line[32];

	*size = 0;
	snprintf(path, sizeof(path), "%s" BLOCKS "/block_size_bytes", root);
	if (access(path, R_OK))
		return 0;
	if (read_line(path, line, sizeof(line)))
		return -1;
	if (number_parse(line, 16, size) || !*size || *size % PAGE_BYTES)
		return fail("memory", 0, "%s is no size: %s", path, line);
	return 0;
}

struct blocks {
	struct ranges *ram;
	uint64_t size;
};

static int cut_offline(void *context, const char *dir, const char *name)
{
	static const char prefix[] = "memory";
	struct blocks *blocks = context;
	char path[PATH_SIZE], state[32];
	uint64_t number;

	if (strncmp(name, prefix, strlen(prefix)) || number_parse(name + strlen(prefix), 10, &number) ||
	    number >= UINT64_MAX / blocks->size)
		return 0;
	if (snprintf(path, sizeof(path), "%s/%.40s/state", dir, name) >= (int)sizeof(path) || read_line(path, state, sizeof(state)))
		return -1;
	return strcmp(state, "offline") ? 0 : ranges_cut(blocks->ram, number * blocks->size, (number + 1) * blocks->size);
}

int boot_ram_cut_offline(const char *root, struct ranges *ram)
{
	struct blocks blocks = { .ram = ram };
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s" BLOCKS, root);
	if (block_size(root, &blocks.size))
		return -1;
	return blocks.size ? folder_each("memory", path, cut_offline, &blocks) : 0;
}

/* --- what was added */

static int refuse(const char *root, const struct ranges *added)
{
	const struct range *first = &added->item[0];
	char how[256] = "", more[64] = "";
	uint64_t size;

	if (block_size(root, &size))
		return -1;
	if (size && (first->end - 1) / size > first->start / size)
		snprintf(more, sizeof(more), ", and so on up to memory%" PRIu64, (first->end - 1) / size);
	if (size)
		snprintf(how, sizeof(how), ", or take it offline (echo offline >" BLOCKS "/memory%" PRIu64 "/state%s)",
			 first->start / size, more);
	return fail("memory map", 0, "RAM at %" PRIx64 "-%" PRIx64 " (%zu ranges, %" PRIu64 " MiB in all) is not in firmware's map, by which "
		    "the next boot finds what RAM there is: it was added since the boot, or by a driver. Start the machine anew with this RAM "
		    "in that map%s",
		    first->start, first->end, added->count, ranges_total(added) >> 20, how);
}

int boot_ram_check(const char *root, const struct ranges *ram)
{
	struct ranges usable = { 0 }, added = { 0 };
	int ret = boot_usable(root, &usable);

	if (!ret && usable.count)
		ret = without(ram, &usable, &added);
	if (!ret && added.count)
		ret = refuse(root, &added);
	ranges_free(&usable);
	ranges_free(&added);
	return ret;
}

/* Was the entry added? 1, or 0; -1 and fail(). */
static int was_added(const struct range *entry, const struct ranges *usable)
{
	struct ranges one = { (struct range *)entry, 1, 1 }, left;
	int ret;

	if (entry->type != E820_USABLE || !usable->count)
		return 0;
	if (without(&one, usable, &left))
		return -1;
	ret = left.count > 0;
	ranges_free(&left);
	return ret;
}

/* Is entry `i` of the list a part of another one, or the second of two that are the same? */
static int is_contained(const struct ranges *list, size_t i)
{
	const struct range *r = &list->item[i];

	for (size_t j = 0; j < list->count; j++) {
		const struct range *o = &list->item[j];
		int same = o->start == r->start && o->end == r->end;

		if (j != i && o->type == r->type && o->start <= r->start && r->end <= o->end && (!same || j < i))
			return 1;
	}
	return 0;
}

int boot_ram_drop_added(const char *root, struct ranges *firmware)
{
	struct ranges usable = { 0 }, kept = { 0 };
	int ret = boot_usable(root, &usable);

	for (size_t i = 0; i < firmware->count && !ret; i++) {
		const struct range *r = &firmware->item[i];
		int drop = r->type == E820_USABLE && is_contained(firmware, i) ? 1 : was_added(r, &usable);

		ret = drop < 0 ? -1 : drop ? 0 : ranges_add(&kept, r->start, r->end, r->type);
	}
	ranges_free(&usable);
	if (ret) {
		ranges_free(&kept);
		return ret;
	}
	ranges_free(firmware);
	*firmware = kept;
	return 0;
}
