/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libblkid knows: what a device holds, and the entries of a disk's partition table. */
#ifndef KH_BLOCK_IDENTIFY_H
#define KH_BLOCK_IDENTIFY_H

#include <stdbool.h>
#include <stdint.h>

#define IDENTITY_KIND_SIZE 32
#define IDENTITY_ID_SIZE 40
#define IDENTITY_NAME_SIZE 256

/* The kind of a swap area into which a system has hibernated: by Linux itself, uswsusp or TuxOnIce. */
#define IDENTITY_SUSPENDED "swsuspend"

/* Each text is empty where there is none, and cut off where it would be longer. */
struct identity {
	char kind[IDENTITY_KIND_SIZE];   /* as blkid(8) calls it, such as "ext4", "ntfs" or "swsuspend"; "": nothing that it knows */
	char uuid[IDENTITY_ID_SIZE];
	char member[IDENTITY_ID_SIZE];   /* of what has several devices: which of them this one is */
	char label[IDENTITY_NAME_SIZE];
	bool file_system;             /* can it be mounted? */
	uint64_t magic_at;            /* where its mark was found, bytes from the start of the device */
};

/*
 * What the open device or file of `size` bytes holds. Of a superblock with a wrong checksum it is taken, too, since one in use may have
 * that for a moment. 0; or -1 and fail() with `name`, when it cannot be read.
 */
int identify_content(int fd, const char *name, uint64_t size, struct identity *identity);

/* An entry of a partition table. */
struct partition_entry {
	char uuid[IDENTITY_ID_SIZE], name[IDENTITY_NAME_SIZE]; /* PARTUUID, PARTLABEL */
	char type[IDENTITY_ID_SIZE]; /* of a GPT a GUID, of an MBR's 0x and a number */
};

/*
 * The entry of the partition with `sectors` sectors of 512 bytes from `start` on, in the table of the open disk. 0; 1 when it has no table
 * or no such entry; or -1 and fail() with `name`.
 */
int identify_partition(int fd, const char *name, uint64_t start, uint64_t sectors, struct partition_entry *entry);

#endif
