#include "block/fingerprint.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/byteorder.h"
#include "base/io.h"
#include "base/range.h"
#include "base/report.h"

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

/* Adds what the device has of [at, at + size), and which range that is. 0, or -1 and fail(). */
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
		size_t part = size < PIECE ? (size_t)size : PIECE;

		if (pread_exact(r->fd, r->piece, part, at, r->name))
			return -1;
		hash_add(r->hash, r->piece, part);
		at += part;
		size -= part;
	}
	return 0;
}

/*
 * The whole superblock, with its times, mount count, state and errors, and the journal's, whose sequence number and start
 * change when it is replayed. s_jnl_blocks in the superblock is a copy of the journal inode's map (fs/ext4/ext4.h; an
 * extent's fields: fs/ext4/ext4_extents.h; journal_superblock_t: include/linux/jbd2.h).
 */
static int add_ext4(struct reader *r, const struct superblock *super)
{
	const unsigned char *sb = super->head + 1024, *map = sb + 0x10c;
	uint64_t block_size = 1024ull << le32_at(sb + 24), block;
	bool extents = le16_at(map) == 0xf30a;

	if (add(r, 1024, 1024))
		return -1;
	if (sb[0xfd] != 1 || (extents && (!le16_at(map + 2) || le16_at(map + 6) || le32_at(map + 12))))
		return 0;
	block = extents ? (uint64_t)le16_at(map + 18) << 32 | le32_at(map + 20) : le32_at(map);
	return block && block < r->size / block_size ? add(r, block * block_size, 1024) : 0;
}

#define XLOG_BLOCK 512u

struct xfs_log {
	uint64_t at, blocks; /* of XLOG_BLOCK bytes */
};

/* The cycle that a block of the log was written in (xlog_get_cycle() in fs/xfs/xfs_log_priv.h). */
static int xfs_cycle(const struct reader *r, const struct xfs_log *log, uint64_t block, uint32_t *cycle)
{
	unsigned char head[8];

	if (pread_exact(r->fd, head, sizeof(head), log->at + block * XLOG_BLOCK, r->name))
		return -1;
	*cycle = be32_at(head) == 0xfeedbabe ? be32_at(head + 4) : be32_at(head);
	return 0;
}

/* The log's place from the superblock (struct xfs_dsb); false for one on another device or of no sense. */
static bool xfs_log(const struct reader *r, const unsigned char *sb, struct xfs_log *log)
{
	uint64_t block_size = be32_at(sb + 4), start = be64_at(sb + 48), blocks = be32_at(sb + 96), ag_blocks = be32_at(sb + 84);
	unsigned int ag_log = sb[124];

	if (!start || !blocks || !ag_blocks || block_size < 512 || block_size > 65536 || block_size % 512 || ag_log > 31 ||
	    start >> ag_log > UINT32_MAX)
		return false;
	start = (start >> ag_log) * ag_blocks + (start & ((1ull << ag_log) - 1));
	if (start > r->size / block_size || !inside(r, start * block_size, blocks * block_size))
		return false;
	log->at = start * block_size;
	log->blocks = blocks * (block_size / XLOG_BLOCK);
	return true;
}

/*
 * The superblock, and the log where it was last written. A mount writes at the log's head, which is where the cycle
 * number falls: the blocks before it are of this turn through the log, those behind it of the one before.
 */
static int add_xfs(struct reader *r, const struct superblock *super)
{
	const uint64_t around = 128;
	struct xfs_log log;
	uint64_t head = 0, end, from;
	uint32_t first, last, cycle;

	if (add(r, 0, 512))
		return -1;
	if (!xfs_log(r, super->head, &log))
		return 0;
	end = log.blocks - 1;
	if (xfs_cycle(r, &log, 0, &first) || xfs_cycle(r, &log, end, &last))
		return -1;
	/* The first block of the last one's cycle; when there is but one cycle, the head is at the log's start. */
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
	return add(r, log.at + from * XLOG_BLOCK, (end - from) * XLOG_BLOCK);
}

/* The first block of both checkpoint packs: one of them is written by each checkpoint, with its version. */
static int add_f2fs(struct reader *r, const struct superblock *super)
{
	const unsigned char *sb = super->head + 1024;
	uint64_t pack = le32_at(sb + 76), block_size, segment;

	if (add(r, 1024, 3072))
		return -1;
	if (le32_at(sb + 16) > 16 || le32_at(sb + 20) > 16)
		return 0;
	block_size = 1ull << le32_at(sb + 16);
	segment = 1ull << le32_at(sb + 20);
	return add(r, pack * block_size, block_size) || add(r, (pack + segment) * block_size, block_size) ? -1 : 0;
}

/*
 * The boot sector with its dirty bit, FSInfo, the first FAT and the root directory. FAT has nothing that every mount
 * changes: a file of a lower directory that is overwritten in place goes unseen.
 */
static int add_vfat(struct reader *r, const struct superblock *super)
{
	const unsigned char *sb = super->head;
	uint64_t sector = le16_at(sb + 11), cluster = sector * sb[13], fat_at = le16_at(sb + 14) * sector, root_at;
	uint64_t fat_size = (le16_at(sb + 22) ? le16_at(sb + 22) : le32_at(sb + 36)) * sector;
	uint32_t next;

	if (add(r, 0, 512) || add(r, fat_at, fat_size < MIB(16) ? fat_size : MIB(16)))
		return -1;
	root_at = fat_at + sb[16] * fat_size;
	if (le16_at(sb + 22))
		return add(r, root_at, le16_at(sb + 17) * 32);
	if (add(r, le16_at(sb + 48) * sector, 512))
		return -1;
	next = le32_at(sb + 44);
	/* A damaged chain may be a circle. */
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

/* Where a layer's payload starts, by its header; 0 if it does not say. */
static uint64_t payload_at(const struct superblock *super)
{
	static const char key[] = "\"offset\":\"";
	const unsigned char *head = super->head;
	uint64_t sectors;
	const char *at;

	switch (super->content) {
	case CONTENT_LUKS:
		if (be16_at(head + 6) == 1)
			return be32_at(head + 104) * 512ull;
		/* Version 2 has it in JSON text, which begins behind the 4 KiB of the binary header and ends in a NUL. */
		at = memchr(head + 4096, 0, SUPERBLOCK_HEAD - 4096) ? strstr((const char *)head + 4096, "\"segments\"") : NULL;
		at = at ? strstr(at, key) : NULL;
		return at ? strtoull(at + sizeof(key) - 1, NULL, 10) : 0;
	case CONTENT_LVM:
		/* The first data area of pv_header. */
		for (size_t label = 0; label < 4 * 512; label += 512)
			if (!memcmp(head + label, "LABELONE", 8))
				return le64_at(head + label + 32 + 40);
		return 0;
	case CONTENT_MD:
		sectors = le64_at(head + (le32_at(head) == 0xa92b4efc ? 0 : 4096) + 128);
		return sectors < super->size / 512 ? sectors * 512 : 0;
	default:
		return 0;
	}
}

/* What is not known by its own rules: the first MiB, and of a layer the start of its payload, where the next superblock is. */
static int add_start(struct reader *r, const struct superblock *super)
{
	uint64_t payload = payload_at(super);

	return add(r, 0, MIB(1)) || (payload && add(r, payload, MIB(2))) ? -1 : 0;
}

static int add_content(struct reader *r, const struct superblock *super)
{
	switch (super->content) {
	case CONTENT_EXT4: return add_ext4(r, super);
	case CONTENT_XFS: return add_xfs(r, super);
	/* The superblock has the generation, which each transaction counts up. */
	case CONTENT_BTRFS: return add(r, 65536, 4096);
	case CONTENT_F2FS: return add_f2fs(r, super);
	case CONTENT_VFAT: return add_vfat(r, super);
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
