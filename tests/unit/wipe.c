/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wiping. Where the device does not discard, files that hold memory are overwritten before they are deleted. Other files stay. */
#include "image/wipe.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "folder.h"

#define MEMORY "what was in memory"

/* Opens the file, so that its content can be read when it is deleted. */
static int watch(const char *root, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void expect_zeros(int fd, size_t size)
{
	unsigned char buf[256] = { 0 };
	size_t zeros = 0;

	CHECK_EQ(pread_upto(fd, buf, sizeof(buf), 0, "deleted"), size);
	while (zeros < size && !buf[zeros])
		zeros++;
	CHECK_EQ(zeros, size);
	close(fd);
}

static void overwritten(void)
{
	const char *root = fixture_root();
	int dump, index, other;
	char buf[256] = "";

	fixture_text(root, "hibernate.meta", "state=consumed\n");
	fixture_text(root, "dump.elf.lz4", MEMORY);
	fixture_text(root, "dump.index", MEMORY);
	fixture_text(root, "khibernate/bzImage", "the appliance");
	fixture_text(root, "note", "not ours");
	dump = watch(root, "dump.elf.lz4");
	index = watch(root, "dump.index");
	CHECK_OK(image_wipe(root, 0));
	expect_zeros(dump, strlen(MEMORY));
	expect_zeros(index, strlen(MEMORY));
	CHECK_EQ(watch(root, "hibernate.meta"), -1);
	CHECK_EQ(watch(root, "dump.elf.lz4"), -1);
	other = watch(root, "note");
	CHECK_EQ(pread_upto(other, buf, sizeof(buf), 0, "note"), strlen("not ours"));
	close(other);
	CHECK_OK(image_wipe(root, 0));
}

static void unreadable_folder(void)
{
	const char *root = fixture_root();

	fixture_text(root, "dump.elf", MEMORY);
	folder_fails_after(0);
	CHECK_FAILS(image_wipe(root, 0), "image: reading ");
	folder_fails_after(-1);
	CHECK_FAILS(image_wipe("/nowhere/at/all", 0), "wipe: /nowhere");
}

/* What a stranger put in the place of an image's files: nothing that they lead to is overwritten, and no pipe is waited for. */
static void no_files(void)
{
	const char *root = fixture_root();
	char path[512], target[512], buf[256] = "";
	int other;

	fixture_text(root, "note", "not ours");
	snprintf(target, sizeof(target), "%s/note", root);
	snprintf(path, sizeof(path), "%s/dump.elf", root);
	CHECK_OK(symlink(target, path));
	snprintf(path, sizeof(path), "%s/dump.index", root);
	CHECK_OK(mkfifo(path, 0600));
	snprintf(path, sizeof(path), "%s/hibernate.meta", root);
	CHECK_OK(mkfifo(path, 0600));
	CHECK_OK(image_wipe(root, 0));
	CHECK_EQ(watch(root, "dump.elf"), -1);
	CHECK_EQ(access(path, F_OK), -1);
	other = watch(root, "note");
	CHECK_EQ(pread_upto(other, buf, sizeof(buf), 0, "note"), strlen("not ours"));
	close(other);
}

RUN_TESTS(no_files, overwritten, unreadable_folder)
