/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the fields that fingerprints need lie on disk, in bytes from the start of their structure, each under the name that it has there.
 * Numbers are little-endian, but for XFS and LUKS, which have big-endian ones.
 */
#ifndef KH_BLOCK_ONDISK_H
#define KH_BLOCK_ONDISK_H

/* struct ext4_super_block (fs/ext4/ext4.h, Linux 6.12). */
enum {
	EXT4_SUPER = 1024, /* from the start of the device */
	EXT4_SUPER_SIZE = 1024,
	EXT4_S_LOG_BLOCK_SIZE = 24,
	EXT4_S_STATE = 58,
	EXT4_S_FEATURE_INCOMPAT = 96,
	EXT4_S_JNL_BACKUP_TYPE = 253,
	EXT4_S_JNL_BLOCKS = 268,
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
};

/* struct f2fs_super_block (include/linux/f2fs_fs.h). */
enum {
	F2FS_SUPER = 1024, /* from the start of the device */
	F2FS_SUPER_SIZE = 3072,
	F2FS_LOG_BLOCKSIZE = 16,
	F2FS_LOG_BLOCKS_PER_SEG = 20,
	F2FS_CP_BLKADDR = 76,
};

/* struct bch_sb (fs/bcachefs/bcachefs_format.h). */
enum {
	BCACHEFS_SUPER = 4096, /* from the start of the device */
	BCACHEFS_SB_MAGIC = 24,
	BCACHEFS_USER_UUID = 56,
	BCACHEFS_DEV_IDX = 122
};
#define BCACHEFS_MAGIC 0xc6, 0x85, 0x73, 0xf6, 0x66, 0xce, 0x90, 0xa9, 0xd9, 0x6a, 0x60, 0xcf, 0x80, 0x3d, 0xf7, 0xef

/* struct NTFS_BOOT, MFT_REC and ATTRIB (fs/ntfs3/ntfs.h), from the start of the device, a record, an attribute. */
enum {
	NTFS_BYTES_PER_SECTOR = 11,
	NTFS_SECTORS_PER_CLUSTER = 13, /* above 128: it is 2 to the power of 256 minus it */
	NTFS_MFT_CLUSTER = 48,
	NTFS_MFT_MIRROR_CLUSTER = 56,
	NTFS_RECORD_SIZE = 64, /* clusters; above 127: bytes, 2 to the power of 256 minus it */
	NTFS_LOGFILE_RECORD = 2,
	NTFS_RECORD_ATTRIBUTES = 20,
	NTFS_ATTRIBUTE_SIZE = 4,
	NTFS_ATTRIBUTE_NONRESIDENT = 8,
	NTFS_ATTRIBUTE_RUNS = 32,
	NTFS_ATTRIBUTE_HEADER = 64, /* of one that is not resident */
	NTFS_DATA = 0x80
};
#define NTFS_ATTRIBUTES_END 0xffffffffu

/* struct boot_sector and struct exfat_dentry (fs/exfat/exfat_raw.h). */
enum {
	EXFAT_BOOT_SIZE = 512,
	EXFAT_FAT_OFFSET = 80,     /* sectors */
	EXFAT_FAT_LENGTH = 84,     /* sectors */
	EXFAT_CLUSTER_OFFSET = 88, /* sectors, of cluster 2 */
	EXFAT_ROOT_CLUSTER = 96,
	EXFAT_SECTOR_BITS = 108,
	EXFAT_CLUSTER_BITS = 109, /* sectors of a cluster */
	EXFAT_DENTRY_SIZE = 32,
	EXFAT_BITMAP = 0x81, /* type of an entry */
	EXFAT_BITMAP_CLUSTER = 20,
	EXFAT_BITMAP_SIZE = 24
};

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
	FAT_FAT_LENGTH = 22, /* 0: it is FAT32 */
	FAT32_LENGTH = 36,
	FAT32_ROOT_CLUSTER = 44,
	FAT32_INFO_SECTOR = 48,
	FAT32_STATE = 65, /* of the driver: its dirty bit */
	FAT16_STATE = 37, /* the same */
	FAT_DIR_ENTRY_SIZE = 32
};

/* The header of LUKS 1 and 2 (LUKS On-Disk Format Specification 1.2.3 and 2.1). */
enum {
	LUKS_VERSION = 6,
	LUKS1_PAYLOAD_OFFSET = 104, /* sectors */
	LUKS2_JSON = 4096 /* behind the binary header */
};

/*
 * struct label_header, in one of the first four sectors, and the struct pv_header behind it (LVM2 2.03, lib/label/label.h
 * and lib/format_text/layout.h).
 */
enum {
	LVM_LABEL_SECTORS = 4,
	LVM_ID = 0,
	LVM_DISK_AREA_OFFSET = 72 /* of the first data area */
};

/* struct mdp_superblock_1 (include/uapi/linux/raid/md_p.h); 1.0 and 0.90 lie at the end of the device. */
enum {
	MD_SUPER_1_1 = 0,    /* from the start of the device */
	MD_SUPER_1_2 = 4096, /* the same */
	MD_MAGIC = 0,
	MD_DATA_OFFSET = 128, /* sectors */
};
#define MD_SB_MAGIC 0xa92b4efcu

#define SECTOR_BYTES 512u

#endif
