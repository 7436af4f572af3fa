/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on a device, and its fingerprint. The file systems are made by the real tools; then they are changed, cut off or damaged. */
#include "block/fingerprint.h"

#include <fcntl.h>
#include <linux/raid/md_p.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "block/device.h"
#include "blockdev.h"
#include "check.h"
#include "fixture.h"

#define PATH_SIZE 512

static const struct kind {
	const char *name, *made_by;
	enum content content;
	unsigned int mib;
} kinds[] = {
	{ "ext2", "mke2fs -q -F -t ext2", CONTENT_EXT4, 8 },
	{ "ext3", "mke2fs -q -F -t ext3", CONTENT_EXT4, 16 },
	{ "ext4", "mke2fs -q -F -t ext4", CONTENT_EXT4, 16 },
	{ "xfs", "mkfs.xfs -q", CONTENT_XFS, 320 },
	{ "btrfs", "mkfs.btrfs -q", CONTENT_BTRFS, 128 },
	{ "f2fs", "mkfs.f2fs -q", CONTENT_F2FS, 64 },
	{ "fat12", "mkfs.vfat -F 12", CONTENT_VFAT, 1 },
	{ "fat16", "mkfs.vfat -F 16", CONTENT_VFAT, 16 },
	{ "fat32", "mkfs.vfat -F 32", CONTENT_VFAT, 64 },
	{ "swap", "mkswap -q", CONTENT_SWAP, 8 },
	{ "swap64k", "mkswap -q -p 65536", CONTENT_SWAP, 8 },
	{ "ntfs", "mkntfs -q -F -Q", CONTENT_NTFS, 16 },
	{ "exfat", "mkfs.exfat", CONTENT_EXFAT, 16 },
	{ "jfs", "mkfs.jfs -q", CONTENT_UNKNOWN, 16 },
	{ "nilfs2", "mkfs.nilfs2 -q", CONTENT_UNKNOWN, 136 },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static const char *paths[KINDS];

/* The path of a new device, on which the kind's tool has made a file system; it stays valid. */
static const char *made(const char *name)
{
	static const char *root;
	size_t i = 0;

	while (strcmp(kinds[i].name, name))
		i++;
	if (!root)
		root = fixture_root();
	if (!paths[i]) {
		paths[i] = blockdev_made(root, name, kinds[i].mib, kinds[i].made_by);
		chmod(paths[i], 0600);
	}
	return paths[i];
}

static struct superblock super;
/* What a device is taken for that is not whole enough for libblkid; CONTENT_UNKNOWN: what it is. */
static enum content taken_for;

/* The fingerprint of a device, whose superblock is left in `super`. The text is overwritten by the fourth call after this one. */
static const char *sum_of(const char *path)
{
	static char text[4][HASH_TEXT_SIZE];
	static unsigned int turn;
	char *sum = text[turn++ % 4];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_OK(superblock_read(fd, path, &super));
	if (taken_for)
		super.content = taken_for;
	if (!CHECK_OK(fingerprint_of(fd, path, &super, sum)))
		strcpy(sum, "none");
	close(fd);
	return sum;
}

static void poke(const char *path, uint64_t at, const void *bytes, size_t size)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	CHECK_EQ(pwrite(fd, bytes, size, (off_t)at), size);
	close(fd);
}

static void peek(const char *path, uint64_t at, void *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK_EQ(pread(fd, bytes, size, (off_t)at), size);
	close(fd);
}

/* Does another byte at this place change the fingerprint? The old byte is put back. */
static bool matters(const char *path, uint64_t at)
{
	char before[HASH_TEXT_SIZE];
	unsigned char byte, other;
	bool changed;

	strcpy(before, sum_of(path));
	peek(path, at, &byte, 1);
	other = byte ^ 0x04;
	poke(path, at, &other, 1);
	changed = strcmp(before, sum_of(path));
	poke(path, at, &byte, 1);
	CHECK_STR(sum_of(path), before);
	return changed;
}

/* What blkid of this machine says of it, which is libblkid of the same Debian. */
static const char *blkid_says(const char *path, const char *what)
{
	static char text[64];
	char command[PATH_SIZE + 64];
	FILE *blkid;

	*text = '\0';
	snprintf(command, sizeof(command), "blkid -p -o value -s %s %s", what, path);
	blkid = popen(command, "r");
	CHECK(fgets(text, sizeof(text), blkid));
	pclose(blkid);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void identities(void)
{
	for (size_t i = 0; i < KINDS; i++) {
		const char *path = made(kinds[i].name), *sum = sum_of(path);

		if (!CHECK_EQ(super.content, kinds[i].content))
			printf("  of %s\n", kinds[i].name);
		CHECK_EQ(super.size, (uint64_t)kinds[i].mib << 20);
		CHECK_STR(sum_of(path), sum);
		CHECK_STR(super.identity.kind, blkid_says(path, "TYPE"));
		CHECK_STR(super.kind, super.content == CONTENT_EXT4 ? "ext4" : super.identity.kind);
		/* For Btrfs the UUID of the device follows that of the file system. */
		super.uuid[strcspn(super.uuid, "/")] = '\0';
		CHECK_STR(super.uuid, blkid_says(path, "UUID"));
	}
}

static void ext4(void)
{
	const char *path = made("ext4");
	unsigned char map[60];

	CHECK(matters(path, 1024 + 0x2c)); /* s_mtime */
	CHECK(matters(path, 1024 + 0x30)); /* s_wtime */
	CHECK(matters(path, 1024 + 0x34)); /* s_mnt_count */
	CHECK(matters(path, 1024 + 0x3a)); /* s_state */
	CHECK(!matters(path, (16 << 20) - 1));
	/* s_sequence and s_start of the journal, which lies where the superblock's copy of its inode's extent says. */
	peek(path, 1024 + 0x10c, map, sizeof(map));
	sum_of(path);
	CHECK(matters(path, (uint64_t)le32_at(map + 20) * (1024 << le32_at(super.head + 1024 + 24)) + 0x1b));
	path = made("ext3");
	peek(path, 1024 + 0x10c, map, sizeof(map));
	sum_of(path);
	CHECK(matters(path, (uint64_t)le32_at(map) * (1024 << le32_at(super.head + 1024 + 24)) + 0x1b));
	CHECK(matters(made("ext2"), 1024 + 0x34));
}

/* mkfs.xfs writes a log record of a header and one block, so the next record begins at the third block. */
static void xfs(void)
{
	const char *path = made("xfs");
	unsigned char block[8];
	uint64_t log;

	CHECK(matters(path, 0x80)); /* sb_icount */
	sum_of(path);
	log = be64_at(super.head + 48);
	log = ((log >> super.head[124]) * be32_at(super.head + 84) + (log & ((1u << super.head[124]) - 1))) * be32_at(super.head + 4);
	peek(path, log, block, sizeof(block));
	CHECK_EQ(be32_at(block), 0xfeedbabe);
	CHECK(matters(path, log + 4));
	CHECK(matters(path, log + 2 * 512));
	CHECK(!matters(path, log - 1));
}

static void xfs_log_head(void)
{
	const char *root = fixture_root();
	char path[PATH_SIZE], sums[16][HASH_TEXT_SIZE];
	const uint32_t blocks = 2048;
	unsigned char *disk = calloc(1, 2 << 20), *log = disk + (1 << 20), *sb = disk;

	/* A superblock that has only the fields that say where the log is: 1 MiB at 1 MiB, in blocks of 512 bytes. */
	memcpy(sb, "XFSB", 4);
	sb[6] = 2;		/* sb_blocksize 512 */
	sb[48 + 6] = 0x08;	/* sb_logstart 2048 */
	sb[84 + 2] = 0x10;	/* sb_agblocks 4096 */
	sb[96 + 2] = 0x08;	/* sb_logblocks 2048 */
	sb[124] = 12;		/* sb_agblklog */
	fixture_write(root, "log", disk, 2 << 20);
	snprintf(path, sizeof(path), "%s/log", root);
	taken_for = CONTENT_XFS;
	/* The log's head goes through the log, from its start on, over more and more blocks. */
	for (size_t i = 0; i < 16; i++) {
		static const uint32_t heads[16] = { 0, 1, 2, 3, 127, 128, 129, 511, 512, 1000, 1001, 1500, 2045, 2046, 2047, 2048 };

		for (uint32_t b = 0; b < blocks; b++)
			log[b * 512 + 3] = b < heads[i] ? 6 : 5;
		poke(path, 1 << 20, log, 1 << 20);
		strcpy(sums[i], sum_of(path));
		for (size_t k = 0; k < i; k++)
			CHECK(strcmp(sums[i], sums[k]));
		/* What is written at the head changes the fingerprint. What lies far behind it is old, and does not. */
		if (heads[i] < blocks - 1)
			CHECK(matters(path, (1 << 20) + heads[i] * 512ull + 100));
		if (heads[i] == 1000)
			CHECK(!matters(path, (1 << 20) + 100 * 512ull + 100));
	}
	taken_for = CONTENT_UNKNOWN;
	free(disk);
}

static void btrfs_and_f2fs(void)
{
	const char *path = made("btrfs");

	CHECK(matters(path, 65536 + 0x48)); /* generation */
	CHECK(!matters(path, 100 << 20));
	path = made("f2fs");
	sum_of(path);
	CHECK(matters(path, le32_at(super.head + 1024 + 76) * 4096ull));
	CHECK(matters(path, (le32_at(super.head + 1024 + 76) + 512) * 4096ull));
	CHECK(!matters(path, 60 << 20));
}

static void vfat(void)
{
	const char *path = made("fat32");
	uint64_t fat, root;

	CHECK(matters(path, 0x41)); /* dirty bit */
	sum_of(path);
	fat = le16_at(super.head + 14) * 512ull;
	root = fat + 2ull * le32_at(super.head + 36) * 512;
	CHECK(matters(path, le16_at(super.head + 48) * 512ull + 488)); /* FSInfo: free clusters */
	CHECK(matters(path, fat + 5 * 4));
	CHECK(matters(path, root));
	CHECK(!matters(path, root + 100 * 512));
	/* The root directory continues in cluster 50. */
	poke(path, fat + 2 * 4, (unsigned char[]){ 50, 0, 0, 0 }, 4);
	poke(path, fat + 50 * 4, (unsigned char[]){ 0xf8, 0xff, 0xff, 0x0f }, 4);
	CHECK(matters(path, root + 48ull * super.head[13] * 512));
	/* A chain of clusters that leads back to its start is followed once. */
	poke(path, fat + 50 * 4, (unsigned char[]){ 2, 0, 0, 0 }, 4);
	CHECK(matters(path, root));
	path = made("fat16");
	CHECK(matters(path, 0x25));
	sum_of(path);
	fat = le16_at(super.head + 14) * 512ull;
	CHECK(matters(path, fat + 20));
	CHECK(matters(path, fat + 2ull * le16_at(super.head + 22) * 512));
}

static void ntfs(void)
{
	const char *path = made("ntfs");
	char before[HASH_TEXT_SIZE], command[PATH_SIZE + 64];
	uint64_t cluster, mft, log = 0;
	unsigned char record[1024];
	size_t at;

	sum_of(path);
	cluster = super.head[13] * 512ull;
	mft = le64_at(super.head + 48) * cluster;
	CHECK_EQ(super.head[64], 0xf6); /* a record has 1 KiB */
	peek(path, mft + 2 * 1024, record, sizeof(record));
	CHECK(!memcmp(record, "FILE", 4));
	for (at = le16_at(record + 20); le32_at(record + at) != 0x80; at += le32_at(record + at + 4))
		;
	at += le16_at(record + at + 32);
	/* The first run: the sizes of two numbers, how many clusters there are, and the first of them. */
	for (int i = record[at] >> 4; i; i--)
		log = log << 8 | record[at + (record[at] & 15) + i];
	CHECK(matters(path, mft + 3 * 1024 + 100)); /* $Volume */
	CHECK(matters(path, mft + 500 * 1024));
	CHECK(matters(path, le64_at(super.head + 56) * cluster)); /* $MFTMirr */
	CHECK(log * cluster > 1 << 20);
	CHECK(matters(path, log * cluster + 8));
	CHECK(!matters(path, (16 << 20) - 4096));
	strcpy(before, sum_of(path));
	snprintf(command, sizeof(command), "ntfscp -q -f %s /etc/os-release file >/dev/null 2>&1", path);
	CHECK_EQ(system(command), 0);
	CHECK(strcmp(before, sum_of(path)));
}

static void exfat(void)
{
	const char *path = made("exfat");
	unsigned int sector_bits, cluster_bits;
	uint64_t clusters, root;
	unsigned char entry[32];

	CHECK(matters(path, 106)); /* vol_flags, with the dirty bit */
	CHECK(matters(path, 112)); /* percent_in_use */
	sum_of(path);
	sector_bits = super.head[108];
	cluster_bits = sector_bits + super.head[109];
	clusters = (uint64_t)le32_at(super.head + 88) << sector_bits;
	root = clusters + ((le32_at(super.head + 96) - 2ull) << cluster_bits);
	CHECK(matters(path, ((uint64_t)le32_at(super.head + 80) << sector_bits) + 40)); /* FAT */
	CHECK(matters(path, root + 200));
	for (uint64_t at = root; at < root + 16 * 32; at += 32) {
		peek(path, at, entry, sizeof(entry));
		if (entry[0] == 0x81)
			CHECK(matters(path, clusters + ((le32_at(entry + 20) - 2ull) << cluster_bits)));
	}
	CHECK(!matters(path, (16 << 20) - 1));
}

/* Firmware and boot loaders write to some partitions. These are known by the disk's table. */
static void esp(void)
{
	static const char *const tables[] = {
		"echo start=2048,size=131072,type=U | sfdisk -q -X gpt",
		"echo start=2048,size=131072,type=BC13C2FF-59E6-4262-A352-B275FD6F7172 | sfdisk -q -X gpt",
		"echo start=2048,size=131072,type=ef | sfdisk -q -X dos",
		"echo start=2048,size=131072,type=c | sfdisk -q -X dos",
	};
	const char *root = fixture_root(), *path = blockdev_made(root, "dev/vda1", 64, "mkfs.vfat -F 32");
	char sum[HASH_TEXT_SIZE], before[HASH_TEXT_SIZE];
	uint64_t fat, folder;

	blockdev_add(root, "vda", 0, 139264);
	blockdev_add(root, "vda/vda1", 2048, 131072);
	sum_of(path);
	fat = le16_at(super.head + 14) * 512ull;
	folder = fat + 2ull * le32_at(super.head + 36) * 512;
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		const uint64_t written[] = { 0x41, le16_at(super.head + 48) * 512ull + 488, fat + 5 * 4, folder + 32 };
		const unsigned char other[] = { 1 };
		bool known = i < 3;
		int fd;

		blockdev_made(root, "dev/vda", 68, tables[i]);
		for (size_t k = 0; k <= sizeof(written) / sizeof(*written); k++) {
			if (k)
				poke(path, written[k - 1], other, 1);
			fd = device_open(root, "vda1", 0, &super);
			CHECK(fd >= 0);
			CHECK_OK(fingerprint_of(fd, path, &super, sum));
			close(fd);
			CHECK_EQ(super.content, known ? CONTENT_ESP : CONTENT_VFAT);
			CHECK_STR(super.kind, known ? "esp" : "vfat");
			if (k && !strcmp(sum, before) != known)
				CHECK_EQ(written[k - 1], known);
			strcpy(before, sum);
		}
		for (size_t k = 0; k < sizeof(written) / sizeof(*written); k++)
			poke(path, written[k], "", 1);
	}
}

static void swap(void)
{
	static const char *const signatures[] = { "S1SUSPEND\0", "S2SUSPEND\0", "ULSUSPEND\0", "LINHIB0001" };
	const char *path = made("swap");
	char before[SUPERBLOCK_UUID_SIZE];

	sum_of(path);
	strcpy(before, super.uuid);
	CHECK(matters(path, 4096 + 100));
	CHECK(matters(path, (8 << 20) / 64 * 40));
	CHECK(matters(path, 4086));
	/*
	 * Another system hibernates into the swap area: it is the same area, and has changed. The signatures are those of Linux
	 * (kernel/power/swap.c), an older one, uswsusp and TuxOnIce.
	 */
	for (size_t i = 0; i < sizeof(signatures) / sizeof(*signatures); i++) {
		poke(path, 4086, signatures[i], 10);
		sum_of(path);
		CHECK_EQ(super.content, CONTENT_SWAP);
		CHECK_STR(super.uuid, before);
		CHECK_STR(super.identity.kind, IDENTITY_SUSPENDED);
	}
	poke(path, 4086, "SWAPSPACE2", 10);
	sum_of(blockdev_image(fixture_root(), "tuxonice", "tuxonice"));
	CHECK_EQ(super.content, CONTENT_SWAP);
	CHECK_STR(super.identity.kind, IDENTITY_SUSPENDED);
}

/* LUKS and other layers: the header counts, and the start of what they hold. */
static void layers(void)
{
	const char *root = fixture_root(), *path;
	unsigned char *disk = calloc(1, 24 << 20);
	struct mdp_superblock_1 *md = (struct mdp_superblock_1 *)(disk + 4096);
	char text[4096];

	path = blockdev_made(root, "luks1", 8, "printf k | cryptsetup -q luksFormat --type luks1 --pbkdf-force-iterations 1000 --key-file -");
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_LUKS);
	CHECK_STR(super.kind, "luks");
	CHECK_STR(super.uuid, blkid_says(path, "UUID"));
	CHECK_EQ(be32_at(super.head + 104), 4096); /* sectors */
	CHECK(matters(path, 2000));
	CHECK(!matters(path, (2 << 20) - 1));
	CHECK(matters(path, (2 << 20) + 1024));
	CHECK(!matters(path, 4 << 20));

	path = blockdev_made(root, "luks2", 24, "printf k | cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "
						"--key-file -");
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_LUKS);
	CHECK(matters(path, (16 << 20) + 1024));
	CHECK(!matters(path, 2 << 20));
	/* A text of the header that has no end. */
	memset(disk, '"', SUPERBLOCK_HEAD);
	poke(path, 4096, disk, SUPERBLOCK_HEAD - 4096);
	CHECK(!matters(path, 16 << 20));

	path = blockdev_image(root, "lvm2", "lvm2");
	CHECK(!truncate(path, 24 << 20));
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_LVM);
	CHECK_STR(super.kind, "lvm");
	CHECK_STR(super.uuid, "Vynv4k-APH8-xQER-HSBb-8VJ3-SvFF-PB5O1U");
	CHECK_EQ(le64_at(super.head + 512 + 72), 192 << 10);
	CHECK(matters(path, (192 << 10) + 1024));
	/* The same with data at 4 MiB. */
	poke(path, 512 + 72, (unsigned char[]){ 0, 0, 0x40 }, 3);
	CHECK(matters(path, (4 << 20) + 1024));
	CHECK(!matters(path, 3 << 20));

	/* An array's superblock at the end (0.90), so that its members begin as the array does. */
	path = blockdev_image(root, "mdraid", "mdraid");
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_MD);
	CHECK_STR(super.uuid, "37c76b91-011a-05c5-d30c-1fd4c5c3dbbc");
	CHECK(matters(path, 1024));
	CHECK(matters(path, super.identity.magic_at + 200));
	/* Superblock 1.2, by the kernel's own header. */
	memset(disk, 0, SUPERBLOCK_HEAD);
	md->magic = MD_SB_MAGIC;
	md->major_version = 1;
	memset(md->set_uuid, 0x11, 16);
	memset(md->device_uuid, 0x22, 16);
	md->super_offset = 8;
	md->data_offset = 8192;
	fixture_write(root, "md", disk, 24 << 20);
	snprintf(text, PATH_SIZE, "%s/md", root);
	path = text;
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_MD);
	CHECK_STR(super.uuid, "11111111-1111-1111-1111-111111111111/22222222-2222-2222-2222-222222222222");
	CHECK(matters(path, (4 << 20) + 1024));
	/* What they hold would start behind the end of the device; the second sum overflows. */
	memset(&md->data_offset, 0xff, 8);
	fixture_write(root, "md", disk, 24 << 20);
	CHECK(!matters(path, 4 << 20));

	memset(disk, 0x5a, SUPERBLOCK_HEAD);
	fixture_write(root, "md", disk, 24 << 20);
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_UNKNOWN);
	CHECK_STR(super.kind, "unknown");
	CHECK_STR(super.uuid, "-");
	CHECK(matters(path, (1 << 20) - 1));
	CHECK(!matters(path, 1 << 20));
	free(disk);
}

/* File systems without a rule of their own: where their superblock is, and the first MiB, in which ZFS writes with each transaction. */
static void others(void)
{
	const char *root = fixture_root(), *path = blockdev_image(root, "zfs", "zfs");
	unsigned char *disk = calloc(1, 2 << 20);

	sum_of(path);
	CHECK_EQ(super.content, CONTENT_UNKNOWN);
	CHECK_STR(super.kind, "zfs_member");
	CHECK_STR(super.identity.label, "tank");
	CHECK_STR(super.uuid, "1782036546311300980/13179280127379850514");
	CHECK(matters(path, (128 << 10) + 1024)); /* an uberblock */
	path = made("nilfs2");
	sum_of(path);
	CHECK_STR(super.kind, "nilfs2");
	/* Bcachefs' magic, UUID and number of the device, by struct bch_sb of fs/bcachefs/bcachefs_format.h (Linux 6.12). */
	memcpy(disk + 4096 + 24, "\xc6\x85\x73\xf6\x66\xce\x90\xa9\xd9\x6a\x60\xcf\x80\x3d\xf7\xef", 16);
	memset(disk + 4096 + 56, 0xab, 16);
	disk[4096 + 122] = 3;
	path = blockdev_made(root, "bcachefs", 2, "true");
	poke(path, 0, disk, 2 << 20);
	sum_of(path);
	CHECK_STR(super.kind, "bcachefs");
	CHECK_STR(super.uuid, "abababab-abab-abab-abab-abababababab/3");
	CHECK(super.identity.file_system);
	CHECK(matters(path, 4096 + 112)); /* seq */
	free(disk);
}

/* Wherever a device ends, what is there counts, and nothing is read behind it. */
static void cut_off(void)
{
	static const unsigned int sizes[] = {
		0, 1, 510, 511, 512, 513, 1023, 1024, 1025, 1100, 2047, 2048, 4095, 4096, 4097, 8192, 65535, 65536, 65537,
		SUPERBLOCK_HEAD - 1, SUPERBLOCK_HEAD, SUPERBLOCK_HEAD + 1, 100000, 1 << 20, (1 << 20) + 1, 3 << 20,
	};
	const char *root = fixture_root();

	for (size_t i = 0; i < KINDS; i++)
		for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes) && sizes[k] <= kinds[i].mib << 20; k++) {
			unsigned char *copy = malloc(sizes[k] + 1);
			char path[PATH_SIZE];

			peek(made(kinds[i].name), 0, copy, sizes[k]);
			fixture_write(root, "cut", copy, sizes[k]);
			snprintf(path, sizeof(path), "%s/cut", root);
			CHECK(strcmp(sum_of(path), "none"));
			CHECK_EQ(super.size, sizes[k]);
			free(copy);
		}
}

/* Superblocks that make no sense: whatever the fingerprint is, reading has to end, and to stay inside of the device. */
static void damaged(void)
{
	const char *root = fixture_root();
	const size_t size = 1 << 20;
	unsigned char *copy = malloc(size);
	unsigned int random = 1;

	for (size_t i = 0; i < KINDS; i++) {
		const size_t at = kinds[i].content == CONTENT_BTRFS ? 65536 :
				  kinds[i].content == CONTENT_EXT4 || kinds[i].content == CONTENT_F2FS ? 1024 : 0;
		char path[PATH_SIZE];

		peek(made(kinds[i].name), 0, copy, size);
		fixture_write(root, "damaged", copy, size);
		snprintf(path, sizeof(path), "%s/damaged", root);
		taken_for = kinds[i].content;
		for (unsigned int turn = 0; turn < 300; turn++) {
			for (unsigned int n = 0; n < 12; n++) {
				random = random * 1103515245 + 12345;
				copy[at + (random >> 8) % 512] = (unsigned char)(random & 0x10000 ? 0xff : random >> 24);
			}
			poke(path, 0, copy, SUPERBLOCK_HEAD);
			CHECK(strcmp(sum_of(path), "none"));
		}
	}
	taken_for = CONTENT_UNKNOWN;
	free(copy);
}

static void unreadable(void)
{
	const char *path = made("fat12");
	char sum[HASH_TEXT_SIZE];
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK_FAILS(superblock_read(fd, path, &super), "read: ");
	close(fd);
	sum_of(path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	CHECK_FAILS(fingerprint_of(fd, path, &super, sum), "read: ");
	close(fd);
	CHECK_FAILS(superblock_read(-1, "nothing", &super), "size: nothing (");
	/* The device is shorter than it was when its superblock was read. */
	path = made("fat16");
	sum_of(path);
	super.content = CONTENT_UNKNOWN;
	CHECK(!truncate(path, 4096));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK_FAILS(fingerprint_of(fd, path, &super, sum), "ends before");
	close(fd);
}

RUN_TESTS(identities, ext4, xfs, xfs_log_head, btrfs_and_f2fs, vfat, ntfs, exfat, esp, swap, layers, others, cut_off, damaged, unreadable)
