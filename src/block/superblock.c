/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/superblock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "base/io.h"
#include "base/report.h"
#include "base/search.h"
#include "block/ondisk.h"

static const char *const names[CONTENT_KINDS] = {
	"unknown", "ext4", "xfs", "btrfs", "f2fs", "vfat", "swap", "luks", "lvm", "md",
};

const char *content_name(enum content content)
{
	return content < CONTENT_KINDS ? names[content] : names[CONTENT_UNKNOWN];
}

enum content content_of(const char *name)
{
	return (enum content)search_name(names, CONTENT_KINDS, name);
}

/* A UUID of 16 bytes, as RFC 9562 writes it. */
static void put_uuid(char *out, const unsigned char *u)
{
	sprintf(out, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

/* That of what has several devices, and that of this one of them. */
static void put_uuids(char *out, const unsigned char *whole, const unsigned char *part)
{
	put_uuid(out, whole);
	strcat(out, "/");
	put_uuid(out + strlen(out), part);
}

/* An identifier that is text of at most `max` bytes: one word, whatever the device has there. */
static void put_text(char *out, const unsigned char *text, size_t max)
{
	size_t i = 0;

	for (; i < max && text[i]; i++)
		out[i] = isgraph(text[i]) ? (char)text[i] : '?';
	strcpy(out + i, i ? "" : "-");
}

static bool is_ext4(const unsigned char *head, char *uuid)
{
	const unsigned char *super = head + EXT4_SUPER;

	/* The magic number has 16 bits only, so two fields that have few values have to make sense, too. */
	if (le16_at(super + EXT4_S_MAGIC) != EXT4_SUPER_MAGIC || le32_at(super + EXT4_S_LOG_BLOCK_SIZE) > 6 ||
	    le32_at(super + EXT4_S_REV_LEVEL) > 1)
		return false;
	put_uuid(uuid, super + EXT4_S_UUID);
	return true;
}

static bool is_xfs(const unsigned char *head, char *uuid)
{
	if (memcmp(head, "XFSB", 4))
		return false;
	put_uuid(uuid, head + XFS_SB_UUID);
	return true;
}

static bool is_btrfs(const unsigned char *head, char *uuid)
{
	const unsigned char *super = head + BTRFS_SUPER;

	if (memcmp(super + BTRFS_MAGIC, "_BHRfS_M", 8))
		return false;
	put_uuids(uuid, super + BTRFS_FSID, super + BTRFS_DEV_ITEM_UUID);
	return true;
}

static bool is_f2fs(const unsigned char *head, char *uuid)
{
	const unsigned char *super = head + F2FS_SUPER;

	if (le32_at(super) != F2FS_SUPER_MAGIC)
		return false;
	put_uuid(uuid, super + F2FS_UUID);
	return true;
}

/* FAT has no magic number of its own: every field that has few values has to have one of them. */
static bool is_fat_boot_sector(const unsigned char *head, bool fat32)
{
	unsigned int sector = le16_at(head + FAT_SECTOR_SIZE), cluster = head[FAT_SEC_PER_CLUS];

	return head[FAT_BOOT_SIGN] == 0x55 && head[FAT_BOOT_SIGN + 1] == 0xaa &&
	       (sector == 512 || sector == 1024 || sector == 2048 || sector == 4096) && cluster && !(cluster & (cluster - 1)) &&
	       le16_at(head + FAT_RESERVED) && (head[FAT_FATS] == 1 || head[FAT_FATS] == 2) &&
	       (head[FAT_MEDIA] == 0xf0 || head[FAT_MEDIA] >= 0xf8) && (!fat32 || le32_at(head + FAT32_LENGTH));
}

static bool is_vfat(const unsigned char *head, char *uuid)
{
	bool fat32 = !le16_at(head + FAT_FAT_LENGTH);
	const unsigned char *id = head + (fat32 ? FAT32_VOL_ID : FAT16_VOL_ID);
	unsigned char signature = head[fat32 ? FAT32_SIGNATURE : FAT16_SIGNATURE];

	if (!is_fat_boot_sector(head, fat32))
		return false;
	/* With one of these signatures there is a volume id. */
	if (signature == 0x28 || signature == 0x29)
		sprintf(uuid, "%04X-%04X", (unsigned int)le16_at(id + 2), (unsigned int)le16_at(id));
	return true;
}

/* The signature ends the first page, whose size is that of the machine that made the swap area. */
static bool is_swap(const unsigned char *head, char *uuid)
{
	static const char *const signatures[] = {
		"SWAPSPACE2", "SWAP-SPACE", "S1SUSPEND", "S2SUSPEND", "ULSUSPEND", "LINHIB0001",
	};

	for (size_t page = 4096; page <= 65536; page *= 2)
		for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++)
			if (!memcmp(head + page - SWAP_MAGIC_SIZE, signatures[i], strlen(signatures[i]))) {
				put_uuid(uuid, head + SWAP_SWS_UUID);
				return true;
			}
	return false;
}

static bool is_luks(const unsigned char *head, char *uuid)
{
	if (memcmp(head, "LUKS\xba\xbe", 6))
		return false;
	put_text(uuid, head + LUKS_UUID, LUKS_UUID_SIZE);
	return true;
}

static bool is_lvm(const unsigned char *head, char *uuid)
{
	for (size_t sector = 0; sector < LVM_LABEL_SECTORS; sector++) {
		const unsigned char *label = head + sector * SECTOR_BYTES;

		if (memcmp(label + LVM_ID, "LABELONE", 8) || memcmp(label + LVM_TYPE, "LVM2 001", 8))
			continue;
		put_text(uuid, label + LVM_PV_UUID, LVM_PV_UUID_SIZE);
		return true;
	}
	return false;
}

static bool is_md(const unsigned char *head, char *uuid)
{
	static const size_t places[] = { MD_SUPER_1_1, MD_SUPER_1_2 };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const unsigned char *super = head + places[i];

		if (le32_at(super + MD_MAGIC) != MD_SB_MAGIC || le32_at(super + MD_MAJOR_VERSION) != 1)
			continue;
		put_uuids(uuid, super + MD_SET_UUID, super + MD_DEVICE_UUID);
		return true;
	}
	return false;
}

int superblock_read(int fd, const char *name, struct superblock *super)
{
	static const struct {
		enum content content;
		bool (*test)(const unsigned char *head, char *uuid);
	} kinds[] = {
		/*
		 * FAT comes last: its mark is the weakest, and the boot sector of a disk or of another file system may have
		 * it, too.
		 */
		{ CONTENT_LUKS, is_luks }, { CONTENT_MD, is_md }, { CONTENT_LVM, is_lvm }, { CONTENT_XFS, is_xfs },
		{ CONTENT_BTRFS, is_btrfs }, { CONTENT_F2FS, is_f2fs }, { CONTENT_EXT4, is_ext4 },
		{ CONTENT_SWAP, is_swap }, { CONTENT_VFAT, is_vfat },
	};
	off_t size = lseek(fd, 0, SEEK_END);

	memset(super, 0, sizeof(*super));
	strcpy(super->uuid, "-");
	if (size < 0)
		return fail("size", errno, "%s", name);
	super->size = (uint64_t)size;
	if (pread_upto(fd, super->head, sizeof(super->head), 0, name) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].test(super->head, super->uuid)) {
			super->content = kinds[i].content;
			break;
		}
	return 0;
}

int superblock_open(const char *path, int flags, struct superblock *super)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);

	if (fd < 0)
		return fail("open", errno, "%s", path);
	if (!superblock_read(fd, path, super))
		return fd;
	close(fd);
	return -1;
}

bool superblock_at_rest(const struct superblock *super)
{
	const unsigned char *ext4 = super->head + EXT4_SUPER;

	return super->content == CONTENT_EXT4 && le16_at(ext4 + EXT4_S_STATE) & EXT4_VALID_FS &&
	       !(le32_at(ext4 + EXT4_S_FEATURE_INCOMPAT) & EXT4_FEATURE_INCOMPAT_RECOVER);
}
