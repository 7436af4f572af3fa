/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on a device, and its fingerprint. The file systems are made by the real tools; then they are changed, cut off or damaged. */
#include "block/fingerprint.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/byteorder.h"
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
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static char paths[KINDS][PATH_SIZE];

/* The path of a new device, on which the kind's tool has made a file system; it stays valid. */
static const char *made(const char *name)
{
	static const char *root;
	char command[PATH_SIZE * 2];
	size_t i = 0;

	while (strcmp(kinds[i].name, name))
		i++;
	if (*paths[i])
		return paths[i];
	if (!root) {
		root = fixture_root();
		setenv("PATH", "/usr/sbin:/sbin:/usr/bin:/bin", 1);
	}
	fixture_text(root, name, "");
	snprintf(paths[i], PATH_SIZE, "%s/%s", root, name);
	chmod(paths[i], 0600);
	snprintf(command, sizeof(command), "%s %s >%s/said 2>&1 || { cat %s/said; exit 1; }", kinds[i].made_by, paths[i], root, root);
	if (truncate(paths[i], (off_t)kinds[i].mib << 20) || system(command)) {
		printf("%s failed\n", kinds[i].made_by);
		exit(EXIT_FAILURE);
	}
	return paths[i];
}

static struct superblock super;

/* The fingerprint of a device, whose superblock is left in `super`. The text is overwritten by the fourth call after this one. */
static const char *sum_of(const char *path)
{
	static char text[4][HASH_TEXT_SIZE];
	static unsigned int turn;
	char *sum = text[turn++ % 4];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	if (!CHECK_OK(superblock_read(fd, path, &super)) || !CHECK_OK(fingerprint_of(fd, path, &super, sum)))
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

static void identities(void)
{
	for (size_t i = 0; i < KINDS; i++) {
		char command[PATH_SIZE + 64], uuid[64] = "";
		const char *path = made(kinds[i].name), *sum = sum_of(path);
		FILE *blkid;

		if (!CHECK_EQ(super.content, kinds[i].content))
			printf("  of %s\n", kinds[i].name);
		CHECK_EQ(super.size, (uint64_t)kinds[i].mib << 20);
		CHECK_STR(sum_of(path), sum);
		CHECK_EQ(content_of(content_name(super.content)), super.content);
		snprintf(command, sizeof(command), "blkid -p -o value -s UUID %s", path);
		blkid = popen(command, "r");
		CHECK(fgets(uuid, sizeof(uuid), blkid));
		pclose(blkid);
		uuid[strcspn(uuid, "\n")] = '\0';
		/* For Btrfs the UUID of the device follows that of the file system. */
		super.uuid[strcspn(super.uuid, "/")] = '\0';
		CHECK_STR(super.uuid, uuid);
	}
	CHECK_EQ(content_of("ext5"), CONTENT_KINDS);
	CHECK_STR(content_name(CONTENT_KINDS), "unknown");
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

static void swap(void)
{
	const char *path = made("swap");
	char before[SUPERBLOCK_UUID_SIZE];

	sum_of(path);
	strcpy(before, super.uuid);
	CHECK(matters(path, 4096 + 100));
	CHECK(matters(path, (8 << 20) / 64 * 40));
	CHECK(matters(path, 4086));
	/* Another system hibernates into the swap area: it is the same area, and has changed. */
	poke(path, 4086, "S1SUSPEND\0", 10);
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_SWAP);
	CHECK_STR(super.uuid, before);
	poke(path, 4086, "SWAPSPACE2", 10);
}

/* LUKS and other layers: the header counts, and the start of what they hold. */
static void layers(void)
{
	const char *root = fixture_root();
	unsigned char *disk = calloc(1, 24 << 20);
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/layer", root);
	memcpy(disk, "LUKS\xba\xbe\0\1", 8);
	disk[104 + 2] = 0x10; /* payload at 4096 sectors */
	strcpy((char *)disk + 168, "2dcf24de 7ede");
	fixture_write(root, "layer", disk, 24 << 20);
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_LUKS);
	CHECK_STR(super.uuid, "2dcf24de?7ede");
	CHECK(matters(path, 2000));
	CHECK(!matters(path, (2 << 20) - 1));
	CHECK(matters(path, (2 << 20) + 1024));
	CHECK(!matters(path, 4 << 20));

	disk[7] = 2;
	strcpy((char *)disk + 4096, "{\"keyslots\":{\"0\":{\"offset\":\"32768\"}},"
				    "\"segments\":{\"0\":{\"type\":\"crypt\",\"offset\":\"16777216\"}}}");
	fixture_write(root, "layer", disk, 24 << 20);
	CHECK(matters(path, (16 << 20) + 1024));
	CHECK(!matters(path, 2 << 20));
	/* A text of the header that has no end. */
	memset(disk + 4096, '"', SUPERBLOCK_HEAD - 4096);
	fixture_write(root, "layer", disk, 24 << 20);
	CHECK(!matters(path, 16 << 20));

	memset(disk, 0, SUPERBLOCK_HEAD);
	memcpy(disk + 512, "LABELONE", 8);
	memcpy(disk + 512 + 24, "LVM2 001", 8);
	memcpy(disk + 512 + 32, "aWX5YbN7Vq5XnJh3dVxw0Fq4eMZzTt1k", 32);
	disk[512 + 72 + 2] = 0x40; /* data at 4 MiB */
	fixture_write(root, "layer", disk, 24 << 20);
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_LVM);
	CHECK_STR(super.uuid, "aWX5YbN7Vq5XnJh3dVxw0Fq4eMZzTt1k");
	CHECK(matters(path, (4 << 20) + 1024));
	CHECK(!matters(path, 3 << 20));

	memset(disk, 0, SUPERBLOCK_HEAD);
	memcpy(disk + 4096, "\xfc\x4e\x2b\xa9\1", 5);
	memset(disk + 4096 + 16, 0x11, 16);
	memset(disk + 4096 + 168, 0x22, 16);
	disk[4096 + 128 + 1] = 0x20; /* data at 8192 sectors */
	fixture_write(root, "layer", disk, 24 << 20);
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_MD);
	CHECK_STR(super.uuid, "11111111-1111-1111-1111-111111111111/22222222-2222-2222-2222-222222222222");
	CHECK(matters(path, (4 << 20) + 1024));
	/* What they hold would start behind the end of the device; the second sum overflows. */
	memset(disk + 4096 + 128, 0xff, 8);
	fixture_write(root, "layer", disk, 24 << 20);
	CHECK(!matters(path, 4 << 20));

	memset(disk, 0x5a, SUPERBLOCK_HEAD);
	fixture_write(root, "layer", disk, 24 << 20);
	sum_of(path);
	CHECK_EQ(super.content, CONTENT_UNKNOWN);
	CHECK_STR(super.uuid, "-");
	CHECK(matters(path, (1 << 20) - 1));
	CHECK(!matters(path, 1 << 20));
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
		for (unsigned int turn = 0; turn < 300; turn++) {
			for (unsigned int n = 0; n < 12; n++) {
				random = random * 1103515245 + 12345;
				copy[at + (random >> 8) % 512] = (unsigned char)(random & 0x10000 ? 0xff : random >> 24);
			}
			/* In every other turn the kind's own marks are put back, so that it is still taken for that kind. */
			if (turn % 2)
				peek(made(kinds[i].name), at, copy + at, 4);
			if (turn % 2)
				peek(made(kinds[i].name), 1024 + 56, copy + 1024 + 56, 2);
			poke(path, 0, copy, SUPERBLOCK_HEAD);
			CHECK(strcmp(sum_of(path), "none"));
		}
	}
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

RUN_TESTS(identities, ext4, xfs, xfs_log_head, btrfs_and_f2fs, vfat, swap, layers, cut_off, damaged, unreadable)
