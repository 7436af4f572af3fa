/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block/fingerprint.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/io.h"
#include "base/range.h"
#include "base/report.h"
#include "block/ondisk.h"

#define PIECE 65536u

struct reader {
	int fd;
	const char *name;
	uint64_t size;
	struct hash *hash;
	unsigned char *piece; /* PIECE bytes */
};

/* Is [at, at + size) on the device? */
static bool inside(const struct reader *r, uint64_t at, uint64_t size)
{
	return size <= r->size && at <= r->size - size;
}

/* Adds which range [at, at + size) is, as far as the device goes, and its content. 0, or -1 and fail(). */
static int add(struct reader *r, uint64_t at, uint64_t size)
{
	uint64_t range[2] = { at, size };

	if (at >= r->size)
		return 0;
	if (size > r->size - at)
		size = r->size - at;
	range[1] = size;
	hash_add(r->hash, range, sizeof(range));
	while (size) {
		size_t part = min_size(size, PIECE);

		if (pread_exact(r->fd, r->piece, part, at, r->name))
			return -1;
		hash_add(r->hash, r->piece, part);
		at += part;
		size -= part;
	}
	return 0;
}

/*
 * The whole superblock, which has the times, mount count, state and errors, and the superblock of the journal, whose sequence
 * number and start change when it is replayed. Where the journal begins stands in s_jnl_blocks, a copy of the block map in
 * the journal's inode.
 */
static int add_ext4(struct reader *r, const struct superblock *super)
{
	const unsigned char *sb = super->head + EXT4_SUPER, *map = sb + EXT4_S_JNL_BLOCKS;
	uint32_t log_block = le32_at(sb + EXT4_S_LOG_BLOCK_SIZE);
	uint64_t block_size, block;
	bool extents = le16_at(map + EXT4_EH_MAGIC) == EXT4_EXT_MAGIC;

	if (add(r, EXT4_SUPER, EXT4_SUPER_SIZE))
		return -1;
	/* No file system has larger blocks, and shifting by that would be undefined. */
	if (sb[EXT4_S_JNL_BACKUP_TYPE] != EXT4_JNL_BACKUP_BLOCKS || log_block > 6)
		return 0;
	block_size = 1024ull << log_block;
	/* Only a map whose first extent stands in it and begins at the journal's first block is of use. */
	if (extents && (!le16_at(map + EXT4_EH_ENTRIES) || le16_at(map + EXT4_EH_DEPTH) || le32_at(map + EXT4_EE_BLOCK)))
		return 0;
	/* Without extents the map begins with the number of the first block. */
	block = extents ? (uint64_t)le16_at(map + EXT4_EE_START_HI) << 32 | le32_at(map + EXT4_EE_START_LO) : le32_at(map);
	return block && block < r->size / block_size ? add(r, block * block_size, JBD2_SUPER_SIZE) : 0;
}

struct xfs_log {
	uint64_t at;     /* on the device, bytes */
	uint64_t blocks; /* of SECTOR_BYTES, as the log counts */
};

/* The cycle that a block of the log was written in (xlog_get_cycle() in fs/xfs/xfs_log_priv.h). */
static int xfs_cycle(const struct reader *r, const struct xfs_log *log, uint64_t block, uint32_t *cycle)
{
	unsigned char head[8];

	if (pread_exact(r->fd, head, sizeof(head), log->at + block * SECTOR_BYTES, r->name))
		return -1;
	*cycle = be32_at(head + (be32_at(head + XLOG_H_MAGICNO) == XLOG_HEADER_MAGIC_NUM ? XLOG_H_CYCLE : 0));
	return 0;
}

/* Where the log lies, by the superblock; false if that is on another device or makes no sense. */
static bool xfs_log(const struct reader *r, const unsigned char *sb, struct xfs_log *log)
{
	uint64_t block_size = be32_at(sb + XFS_SB_BLOCKSIZE), start = be64_at(sb + XFS_SB_LOGSTART);
	uint64_t blocks = be32_at(sb + XFS_SB_LOGBLOCKS), ag_blocks = be32_at(sb + XFS_SB_AGBLOCKS);
	unsigned int ag_log = sb[XFS_SB_AGBLKLOG];

	if (!start || !blocks || !ag_blocks || block_size < 512 || block_size > 65536 || block_size % 512 || ag_log > 31 ||
	    start >> ag_log > UINT32_MAX)
		return false;
	/* A block's number has the allocation group's in its upper bits. */
	start = (start >> ag_log) * ag_blocks + (start & ((1ull << ag_log) - 1));
	if (start > r->size / block_size || !inside(r, start * block_size, blocks * block_size))
		return false;
	log->at = start * block_size;
	log->blocks = blocks * (block_size / SECTOR_BYTES);
	return true;
}

/*
 * The superblock, and the log around its head. A mount writes there. The log is written round and round, and each block has the
 * number of the round, its cycle: the head is where that number falls, between this round's blocks and those of the round before.
 */
static int add_xfs(struct reader *r, const struct superblock *super)
{
	const uint64_t around = 128; /* blocks */
	struct xfs_log log;
	uint64_t head = 0, end, from;
	uint32_t first, last, cycle;

	if (add(r, 0, XFS_SUPER_SIZE))
		return -1;
	if (!xfs_log(r, super->head, &log))
		return 0;
	end = log.blocks - 1;
	if (xfs_cycle(r, &log, 0, &first) || xfs_cycle(r, &log, end, &last))
		return -1;
	/* Finds the first block of the cycle that the last block has. If all have the same one, the head is at the start. */
	while (first != last && end - head > 1) {
		uint64_t middle = head + (end - head) / 2;

		if (xfs_cycle(r, &log, middle, &cycle))
			return -1;
		if (cycle == last)
			end = middle;
		else
			head = middle;
	}
	hash_add(r->hash, &first, sizeof(first));
	hash_add(r->hash, &last, sizeof(last));
	from = head < around ? 0 : head - around;
	end = head + around < log.blocks ? head + around : log.blocks;
	return add(r, log.at + from * SECTOR_BYTES, (end - from) * SECTOR_BYTES);
}

/* The superblock, and the first block of both checkpoint packs, of which each checkpoint writes one with a new version. */
static int add_f2fs(struct reader *r, const struct superblock *super)
{
	const unsigned char *sb = super->head + F2FS_SUPER;
	uint32_t log_block = le32_at(sb + F2FS_LOG_BLOCKSIZE), log_segment = le32_at(sb + F2FS_LOG_BLOCKS_PER_SEG);
	uint64_t pack = le32_at(sb + F2FS_CP_BLKADDR), block_size, segment;

	if (add(r, F2FS_SUPER, F2FS_SUPER_SIZE))
		return -1;
	/* No file system has larger ones, and shifting by them would be undefined. */
	if (log_block > 16 || log_segment > 16)
		return 0;
	block_size = 1ull << log_block;
	segment = 1ull << log_segment; /* blocks: the second pack lies one segment behind the first */
	return add(r, pack * block_size, block_size) || add(r, (pack + segment) * block_size, block_size) ? -1 : 0;
}

/*
 * The boot sector with its dirty bit, FSInfo, the first FAT and the root directory. FAT has nothing that every mount
 * changes: a file of a lower directory that is overwritten in place goes unseen.
 */
static int add_vfat(struct reader *r, const struct superblock *super)
{
	const unsigned char *sb = super->head;
	uint64_t sector = le16_at(sb + FAT_SECTOR_SIZE), cluster = sector * sb[FAT_SEC_PER_CLUS], root_at;
	uint64_t fat_at = le16_at(sb + FAT_RESERVED) * sector, fat16_length = le16_at(sb + FAT_FAT_LENGTH);
	uint64_t fat_size = (fat16_length ? fat16_length : le32_at(sb + FAT32_LENGTH)) * sector;
	uint32_t next;

	if (add(r, 0, FAT_BOOT_SIZE) || add(r, fat_at, min_u64(fat_size, MIB(16))))
		return -1;
	root_at = fat_at + sb[FAT_FATS] * fat_size;
	if (fat16_length)
		return add(r, root_at, (uint64_t)le16_at(sb + FAT_DIR_ENTRIES) * FAT_DIR_ENTRY_SIZE);
	if (add(r, le16_at(sb + FAT32_INFO_SECTOR) * sector, FAT_BOOT_SIZE))
		return -1;
	next = le32_at(sb + FAT32_ROOT_CLUSTER);
	/* The root directory is a chain of clusters, which begin with number 2; a damaged one may be a circle. */
	for (int i = 0; i < 64 && next >= 2 && next < 0x0ffffff7; i++) {
		unsigned char entry[4];

		if (add(r, root_at + (next - 2ull) * cluster, cluster))
			return -1;
		if (next * 4ull + 4 > fat_size || !inside(r, fat_at + next * 4ull, 4))
			break;
		if (pread_exact(r->fd, entry, 4, fat_at + next * 4ull, r->name))
			return -1;
		next = le32_at(entry) & 0x0fffffff;
	}
	return 0;
}

/*
 * Of a partition that firmware and boot loaders write to, only what makes the file system: the boot sector without the dirty bit, which
 * they set, too.
 */
static int add_esp(struct reader *r, const struct superblock *super)
{
	unsigned char boot[FAT_BOOT_SIZE];

	memcpy(boot, super->head, sizeof(boot));
	boot[le16_at(boot + FAT_FAT_LENGTH) ? FAT16_STATE : FAT32_STATE] = 0;
	hash_add(r->hash, boot, sizeof(boot));
	return 0;
}

/* A number of clusters or, with 2 to the power of its negative, of `unit` bytes; 0 if it makes no sense. */
static uint64_t ntfs_size(unsigned char number, uint64_t unit, uint64_t small)
{
	return number <= 0x80 ? number * unit : number > 256 - 32 ? small << (256 - number) : 0;
}

/* Where the data of $LogFile begins, by its record in the MFT at `mft`, in clusters; 0 if the record makes no sense. */
static int ntfs_log(const struct reader *r, uint64_t mft, uint64_t record_size, uint64_t *cluster)
{
	unsigned char record[1024];
	size_t at;

	*cluster = 0;
	if (!inside(r, mft + NTFS_LOGFILE_RECORD * record_size, sizeof(record)))
		return 0;
	if (pread_exact(r->fd, record, sizeof(record), mft + NTFS_LOGFILE_RECORD * record_size, r->name))
		return -1;
	at = le16_at(record + NTFS_RECORD_ATTRIBUTES);
	while (at <= sizeof(record) - NTFS_ATTRIBUTE_HEADER && le32_at(record + at) != NTFS_ATTRIBUTES_END) {
		const unsigned char *attribute = record + at;
		uint32_t size = le32_at(attribute + NTFS_ATTRIBUTE_SIZE);
		size_t runs = at + le16_at(attribute + NTFS_ATTRIBUTE_RUNS);

		/* A run begins with the sizes of its two numbers, its length and where it begins. */
		if (le32_at(attribute) == NTFS_DATA && attribute[NTFS_ATTRIBUTE_NONRESIDENT] && runs < sizeof(record) - 17) {
			for (unsigned int i = record[runs] >> 4 & 7; i; i--)
				*cluster = *cluster << 8 | record[runs + (record[runs] & 7) + i];
			return 0;
		}
		if (!size || size > sizeof(record))
			return 0;
		at += size;
	}
	return 0;
}

/*
 * The boot sector, the first MiB of the MFT, with the dirty bit in $Volume and the records of the root directory and of the first files,
 * its mirror, and the start of $LogFile, in which Windows counts on while the file system is mounted.
 */
static int add_ntfs(struct reader *r, const struct superblock *super)
{
	const unsigned char *sb = super->head;
	uint64_t sector = le16_at(sb + NTFS_BYTES_PER_SECTOR), cluster = ntfs_size(sb[NTFS_SECTORS_PER_CLUSTER], sector, sector);
	uint64_t record = ntfs_size(sb[NTFS_RECORD_SIZE], cluster, 1), mft = le64_at(sb + NTFS_MFT_CLUSTER);
	uint64_t mirror = le64_at(sb + NTFS_MFT_MIRROR_CLUSTER), log;

	if (add(r, 0, MIB(1)))
		return -1;
	if (!cluster || mft > r->size / cluster || mirror > r->size / cluster)
		return 0;
	if (add(r, mft * cluster, MIB(1)) || add(r, mirror * cluster, 4096) || ntfs_log(r, mft * cluster, record, &log))
		return -1;
	return log && log < r->size / cluster ? add(r, log * cluster, PIECE) : 0;
}

/* The boot sector with its dirty bit, the first FAT, the root directory's first clusters, and the bitmap of clusters that are in use. */
static int add_exfat(struct reader *r, const struct superblock *super)
{
	const unsigned char *sb = super->head;
	unsigned int sector_bits = sb[EXFAT_SECTOR_BITS], cluster_bits = sb[EXFAT_CLUSTER_BITS];
	uint64_t clusters, root, cluster;

	if (add(r, 0, EXFAT_BOOT_SIZE))
		return -1;
	/* No file system has larger ones, and shifting by them would be undefined. */
	if (sector_bits > 12 || cluster_bits > 25)
		return add(r, 0, MIB(1));
	cluster = 1ull << (sector_bits + cluster_bits);
	clusters = (uint64_t)le32_at(sb + EXFAT_CLUSTER_OFFSET) << sector_bits;
	root = clusters + (le32_at(sb + EXFAT_ROOT_CLUSTER) - 2ull) * cluster;
	if (add(r, (uint64_t)le32_at(sb + EXFAT_FAT_OFFSET) << sector_bits,
		min_u64((uint64_t)le32_at(sb + EXFAT_FAT_LENGTH) << sector_bits, MIB(16))) ||
	    add(r, root, min_u64(cluster, MIB(1))))
		return -1;
	/* The entry for the bitmap is one of the first. */
	for (uint64_t at = root; at < root + 16 * EXFAT_DENTRY_SIZE && inside(r, at, EXFAT_DENTRY_SIZE); at += EXFAT_DENTRY_SIZE) {
		unsigned char entry[EXFAT_DENTRY_SIZE];

		if (pread_exact(r->fd, entry, sizeof(entry), at, r->name))
			return -1;
		if (entry[0] == EXFAT_BITMAP)
			return add(r, clusters + (le32_at(entry + EXFAT_BITMAP_CLUSTER) - 2ull) * cluster,
				   min_u64(le64_at(entry + EXFAT_BITMAP_SIZE), MIB(16)));
	}
	return 0;
}

/*
 * The header, with the signature that a hibernation of another system leaves there, the start, which is filled first, and
 * samples: swapon() itself writes nothing, so what shows is that pages were written over.
 */
static int add_swap(struct reader *r)
{
	const uint64_t samples = 64;

	if (add(r, 0, MIB(1)))
		return -1;
	for (uint64_t i = 1; i < samples; i++)
		if (add(r, page_down(r->size / samples) * i, 4096))
			return -1;
	return 0;
}

/* Where the payload of a layer (LUKS, LVM, MD) begins on the device, by its header, in bytes; 0 if it does not say. */
static uint64_t payload_at(const struct superblock *super)
{
	static const char key[] = "\"offset\":\"";
	const unsigned char *head = super->head;
	uint64_t sectors;
	const char *at;

	switch (super->content) {
	case CONTENT_LUKS:
		if (be16_at(head + LUKS_VERSION) == 1)
			return (uint64_t)be32_at(head + LUKS1_PAYLOAD_OFFSET) * SECTOR_BYTES;
		/* Version 2 has it in JSON text, which has to end with a NUL. */
		at = memchr(head + LUKS2_JSON, 0, SUPERBLOCK_HEAD - LUKS2_JSON) ?
			     strstr((const char *)head + LUKS2_JSON, "\"segments\"") : NULL;
		at = at ? strstr(at, key) : NULL;
		return at ? strtoull(at + sizeof(key) - 1, NULL, 10) : 0;
	case CONTENT_LVM:
		for (size_t label = 0; label < LVM_LABEL_SECTORS * SECTOR_BYTES; label += SECTOR_BYTES)
			if (!memcmp(head + label + LVM_ID, "LABELONE", 8))
				return le64_at(head + label + LVM_DISK_AREA_OFFSET);
		return 0;
	case CONTENT_MD:
		head += le32_at(head + MD_MAGIC) == MD_SB_MAGIC ? MD_SUPER_1_1 : MD_SUPER_1_2;
		/* With a superblock at the device's end (1.0, 0.90), the payload begins at its start. */
		if (le32_at(head + MD_MAGIC) != MD_SB_MAGIC)
			return 0;
		sectors = le64_at(head + MD_DATA_OFFSET);
		return sectors < super->size / SECTOR_BYTES ? sectors * SECTOR_BYTES : 0;
	default:
		return 0;
	}
}

/*
 * For what no rules of its own are known: the first MiB, the superblock, which may lie elsewhere, and of a layer the start of its payload,
 * where the next superblock lies.
 */
static int add_start(struct reader *r, const struct superblock *super)
{
	uint64_t payload = payload_at(super), mark = page_down(super->identity.magic_at);

	return add(r, 0, MIB(1)) || (mark >= MIB(1) && add(r, mark, 4096)) || (payload && add(r, payload, MIB(2))) ? -1 : 0;
}

static int add_content(struct reader *r, const struct superblock *super)
{
	switch (super->content) {
	case CONTENT_EXT4: return add_ext4(r, super);
	case CONTENT_XFS: return add_xfs(r, super);
	/* The superblock has the generation, which each transaction counts up. */
	case CONTENT_BTRFS: return add(r, BTRFS_SUPER, BTRFS_SUPER_SIZE);
	case CONTENT_F2FS: return add_f2fs(r, super);
	case CONTENT_VFAT: return add_vfat(r, super);
	case CONTENT_ESP: return add_esp(r, super);
	case CONTENT_NTFS: return add_ntfs(r, super);
	case CONTENT_EXFAT: return add_exfat(r, super);
	case CONTENT_SWAP: return add_swap(r);
	default: return add_start(r, super);
	}
}

int fingerprint_of(int fd, const char *name, const struct superblock *super, char text[HASH_TEXT_SIZE])
{
	struct reader r = { .fd = fd, .name = name, .size = super->size, .hash = hash_begin() };
	int ret;

	if (!r.hash)
		return -1;
	r.piece = malloc(PIECE);
	ret = r.piece ? add_content(&r, super) : fail("fingerprint", ENOMEM, "%u bytes", PIECE);
	free(r.piece);
	hash_end(r.hash, text);
	return ret;
}
