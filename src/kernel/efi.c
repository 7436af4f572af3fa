/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/efi.h"

#include <errno.h>
#include <stdio.h>

#include "base/io.h"
#include "base/number.h"
#include "base/report.h"

#define PATH_SIZE 512
/* Pages: no address has more than 64 bits. */
#define PAGES_MAX (UINT64_MAX / PAGE_BYTES)

/* The number in an attribute of an entry; EFI has pages of 4 KiB and types of 32 bits. 0, or -1 and fail(). */
static int number_of(const char *dir, const char *entry, const char *name, uint64_t *value)
{
	char path[PATH_SIZE], text[64];

	if (snprintf(path, sizeof(path), "%s/%s/%s", dir, entry, name) >= (int)sizeof(path))
		return fail("EFI", ENAMETOOLONG, "%s", dir);
	if (read_line(path, text, sizeof(text)))
		return -1;
	return number_parse(text, 0, value) ? fail("EFI", 0, "%s is no number: %s", path, text) : 0;
}

static int add_entry(void *map, const char *dir, const char *entry)
{
	uint64_t start, pages, type;

	if (number_of(dir, entry, "phys_addr", &start) || number_of(dir, entry, "num_pages", &pages) || number_of(dir, entry, "type", &type))
		return -1;
	if (pages > PAGES_MAX || start > UINT64_MAX - pages * PAGE_BYTES || type > UINT32_MAX)
		return fail("EFI", 0, "%s/%s is no range", dir, entry);
	return ranges_add(map, start, start + pages * PAGE_BYTES, (unsigned int)type);
}

int efi_runtime(const char *root, struct ranges *map)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "%s/sys/firmware/efi/runtime-map", root);
	return folder_each_if_there("EFI", dir, add_entry, map) || ranges_resolve(map) ? -1 : 0;
}
