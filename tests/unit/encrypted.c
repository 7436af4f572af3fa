/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is open that is encrypted on its disk: device mapper's answers, its folders in /sys (drivers/md/dm-sysfs.c, Linux 6.12) with UUIDs as
 * libcryptsetup 2.6 makes them (dm_prepare_uuid()), and mounts.
 */
#include "block/encrypted.h"

#include <linux/dm-ioctl.h>

#include "check.h"
#include "fixture.h"

static char names[512];

static void take(void *context, const char *name)
{
	(void)context;
	strcat(strcat(names, name), ";");
}

static const char *found(const char *root)
{
	*names = '\0';
	CHECK_OK(encrypted_each(root, take, NULL));
	return names;
}

static void device(const char *root, unsigned int number, const char *uuid, const char *name)
{
	char path[128], text[160];

	snprintf(path, sizeof(path), "sys/class/block/dm-%u/dev", number);
	snprintf(text, sizeof(text), "254:%u\n", number);
	fixture_text(root, path, text);
	snprintf(path, sizeof(path), "sys/class/block/dm-%u/dm/uuid", number);
	snprintf(text, sizeof(text), "%s\n", uuid);
	fixture_text(root, path, text);
	snprintf(path, sizeof(path), "sys/class/block/dm-%u/dm/name", number);
	snprintf(text, sizeof(text), "%s\n", name);
	fixture_text(root, path, text);
}

static void by_uuid(void)
{
	const char *root = fixture_root();

	fixture_text(root, "proc/self/mountinfo", "");
	CHECK_STR(found(root), "");
	fixture_text(root, "sys/class/block/vda/dev", "253:0\n");
	device(root, 0, "LVM-2rAkd1jSNHsGEjBeQOiqkPLVrbXkTXTM0Xdn5vLhuPHNcdbIKRiqxSYpE2vAAKbT", "vg-root");
	device(root, 1, "", "bare");
	device(root, 2, "CRYPT-VERITY-0123456789abcdef0123456789abcdef-usr", "usr");
	device(root, 3, "CRYPT-INTEGRITY-data", "data");
	CHECK_STR(found(root), "");
	device(root, 4, "CRYPT-LUKS2-0123456789abcdef0123456789abcdef-luks", "luks");
	CHECK_STR(found(root), "/dev/mapper/luks;");
	device(root, 4, "CRYPT-PLAIN-cryptswap", "cryptswap");
	CHECK_STR(found(root), "/dev/mapper/cryptswap;");
	device(root, 4, "CRYPT-TCRYPT-vc", "vc");
	CHECK_STR(found(root), "/dev/mapper/vc;");
}

static void by_mount(void)
{
	const char *root = fixture_root();

	fixture_text(root, "proc/self/mountinfo",
		     "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
		     "40 22 0:38 / /home/me rw,nosuid shared:20 master:1 - ecryptfs /home/.ecryptfs/me/.Private rw\n"
		     "41 22 0:39 / /mnt/ecryptfs rw - tmpfs ecryptfs rw\n"
		     "42 22 0:40 / /mnt/my\\040files rw - fuse.gocryptfs /home/me/cipher rw,user_id=0\n"
		     "43 22 0:41 / /sshfs rw - fuse.sshfs host: rw\n");
	CHECK_STR(found(root), "/home/me (ecryptfs);/mnt/my\\040files (fuse.gocryptfs);");
}

static void no_mounts(void)
{
	CHECK_FAILS(encrypted_each(fixture_root(), take, NULL), "mountinfo");
}

/* --- device mapper's answers */

struct answer {
	struct dm_ioctl head;
	struct {
		struct dm_target_spec spec;
		char status[8];
	} target[3];
};

static int asked(struct answer *answer, size_t size)
{
	struct blob copy = fixture_blob(answer, size);
	int ret = encrypted_targets(&copy);

	free(copy.data);
	return ret;
}

static struct answer answer(uint32_t count, const char *first, const char *second, const char *third)
{
	const char *const type[] = { first, second, third };
	struct answer a = { .head = { .data_start = sizeof(a.head), .target_count = count } };

	for (uint32_t i = 0; i < 3; i++) {
		strcpy(a.target[i].spec.target_type, type[i]);
		a.target[i].spec.next = (uint32_t)((i + 1) * sizeof(a.target[0]));
	}
	return a;
}

static void targets(void)
{
	struct answer a = answer(3, "linear", "linear", "crypt");

	CHECK_EQ(asked(&a, sizeof(a)), 1);
	a = answer(2, "linear", "linear", "crypt");
	CHECK_EQ(asked(&a, sizeof(a)), 0);
	a = answer(0, "crypt", "crypt", "crypt");
	CHECK_EQ(asked(&a, sizeof(a)), 0);
	a = answer(3, "verity", "integrity", "snapshot");
	CHECK_EQ(asked(&a, sizeof(a)), 0);
	a = answer(1, "default-key", "", "");
	CHECK_EQ(asked(&a, sizeof(a)), 1);
}

static void malformed(void)
{
	struct answer a = answer(3, "linear", "linear", "crypt");

	CHECK_FAILS(asked(&a, sizeof(a.head) - 1), "too short");
	CHECK_FAILS(asked(&a, sizeof(a) - sizeof(a.target[0]) + 8), "ends early");
	a.target[0].spec.next = UINT32_MAX;
	CHECK_FAILS(asked(&a, sizeof(a)), "ends early");
	a = answer(3, "linear", "linear", "crypt");
	a.head.data_start = UINT32_MAX;
	CHECK_FAILS(asked(&a, sizeof(a)), "ends early");
	a = answer(1, "linear", "", "");
	memset(a.target[0].spec.target_type, 'x', DM_MAX_TYPE_NAME);
	CHECK_FAILS(asked(&a, sizeof(a)), "without an end");
}

RUN_TESTS(by_uuid, by_mount, no_mounts, targets, malformed)
