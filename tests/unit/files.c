/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of an image: which they are, and in which order they are deleted. */
#include "image/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "folder.h"

static const char *const names[] = {
	"hibernate.meta", "hibernate.meta.new", "dump.elf", "dump.elf.lz4", "dump.elf.zst", "dump.index", "kexec_jump_back_entry",
	"resume.error", "resume.error.new", "resume.attempts", "resume.attempts.new",
};

enum { NAMES = sizeof(names) / sizeof(*names) };

static bool is_there(const char *root, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return !access(path, F_OK);
}

static size_t count_there(const char *root)
{
	size_t count = 0;

	for (size_t i = 0; i < NAMES; i++)
		count += is_there(root, names[i]);
	return count;
}

/* A partition with an image, and with other things beside it. */
static const char *partition(void)
{
	const char *root = fixture_root();

	for (size_t i = 0; i < NAMES; i++)
		fixture_text(root, names[i], "12345678");
	fixture_text(root, "khibernate/bzImage", "");
	fixture_text(root, "lost+found/x", "");
	fixture_text(root, "hibernate.meta.old", "");
	return root;
}

static void check_others_stay(const char *root)
{
	CHECK(is_there(root, "khibernate/bzImage"));
	CHECK(is_there(root, "lost+found/x"));
	CHECK(is_there(root, "hibernate.meta.old"));
}

static void roles(void)
{
	CHECK_EQ(file_role("hibernate.meta"), FILE_NAMES_IMAGE);
	CHECK_EQ(file_role("hibernate.meta.new"), FILE_NAMES_IMAGE);
	CHECK_EQ(file_role("dump.elf"), FILE_HOLDS_MEMORY);
	CHECK_EQ(file_role("dump.elf.zst"), FILE_HOLDS_MEMORY);
	CHECK_EQ(file_role("dump.index"), FILE_HOLDS_MEMORY);
	CHECK_EQ(file_role("resume.error"), FILE_BESIDE);
	CHECK_EQ(file_role("dump"), FILE_FOREIGN);
	CHECK_EQ(file_role("hibernate.metadata"), FILE_FOREIGN);
	CHECK_EQ(file_role("khibernate"), FILE_FOREIGN);
}

static void deleted(void)
{
	const char *root = partition();

	CHECK_OK(files_delete(root, NULL));
	CHECK_EQ(count_there(root), 0);
	check_others_stay(root);
	CHECK_OK(files_delete(root, NULL));
	CHECK_FAILS(files_delete("/nowhere/at/all", NULL), "/nowhere");
}

static void unnamed(void)
{
	const char *root = partition();

	CHECK_OK(files_unname(root));
	CHECK(!is_there(root, "hibernate.meta"));
	CHECK(!is_there(root, "hibernate.meta.new"));
	CHECK_EQ(count_there(root), NAMES - 2);
	check_others_stay(root);
}

static const char *seen_root;
static unsigned int seen;

/* Is called for each file before it is deleted: only for those that hold memory, and only when hibernate.meta is gone. */
static int look(const char *path)
{
	seen++;
	CHECK_EQ(file_role(strrchr(path, '/') + 1), FILE_HOLDS_MEMORY);
	CHECK(!access(path, F_OK));
	CHECK(!is_there(seen_root, "hibernate.meta"));
	return 0;
}

static int refuse(const char *path)
{
	return fail("test", 0, "%s", strrchr(path, '/') + 1);
}

static void overwritten_first(void)
{
	seen_root = partition();
	CHECK_FAILS(files_delete(seen_root, refuse), "test: dump.");
	CHECK(!is_there(seen_root, "hibernate.meta"));
	CHECK(is_there(seen_root, "dump.elf") && is_there(seen_root, "dump.index"));
	CHECK_OK(files_delete(seen_root, look));
	CHECK_EQ(seen, 4);
	CHECK_EQ(count_there(seen_root), 0);
}

static void undeletable(void)
{
	const char *root = fixture_root();

	/* As long as hibernate.meta cannot be deleted, nothing else may be. */
	fixture_text(root, "hibernate.meta/x", "");
	fixture_text(root, "dump.elf", "");
	CHECK_FAILS(files_delete(root, NULL), "deleting hibernate.meta");
	CHECK(is_there(root, "dump.elf"));
}

static void dumps(void)
{
	const char *root = partition();
	uint64_t room, less;
	struct dumps found;

	if (CHECK_OK(files_dumps(root, &found))) {
		CHECK_EQ(found.count, 3);
		CHECK_EQ(found.bytes, 24);
		CHECK_STR(found.name, "dump.elf");
	}
	CHECK_OK(files_room(root, &room));
	CHECK(room >= 24);
	CHECK_OK(files_dumps(fixture_root(), &found));
	CHECK_EQ(found.count, 0);
	CHECK_FAILS(files_room("/nowhere/at/all", &less), "/nowhere");
}

static void unreadable_folder(void)
{
	const char *root = partition();
	struct dumps found;

	folder_fails_after(3);
	CHECK_FAILS(files_dumps(root, &found), "image: reading ");
	folder_fails_after(0);
	CHECK_FAILS(files_delete(root, NULL), "image: reading ");
	folder_fails_after(-1);
	/* hibernate.meta was deleted all the same, so this is no image any more. */
	CHECK(!is_there(root, "hibernate.meta"));
}

RUN_TESTS(roles, deleted, unnamed, overwritten_first, undeletable, dumps, unreadable_folder)
