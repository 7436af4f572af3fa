/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/superblock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "base/io.h"
#include "base/report.h"
#include "block/ondisk.h"

/* Kinds that have a rule of their own, by libblkid's name for them, and what we call them. */
static const struct known {
	const char *kind;
	enum content content;
	const char *name;
} known[] = {
	{ "ext2", CONTENT_EXT4, "ext4" }, { "ext3", CONTENT_EXT4, "ext4" }, { "ext4", CONTENT_EXT4, "ext4" },
	{ "ext4dev", CONTENT_EXT4, "ext4" }, { "xfs", CONTENT_XFS, "xfs" }, { "btrfs", CONTENT_BTRFS, "btrfs" },
	{ "f2fs", CONTENT_F2FS, "f2fs" }, { "vfat", CONTENT_VFAT, "vfat" }, { "ntfs", CONTENT_NTFS, "ntfs" },
	{ "exfat", CONTENT_EXFAT, "exfat" }, { "swap", CONTENT_SWAP, "swap" }, { IDENTITY_SUSPENDED, CONTENT_SWAP, "swap" },
	{ "crypto_LUKS", CONTENT_LUKS, "luks" }, { "LVM2_member", CONTENT_LVM, "lvm" }, { "linux_raid_member", CONTENT_MD, "md" },
};

/* One word of at most room - 1 characters, whatever the device has there. */
static void put_word(char *out, size_t room, const char *text)
{
	size_t i = 0;

	for (; i < room - 1 && text[i]; i++)
		out[i] = isgraph((unsigned char)text[i]) ? text[i] : '?';
	out[i] = '\0';
}

/* The superblock of Bcachefs, which Debian 12's libblkid does not know. */
static void look_for_bcachefs(const unsigned char *head, struct identity *identity)
{
	static const unsigned char magic[] = { BCACHEFS_MAGIC };
	const unsigned char *super = head + BCACHEFS_SUPER, *u = super + BCACHEFS_USER_UUID;

	if (memcmp(super + BCACHEFS_SB_MAGIC, magic, sizeof(magic)))
		return;
	strcpy(identity->kind, "bcachefs");
	/* As RFC 9562 writes it. */
	snprintf(identity->uuid, sizeof(identity->uuid), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
	snprintf(identity->member, sizeof(identity->member), "%u", super[BCACHEFS_DEV_IDX]);
	identity->file_system = true;
	identity->magic_at = BCACHEFS_SUPER;
}

int superblock_read(int fd, const char *name, struct superblock *super)
{
	struct identity *identity = &super->identity;
	off_t size = lseek(fd, 0, SEEK_END);
	size_t used;

	memset(super, 0, sizeof(*super));
	strcpy(super->kind, "unknown");
	strcpy(super->uuid, "-");
	if (size < 0)
		return fail("size", errno, "%s", name);
	super->size = (uint64_t)size;
	if (pread_upto(fd, super->head, sizeof(super->head), 0, name) < 0 || identify_content(fd, name, super->size, identity))
		return -1;
	if (!*identity->kind)
		look_for_bcachefs(super->head, identity);
	if (*identity->kind)
		put_word(super->kind, sizeof(super->kind), identity->kind);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(identity->kind, known[i].kind)) {
			super->content = known[i].content;
			strcpy(super->kind, known[i].name);
		}
	if (!*identity->uuid)
		return 0;
	put_word(super->uuid, sizeof(super->uuid), identity->uuid);
	if (*identity->member) {
		strcat(super->uuid, "/");
		used = strlen(super->uuid);
		put_word(super->uuid + used, sizeof(super->uuid) - used, identity->member);
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
