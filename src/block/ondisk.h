/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the fields that we read lie on disk, in bytes from the start of their structure, each under the name that it has there.
 * Numbers are little-endian, but for XFS and LUKS, which have big-endian ones.
 */
#ifndef KH_BLOCK_ONDISK_H
#define KH_BLOCK_ONDISK_H

/* struct ext4_super_block (fs/ext4/ext4.h, Linux 6.12). */
enum {
	EXT4_SUPER = 1024, /* from the start of the device */
	EXT4_SUPER_SIZE = 1024,
	EXT4_S_LOG_BLOCK_SIZE = 24,
	EXT4_S_MAGIC = 56,
	EXT4_S_STATE = 58,
	EXT4_S_REV_LEVEL = 76,
	EXT4_S_FEATURE_INCOMPAT = 96,
	EXT4_S_UUID = 104,
	EXT4_S_VOLUME_NAME = 120, /* 16 bytes */
	EXT4_S_JNL_BACKUP_TYPE = 253,
	EXT4_S_JNL_BLOCKS = 268,
	EXT4_SUPER_MAGIC = 0xef53,
	EXT4_VALID_FS = 1,               /* in s_state */
	EXT4_FEATURE_INCOMPAT_RECOVER = 4,
	EXT4_JNL_BACKUP_BLOCKS = 1
};

/* struct ext4_extent_header and the struct ext4_extent behind it (fs/ext4/ext4_extents.h). */
enum {
	EXT4_EH_MAGIC = 0,
	EXT4_EH_ENTRIES = 2,
	EXT4_EH_DEPTH = 6,
	EXT4_EE_BLOCK = 12,
	EXT4_EE_START_HI = 18,
	EXT4_EE_START_LO = 20,
	EXT4_EXT_MAGIC = 0xf30a
};

/* journal_superblock_t (include/linux/jbd2.h). */
enum { JBD2_SUPER_SIZE = 1024 };

/* struct xfs_dsb (fs/xfs/libxfs/xfs_format.h), at the start of the device. */
enum {
	XFS_SUPER_SIZE = 512, /* the smallest sector that holds one */
	XFS_SB_BLOCKSIZE = 4,
	XFS_SB_UUID = 32,
	XFS_SB_LOGSTART = 48,
	XFS_SB_AGBLOCKS = 84,
	XFS_SB_LOGBLOCKS = 96,
	XFS_SB_AGBLKLOG = 124
};

/* struct xlog_rec_header (fs/xfs/libxfs/xfs_log_format.h); other blocks of the log begin with their cycle. */
enum { XLOG_H_MAGICNO = 0, XLOG_H_CYCLE = 4 };
#define XLOG_HEADER_MAGIC_NUM 0xfeedbabeu

/* struct btrfs_super_block (include/uapi/linux/btrfs_tree.h). */
enum {
	BTRFS_SUPER = 65536, /* from the start of the device */
	BTRFS_SUPER_SIZE = 4096,
	BTRFS_FSID = 32,
	BTRFS_MAGIC = 64,
	BTRFS_DEV_ITEM_UUID = 267
};

/* struct f2fs_super_block (include/linux/f2fs_fs.h). */
enum {
	F2FS_SUPER = 1024, /* from the start of the device */
	F2FS_SUPER_SIZE = 3072,
	F2FS_LOG_BLOCKSIZE = 16,
	F2FS_LOG_BLOCKS_PER_SEG = 20,
	F2FS_CP_BLKADDR = 76,
	F2FS_UUID = 108
};
#define F2FS_SUPER_MAGIC 0xf2f52010u

/*
 * struct fat_boot_sector (include/uapi/linux/msdos_fs.h), at the start of the device; FAT32 has another end than FAT12 and
 * FAT16.
 */
enum {
	FAT_BOOT_SIZE = 512,
	FAT_SECTOR_SIZE = 11,
	FAT_SEC_PER_CLUS = 13,
	FAT_RESERVED = 14,
	FAT_FATS = 16,
	FAT_DIR_ENTRIES = 17,
	FAT_MEDIA = 21,
	FAT_FAT_LENGTH = 22, /* 0: it is FAT32 */
	FAT16_SIGNATURE = 38,
	FAT16_VOL_ID = 39,
	FAT32_LENGTH = 36,
	FAT32_ROOT_CLUSTER = 44,
	FAT32_INFO_SECTOR = 48,
	FAT32_SIGNATURE = 66,
	FAT32_VOL_ID = 67,
	FAT_BOOT_SIGN = 510,
	FAT_DIR_ENTRY_SIZE = 32
};

/* union swap_header (include/linux/swap.h), at the start of the device; its magic ends the first page. */
enum { SWAP_SWS_UUID = 1036, SWAP_MAGIC_SIZE = 10 };

/* The header of LUKS 1 and 2 (LUKS On-Disk Format Specification 1.2.3 and 2.1). */
enum {
	LUKS_VERSION = 6,
	LUKS1_PAYLOAD_OFFSET = 104, /* sectors */
	LUKS_UUID = 168,            /* text of 40 bytes */
	LUKS_UUID_SIZE = 40,
	LUKS2_JSON = 4096 /* behind the binary header */
};

/*
 * struct label_header, in one of the first four sectors, and the struct pv_header behind it (LVM2 2.03, lib/label/label.h
 * and lib/format_text/layout.h).
 */
enum {
	LVM_LABEL_SECTORS = 4,
	LVM_ID = 0,
	LVM_TYPE = 24,
	LVM_PV_UUID = 32,      /* text of 32 bytes */
	LVM_PV_UUID_SIZE = 32,
	LVM_DISK_AREA_OFFSET = 72 /* of the first data area */
};

/* struct mdp_superblock_1 (include/uapi/linux/raid/md_p.h); 1.0 and 0.90 lie at the end of the device and are not looked for. */
enum {
	MD_SUPER_1_1 = 0,    /* from the start of the device */
	MD_SUPER_1_2 = 4096, /* the same */
	MD_MAGIC = 0,
	MD_MAJOR_VERSION = 4,
	MD_SET_UUID = 16,
	MD_DATA_OFFSET = 128, /* sectors */
	MD_DEVICE_UUID = 168
};
#define MD_SB_MAGIC 0xa92b4efcu

#define SECTOR_BYTES 512u

#endif
