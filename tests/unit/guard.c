/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stale image guard: what B records of A's devices, and what C says of them later. Devices are files in a made-up /dev. */
#include "checks/guard.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/hash.h"
#include "blockdev.h"
#include "check.h"
#include "fixture.h"
#include "folder.h"

#define DISK 262144

static const char *root;

/* A device with an ext4 of mke2fs, of which `change` is the mount count; with uuid 0, one of no known kind. */
static void disk(const char *name, unsigned char uuid, unsigned char change, size_t size)
{
	static const char *ext4;
	unsigned char *data = calloc(1, size);
	char path[128];

	if (!ext4)
		ext4 = blockdev_made(fixture_root(), "ext4", 1, "mke2fs -q -F -t ext4");
	if (uuid) {
		FILE *made = fopen(ext4, "rb");

		CHECK(made && fread(data, 1, DISK, made) == DISK);
		fclose(made);
		memset(data + 1024 + 104, uuid, 16);
	}
	data[1024 + 52] = change;
	snprintf(path, sizeof(path), "dev/%s", name);
	fixture_write(root, path, data, size);
	for (char *mark = path; (mark = strchr(mark + 4, '/'));)
		*mark = '!';
	free(data);
	{
		char folder[160];

		snprintf(folder, sizeof(folder), "sys/class/block/%s/uevent", path + 4);
		fixture_text(root, folder, "");
	}
}

static void unplug(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/sys/class/block/%s/uevent", root, name);
	CHECK(!unlink(path));
	*strrchr(path, '/') = '\0';
	CHECK(!rmdir(path));
	snprintf(path, sizeof(path), "%s/dev/%s", root, name);
	unlink(path);
}

static void fresh(void)
{
	root = fixture_root();
	fixture_text(root, "sys/class/block/loop0/uevent", "");
	fixture_text(root, "sys/class/block/ram0/uevent", "");
	/* A drive without a medium, whose node cannot be opened. */
	fixture_text(root, "sys/class/block/sr0/uevent", "");
	disk("vda", 0x11, 1, DISK);
	disk("vdb", 0x22, 1, DISK);
}

#define UUID1 "11111111-1111-1111-1111-111111111111"
#define UUID2 "22222222-2222-2222-2222-222222222222"
#define VDA "device=/dev/vda ext4 " UUID1 " 262144\n"
#define VDB "device=/dev/vdb ext4 " UUID2 " 262144\n"

/* Returns what guard_record() prints; the caller frees it. */
static struct blob record(const char *config)
{
	struct blob in = { (unsigned char *)config, strlen(config) }, out = { 0 };
	FILE *file = open_memstream((char **)&out.data, &out.size);

	CHECK_OK(guard_record(root, &in, 0, file));
	fclose(file);
	return out;
}

static void unchanged(void)
{
	struct blob meta;

	fresh();
	meta = record("id=x\n" VDA "quiet=0\n" VDB);
	CHECK(strstr((char *)meta.data, "fingerprint=ext4 " UUID1 " 262144 "));
	CHECK(strstr((char *)meta.data, " /dev/vdb\n"));
	CHECK(!strstr((char *)meta.data, "unguarded"));
	CHECK_OK(guard_compare(root, &meta, 0));
	folder_fails_after(1);
	CHECK_FAILS(guard_compare(root, &meta, 0), "/sys/class/block (Input/output error)");
	folder_fails_after(-1);
	/* C's kernel names the two devices in the other order, and one of them by another driver. */
	disk("vda", 0x22, 1, DISK);
	unplug("vdb");
	disk("cciss/c0d0", 0x11, 1, DISK);
	CHECK_OK(guard_compare(root, &meta, 0));
	/* A disk that A had not in use may be new, and may change. */
	disk("vdc", 0x33, 1, DISK);
	CHECK_OK(guard_compare(root, &meta, 0));
	disk("vdc", 0x33, 2, DISK);
	CHECK_OK(guard_compare(root, &meta, 0));
	free(meta.data);
}

static void changed(void)
{
	struct blob meta;

	fresh();
	meta = record(VDA VDB);
	disk("vdb", 0x22, 2, DISK);
	CHECK_FAILS(guard_compare(root, &meta, 0), "stale: /dev/vdb (ext4, UUID " UUID2 "): mounted or written since");
	disk("vdb", 0x22, 1, DISK);
	CHECK_OK(guard_compare(root, &meta, 0));
	disk("vda", 0x11, 1, DISK + 4096);
	CHECK_FAILS(guard_compare(root, &meta, 0), "stale: /dev/vda (ext4, UUID " UUID1 "): 262144 bytes when the image was saved, now 266240");
	free(meta.data);
}

static void missing(void)
{
	struct blob meta;

	fresh();
	meta = record(VDA VDB);
	unplug("vdb");
	CHECK_FAILS(guard_compare(root, &meta, 0), "missing: /dev/vdb (ext4, UUID " UUID2 "): in use when the image was saved, not there now");
	/* The device was formatted anew. */
	disk("vdb", 0x33, 1, DISK);
	CHECK_FAILS(guard_compare(root, &meta, 0), "missing: /dev/vdb");
	free(meta.data);
}

static void comes_late(void)
{
	struct blob meta;
	pid_t child;
	int status;

	fresh();
	meta = record(VDA VDB);
	unplug("vdb");
	fflush(stdout);
	child = fork();
	if (!child) {
		usleep(300000);
		disk("vdb", 0x22, 1, DISK);
		_exit(0);
	}
	CHECK_OK(guard_compare(root, &meta, 10));
	waitpid(child, &status, 0);
	free(meta.data);
}

/* There are two copies of a file system, as dd makes them. */
static void copies(void)
{
	struct blob meta;

	fresh();
	meta = record(VDA);
	disk("vdc", 0x11, 1, DISK);
	CHECK_OK(guard_compare(root, &meta, 0));
	/* Which of the two is A's cannot be known, so neither may have changed. */
	disk("vdc", 0x11, 2, DISK);
	CHECK_FAILS(guard_compare(root, &meta, 0), "stale: /dev/vdc");
	disk("vdc", 0x11, 1, DISK);
	disk("vda", 0x11, 2, DISK);
	CHECK_FAILS(guard_compare(root, &meta, 0), "stale: /dev/vda");
	free(meta.data);

	/* Both copies are there already when A is saved: first they are the same, then one is a little older. */
	disk("vda", 0x11, 1, DISK);
	meta = record(VDA);
	CHECK_OK(guard_compare(root, &meta, 0));
	unplug("vdc");
	CHECK_FAILS(guard_compare(root, &meta, 0), "missing: /dev/vda");
	free(meta.data);
	disk("vdc", 0x11, 1, DISK);
	disk("vda", 0x11, 2, DISK);
	meta = record(VDA);
	CHECK_OK(guard_compare(root, &meta, 0));
	disk("vda", 0x11, 1, DISK);
	CHECK_FAILS(guard_compare(root, &meta, 0), "stale: /dev/");
	free(meta.data);
}

static void of_unknown_kind(void)
{
	struct blob meta;

	fresh();
	disk("vdc", 0, 1, DISK);
	disk("vdd", 0, 1, DISK * 2);
	meta = record("device=/dev/vdc unknown - 262144\n");
	CHECK_OK(guard_compare(root, &meta, 0));
	/* A device of another size is none of A's, so it may change. A new one of the same size may appear. */
	disk("vdd", 0, 2, DISK * 2);
	disk("vde", 0, 7, DISK);
	CHECK_OK(guard_compare(root, &meta, 0));
	unplug("vde");
	disk("vdc", 0, 2, DISK);
	CHECK_FAILS(guard_compare(root, &meta, 0), "stale: /dev/vdc (unknown, 262144 bytes): written since");
	unplug("vdc");
	CHECK_FAILS(guard_compare(root, &meta, 0), "missing: /dev/vdc (unknown, 262144 bytes)");
	free(meta.data);
}

static void unguarded(void)
{
	struct blob meta;
	char many[2048] = VDA;

	fresh();
	meta = record(VDA "device=/dev/sdx ext4 33333333-3333-3333-3333-333333333333 5\ndevice=/dev/sdy unreadable - 0\n");
	CHECK(strstr((char *)meta.data, "fingerprint=ext4 " UUID1));
	CHECK(strstr((char *)meta.data, "\nunguarded=/dev/sdx (ext4, UUID 33333333-3333-3333-3333-333333333333), "
					"/dev/sdy (unreadable, 0 bytes)\n"));
	CHECK_OK(guard_compare(root, &meta, 0));
	free(meta.data);
	for (int i = 0; i < 9; i++)
		sprintf(many + strlen(many), "device=/dev/sd%d vfat 1234-567%d 5\n", i, i);
	meta = record(many);
	CHECK(strstr((char *)meta.data, "/dev/sd5 (vfat, UUID 1234-5675) and 3 more\n"));
	free(meta.data);
	/* B's kernel does not have the device. */
	root = fixture_root();
	fixture_text(root, "sys/class/block/ram0/uevent", "");
	meta = record(VDA);
	CHECK(!strncmp((char *)meta.data, "unguarded=/dev/vda (ext4, UUID 1", 32));
	free(meta.data);
}

/*
 * A kind that only libblkid knows, and one that another program of ours knew. What firmware writes to its own partition does not count, but
 * another file system there does.
 */
static void kinds(void)
{
	static const char table[] = "echo start=2048,size=131072,type=U | sfdisk -q -X gpt";
	struct blob meta, other;
	char line[256];
	int fd;

	fresh();
	blockdev_made(root, "dev/vdc", 16, "mkfs.jfs -q");
	blockdev_add(root, "vdc", 0, 32768);
	blockdev_made(root, "dev/vdd", 68, table);
	blockdev_add(root, "vdd", 0, 139264);
	blockdev_add(root, "vdd/vdd1", 2048, 131072);
	blockdev_made(root, "dev/vdd1", 64, "mkfs.vfat -F 32 -i 12345678");
	snprintf(line, sizeof(line), "device=/dev/vdd1 esp 1234-5678 %u\ndevice=/dev/vdc unknown - %u\n", 64 << 20, 16 << 20);
	meta = record(line);
	CHECK(strstr((char *)meta.data, "fingerprint=esp 1234-5678 67108864 "));
	CHECK(strstr((char *)meta.data, "unguarded=/dev/vdc (unknown, 16777216 bytes)"));
	other = fixture_blob("fingerprint=jfs x 1 0123456789abcdef /dev/vdx\n", 46);
	CHECK_FAILS(guard_compare(root, &other, 0), "missing: /dev/vdx (jfs, UUID x)");
	free(other.data);
	/* FSInfo and the FAT. */
	snprintf(line, sizeof(line), "%s/dev/vdd1", root);
	fd = open(line, O_RDWR | O_CLOEXEC);
	CHECK_EQ(pwrite(fd, "x", 1, 512 + 488), 1);
	CHECK_EQ(pwrite(fd, "x", 1, 32 * 512 + 100), 1);
	CHECK_OK(guard_compare(root, &meta, 0));
	CHECK_EQ(pwrite(fd, "\4", 1, 13), 1);
	close(fd);
	CHECK_FAILS(guard_compare(root, &meta, 0), "stale: /dev/vdd1 (esp, UUID 1234-5678): ");
	free(meta.data);
}

/* An image without fingerprints, as an earlier version made it, is resumed. */
static void without(void)
{
	struct blob meta = fixture_blob("format=2\nstate=ready\n", 21);
	struct blob none = record("id=x\n");

	CHECK_EQ(none.size, 0);
	CHECK_OK(guard_compare("/nowhere", &meta, 0));
	free(meta.data);
	free(none.data);
}

static void malformed(void)
{
	static const char *const lines[] = {
		"", "ext4", "ext4 u 1 0123456789abcdef", "ext4 u 1 0123456789abcdef n more",
		"unreadable u 1 0123456789abcdef n", "0123456789012345678901234567890123456789 u 1 0123456789abcdef n",
		"ext4 u x 0123456789abcdef n", "ext4 u -1 0123456789abcdef n", "ext4 u 1 0123456789abcde n",
		"ext4 u 1 0123456789abcdef0 n", "ext4 u 18446744073709551616 0123456789abcdef n",
		"ext4 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789 1 0123456789abcdef n",
		"ext4 u 1 0123456789abcdef 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789",
	};
	char text[2048];

	fresh();
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct blob meta;

		snprintf(text, sizeof(text), "format=2\nfingerprint=%s\nstate=ready\n", lines[i]);
		meta = fixture_blob(text, strlen(text));
		CHECK_FAILS(guard_compare(root, &meta, 0), "metadata: fingerprint=");
		free(meta.data);
		snprintf(text, sizeof(text), "fingerprint=%s", lines[i]);
		meta = fixture_blob(text, strlen(text));
		CHECK_FAILS(guard_compare(root, &meta, 0), "metadata: fingerprint=");
		free(meta.data);
	}
	memset(text, 'x', sizeof(text));
	memcpy(text, "fingerprint=", 12);
	struct blob meta = fixture_blob(text, sizeof(text));

	CHECK_FAILS(guard_compare(root, &meta, 0), "has 2036 characters");
	free(meta.data);
}

RUN_TESTS(unchanged, changed, missing, comes_late, copies, of_unknown_kind, unguarded, kinds, without, malformed)
