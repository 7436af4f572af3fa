#include "block/superblock.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "base/io.h"
#include "base/report.h"

static const char *const names[CONTENT_KINDS] = {
	"unknown", "ext4", "xfs", "btrfs", "f2fs", "vfat", "swap", "luks", "lvm", "md",
};

const char *content_name(enum content content)
{
	return content < CONTENT_KINDS ? names[content] : names[CONTENT_UNKNOWN];
}

enum content content_of(const char *name)
{
	enum content content = 0;

	while (content < CONTENT_KINDS && strcmp(name, names[content]))
		content++;
	return content;
}

/* As RFC 9562 writes it. */
static void put_uuid(char *out, const unsigned char *u)
{
	sprintf(out, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}

/* A text of at most `max` bytes from the device, of which no byte may end the word that it becomes. */
static void put_text(char *out, const unsigned char *text, size_t max)
{
	size_t i = 0;

	for (; i < max && text[i]; i++)
		out[i] = isgraph(text[i]) ? (char)text[i] : '?';
	strcpy(out + i, i ? "" : "-");
}

/* struct ext4_super_block (fs/ext4/ext4.h, Linux 6.12). */
static bool is_ext4(const unsigned char *head, char *uuid)
{
	const unsigned char *super = head + 1024;

	/* s_magic alone is 16 bits; s_log_block_size and s_rev_level have few values. */
	if (le16_at(super + 56) != 0xef53 || le32_at(super + 24) > 6 || le32_at(super + 76) > 1)
		return false;
	put_uuid(uuid, super + 104);
	return true;
}

/* struct xfs_dsb (fs/xfs/libxfs/xfs_format.h). */
static bool is_xfs(const unsigned char *head, char *uuid)
{
	if (memcmp(head, "XFSB", 4))
		return false;
	put_uuid(uuid, head + 32);
	return true;
}

/* struct btrfs_super_block (include/uapi/linux/btrfs_tree.h). A file system may have several devices, so theirs comes second. */
static bool is_btrfs(const unsigned char *head, char *uuid)
{
	const unsigned char *super = head + 65536;

	if (memcmp(super + 64, "_BHRfS_M", 8))
		return false;
	put_uuid(uuid, super + 32);
	strcat(uuid, "/");
	put_uuid(uuid + strlen(uuid), super + 0x10b);
	return true;
}

/* struct f2fs_super_block (include/linux/f2fs_fs.h). */
static bool is_f2fs(const unsigned char *head, char *uuid)
{
	const unsigned char *super = head + 1024;

	if (le32_at(super) != 0xf2f52010)
		return false;
	put_uuid(uuid, super + 108);
	return true;
}

/* struct fat_boot_sector (include/uapi/linux/msdos_fs.h). */
static bool is_vfat(const unsigned char *head, char *uuid)
{
	uint16_t sector = le16_at(head + 11);
	bool fat32 = !le16_at(head + 22);
	const unsigned char *id = head + (fat32 ? 0x43 : 0x27);

	if (head[510] != 0x55 || head[511] != 0xaa || (sector != 512 && sector != 1024 && sector != 2048 && sector != 4096) ||
	    !head[13] || (head[13] & (head[13] - 1)) || !le16_at(head + 14) || head[16] < 1 || head[16] > 2 ||
	    (head[21] != 0xf0 && head[21] < 0xf8) || (fat32 && !le32_at(head + 36)))
		return false;
	/* 0x28 and 0x29: a volume id is there. */
	if ((id[-1] & 0xfe) == 0x28)
		sprintf(uuid, "%04X-%04X", (unsigned int)le16_at(id + 2), (unsigned int)le16_at(id));
	return true;
}

/* union swap_header (include/linux/swap.h): its signature ends the first page, which has the size of the machine's that made it. */
static bool is_swap(const unsigned char *head, char *uuid)
{
	static const char *const signatures[] = {
		"SWAPSPACE2", "SWAP-SPACE", "S1SUSPEND", "S2SUSPEND", "ULSUSPEND", "LINHIB0001",
	};

	for (size_t page = 4096; page <= 65536; page *= 2)
		for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++)
			if (!memcmp(head + page - 10, signatures[i], strlen(signatures[i]))) {
				put_uuid(uuid, head + 1024 + 12);
				return true;
			}
	return false;
}

/* The header of LUKS 1 and 2 (LUKS On-Disk Format Specification 1.2.3 and 2.1). */
static bool is_luks(const unsigned char *head, char *uuid)
{
	if (memcmp(head, "LUKS\xba\xbe", 6))
		return false;
	put_text(uuid, head + 168, 40);
	return true;
}

/* struct label_header and pv_header (LVM2 2.03, lib/label/label.h and lib/format_text/layout.h), in one of the first four sectors. */
static bool is_lvm(const unsigned char *head, char *uuid)
{
	for (size_t at = 0; at < 4 * 512; at += 512) {
		const unsigned char *label = head + at;

		if (memcmp(label, "LABELONE", 8) || memcmp(label + 24, "LVM2 001", 8))
			continue;
		put_text(uuid, label + 32, 32);
		return true;
	}
	return false;
}

/* struct mdp_superblock_1 (include/uapi/linux/raid/md_p.h); 1.0 and 0.90 lie at the end of the device and are not looked for. */
static bool is_md(const unsigned char *head, char *uuid)
{
	for (size_t at = 0; at <= 4096; at += 4096) {
		const unsigned char *super = head + at;

		if (le32_at(super) != 0xa92b4efc || le32_at(super + 4) != 1)
			continue;
		put_uuid(uuid, super + 16); /* the array's, and its member's */
		strcat(uuid, "/");
		put_uuid(uuid + strlen(uuid), super + 168);
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
		/* FAT's mark is the weakest, and a boot loader's sector has it too. */
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
