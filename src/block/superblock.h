/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a block device holds, by its superblock: a file system, a swap area, or a layer below one. */
#ifndef KH_BLOCK_SUPERBLOCK_H
#define KH_BLOCK_SUPERBLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "block/identify.h"

#define SUPERBLOCK_HEAD 69632 /* bytes from the start of a device in which every superblock begins that has a rule of its own */
#define SUPERBLOCK_UUID_SIZE 96

/* What has a rule of its own for its fingerprint. Names of kinds are identify_content()'s but where it says otherwise. */
enum content {
	CONTENT_UNKNOWN, /* also what libblkid knows, but we have no rule for */
	CONTENT_EXT4, /* "ext4", and ext2, ext3: one driver, one superblock */
	CONTENT_XFS,
	CONTENT_BTRFS,
	CONTENT_F2FS,
	CONTENT_VFAT, /* FAT12, FAT16, FAT32 */
	CONTENT_ESP,  /* "esp": FAT on a partition that firmware and boot loaders write to; device_open() finds that out */
	CONTENT_NTFS,
	CONTENT_EXFAT,
	CONTENT_SWAP, /* also one with a hibernated system in it */
	CONTENT_LUKS, /* "luks" */
	CONTENT_LVM,  /* "lvm": a physical volume */
	CONTENT_MD,   /* "md": a member of an array */
};

struct superblock {
	enum content content;
	char kind[IDENTITY_KIND_SIZE];   /* one word; "unknown" when nothing is known */
	char uuid[SUPERBLOCK_UUID_SIZE]; /* one word that tells it from others of its kind; "-" if it has none */
	uint64_t size;                   /* of the device, bytes */
	struct identity identity;
	unsigned char head[SUPERBLOCK_HEAD]; /* its first bytes, zeros behind the device's end */
};

/* Reads the superblock of the open device or file. 0, or -1 and fail() with `name` when it cannot be read. */
int superblock_read(int fd, const char *name, struct superblock *super);

/*
 * Opens the device or file at `path` to be read, with open(2)'s further `flags`, and reads its superblock. The descriptor, which the
 * caller closes; or -1 and fail().
 */
int superblock_open(const char *path, int flags, struct superblock *super);

/*
 * Is it an ext4 that was unmounted in order? One that a system has mounted for writing is none, be that system saved or crashed: its
 * journal is to be replayed, or, without a journal, it is not valid (ext4_setup_super(), ext4_load_journal(), Linux 6.12).
 */
bool superblock_at_rest(const struct superblock *super);

#endif
