/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/identify.h"

#include <blkid/blkid.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"

#define STEP "blkid"

/* libblkid looks at the device's size when it begins; it takes no device of none. NULL and fail() without memory. */
static blkid_probe begin(int fd, const char *name)
{
	blkid_probe probe = blkid_new_probe();

	errno = 0;
	if (probe && !blkid_probe_set_device(probe, fd, 0, 0))
		return probe;
	fail(STEP, probe ? errno : ENOMEM, "%s", name);
	if (probe)
		blkid_free_probe(probe);
	return NULL;
}

static void copy(char *to, size_t room, const char *from)
{
	snprintf(to, room, "%s", from ? from : "");
}

static void copy_value(blkid_probe probe, const char *key, char *to, size_t room)
{
	const char *value = NULL;

	copy(to, room, blkid_probe_lookup_value(probe, key, &value, NULL) ? NULL : value);
}

static void take(blkid_probe probe, struct identity *identity)
{
	char text[32];

	copy_value(probe, "TYPE", identity->kind, sizeof(identity->kind));
	copy_value(probe, "UUID", identity->uuid, sizeof(identity->uuid));
	copy_value(probe, "UUID_SUB", identity->member, sizeof(identity->member));
	copy_value(probe, "LABEL", identity->label, sizeof(identity->label));
	copy_value(probe, "USAGE", text, sizeof(text));
	identity->file_system = !strcmp(text, "filesystem");
	copy_value(probe, "SBMAGIC_OFFSET", text, sizeof(text));
	identity->magic_at = strtoull(text, NULL, 10);
}

/* Probes for all kinds, or those of `only`, which ends in NULL. 0; or -1 and fail(). */
static int probe_content(int fd, const char *name, char **only, struct identity *identity)
{
	blkid_probe probe = begin(fd, name);
	int found;

	if (!probe)
		return -1;
	blkid_probe_enable_superblocks(probe, 1);
	blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL | BLKID_SUBLKS_USAGE |
					  BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_BADCSUM);
	if (only)
		blkid_probe_filter_superblocks_type(probe, BLKID_FLTR_ONLYIN, only);
	/*
	 * libblkid finds layers first, then file systems, and FAT first of these, whose mark is the weakest: the boot sector of another file
	 * system may have it, too.
	 */
	while (!(found = blkid_do_probe(probe))) {
		take(probe, identity);
		if (strcmp(identity->kind, "vfat"))
			break;
	}
	if (found < 0)
		fail(STEP, errno, "%s", name);
	blkid_free_probe(probe);
	return found < 0 ? -1 : 0;
}

int identify_content(int fd, const char *name, uint64_t size, struct identity *identity)
{
	char *ext[] = { "ext4", "ext3", "ext2", NULL };

	memset(identity, 0, sizeof(*identity));
	if (!size || !probe_content(fd, name, NULL, identity))
		return 0;
	/*
	 * Some kinds have their marks at the end of a device. If that cannot be read, an ext4 is still there: the image's, or root. Of other
	 * kinds nothing depends on whether they are found.
	 */
	memset(identity, 0, sizeof(*identity));
	return !probe_content(fd, name, ext, identity) && *identity->kind ? 0 : -1;
}

int identify_partition(int fd, const char *name, uint64_t start, uint64_t sectors, struct partition_entry *entry)
{
	blkid_probe probe = begin(fd, name);
	blkid_partlist list;
	int ret = 1;

	memset(entry, 0, sizeof(*entry));
	if (!probe)
		return -1;
	blkid_probe_enable_superblocks(probe, 0);
	blkid_probe_enable_partitions(probe, 1);
	list = blkid_probe_get_partitions(probe);
	for (int i = 0; list && i < blkid_partlist_numof_partitions(list) && ret > 0; i++) {
		blkid_partition one = blkid_partlist_get_partition(list, i);

		if (!one || blkid_partition_get_start(one) != (blkid_loff_t)start ||
		    blkid_partition_get_size(one) != (blkid_loff_t)sectors)
			continue;
		copy(entry->uuid, sizeof(entry->uuid), blkid_partition_get_uuid(one));
		copy(entry->name, sizeof(entry->name), blkid_partition_get_name(one));
		if (blkid_partition_get_type_string(one))
			copy(entry->type, sizeof(entry->type), blkid_partition_get_type_string(one));
		else
			snprintf(entry->type, sizeof(entry->type), "%#x", (unsigned int)blkid_partition_get_type(one));
		ret = 0;
	}
	blkid_free_probe(probe);
	return ret;
}
