/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of an image in a folder, and its changes: only a commit makes it ready, and taking back that it is consumed. */
#include "image/state.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/keyvalue.h"
#include "check.h"
#include "fixture.h"
#include "folder.h"
#include "image/sealed.h"

#define DESCRIPTION(state) \
	"format=2\nstate=" state "\narch=x86_64\nid=8a1c\ndump=dump.elf.lz4\ndump_size=1234567\nindex_sum=0123456789abcdef\n" \
	"window=4000000-8000000\nram=100000-4000000,8000000-7ffe0000\njump_back_entry=0x1000000\n"

/* Writes a file of `lines` and their checksum. */
static void put_sealed(const char *root, const char *name, const char *lines)
{
	struct blob sealed;

	if (CHECK_OK(sealed_make("test", lines, strlen(lines), &sealed))) {
		fixture_write(root, name, sealed.data, sealed.size);
		free(sealed.data);
	}
}

/* Makes a folder with a dump and this description. */
static const char *image(const char *lines)
{
	const char *root = fixture_root();

	fixture_text(root, "dump.elf.lz4", "the dump");
	put_sealed(root, "hibernate.meta", lines);
	return root;
}

static void check_status(const char *root, bool force, const char *state, const char *reason, const char *why, int line)
{
	struct image_status status;

	if (!check_success(image_status(root, force, &status), __FILE__, line, "image_status"))
		return;
	check_text(image_state_name(status.state), state, __FILE__, line, "state");
	check_text(reason_name(status.reason), reason, __FILE__, line, "reason");
	if (!check_result(!*why ? !*status.why : strstr(status.why, why) != NULL, __FILE__, line, "why"))
		printf(": expected \"%s\", got \"%s\"\n", why, status.why);
	image_status_free(&status);
}

#define CHECK_STATUS(root, force, state, reason, why) check_status(root, force, state, reason, why, __LINE__)

static void by_its_description(void)
{
	struct image_status status;
	char saved_at[IMAGE_TIME_MAX];
	const char *root = fixture_root();

	CHECK_STATUS(root, false, "absent", "NONE", "");
	fixture_text(root, "dump.index", "");
	CHECK_STATUS(root, false, "absent", "NONE", "");
	fixture_text(root, "dump.elf.zst", "");
	CHECK_STATUS(root, false, "torn", "TORN", "there is a dump.elf.zst without hibernate.meta");
	/* What is left of a commit that was cut makes no image. */
	put_sealed(root, "hibernate.meta.new", DESCRIPTION("ready"));
	CHECK_STATUS(root, false, "torn", "TORN", "incomplete");
	root = image(DESCRIPTION("ready"));
	CHECK_STATUS(root, false, "ready", "NONE", "");
	if (CHECK_OK(image_status(root, false, &status))) {
		CHECK(status.described);
		CHECK_EQ(status.attempts, 0);
		CHECK_EQ(status.meta.dump_size, 1234567);
		CHECK_STR(status.meta.entry, "0x1000000");
		image_saved_at(&status, saved_at);
		CHECK_STR(saved_at, "an unknown time");
		image_status_free(&status);
	}
	root = image(DESCRIPTION("ready") "saved_at=2026-11-26 21:53:32 +0100\n");
	if (CHECK_OK(image_status(root, false, &status))) {
		image_saved_at(&status, saved_at);
		CHECK_STR(saved_at, "2026-11-26 21:53:32 +0100");
		image_status_free(&status);
	}
	CHECK_STATUS(image(DESCRIPTION("consumed")), false, "consumed", "NONE", "");
	CHECK_STATUS(image(DESCRIPTION("snapshot")), false, "snapshot", "NONE", "");
	/* A consumed image is known as such also if it is of another format. */
	CHECK_STATUS(image("format=1\nstate=consumed\n"), false, "consumed", "NONE", "");
	CHECK_STATUS(image("format=1\nstate=ready\n"), false, "refused", "DAMAGED", "metadata: format 1");
	CHECK_STATUS(image(DESCRIPTION("whatever")), true, "refused", "DAMAGED", "no known state: whatever");
	CHECK_STATUS(image(DESCRIPTION("ready\nstate=ready")), true, "refused", "DAMAGED", "no known state");
	CHECK_FAILS(image_status("/nowhere/at/all", false, &status), "/nowhere");
}

static void damaged_description(void)
{
	const char *root = fixture_root();
	char path[512];

	fixture_text(root, "hibernate.meta", DESCRIPTION("ready"));
	CHECK_STATUS(root, true, "refused", "DAMAGED", "metadata: it has no checksum");
	fixture_text(root, "hibernate.meta", DESCRIPTION("consumed") "sum=0123456789abcdef\n");
	CHECK_STATUS(root, true, "refused", "DAMAGED", "checksum is wrong");
	fixture_text(root, "hibernate.meta", "");
	CHECK_STATUS(root, true, "refused", "DAMAGED", "no checksum");
	/* A description that cannot be read counts as there. */
	snprintf(path, sizeof(path), "%s/hibernate.meta", root);
	CHECK_OK(unlink(path));
	CHECK_OK(mkdir(path, 0700));
	CHECK_STATUS(root, true, "refused", "DAMAGED", "hibernate.meta is no regular file");
	CHECK_OK(rmdir(path));
	CHECK_OK(symlink("nothing", path));
	CHECK_STATUS(root, true, "refused", "DAMAGED", "open: ");
	/* Nor is a link followed to one that is good, or a pipe waited for. */
	CHECK_OK(unlink(path));
	put_sealed(root, "other", DESCRIPTION("ready"));
	CHECK_OK(symlink("other", path));
	CHECK_STATUS(root, true, "refused", "DAMAGED", "open: ");
	CHECK_OK(unlink(path));
	CHECK_OK(mkfifo(path, 0600));
	CHECK_STATUS(root, true, "refused", "DAMAGED", "hibernate.meta is no regular file");
}

/* An image is refused if there is a resume.error, whatever that says. */
static void refused(void)
{
	static const struct {
		const char *lines;
		bool seal;
		const char *reason, *why, *forced;
	} cases[] = {
		{ "code=STALE\nreason=/dev/vda\n", true, "STALE", "/dev/vda", "ready" },
		{ "code=NORESUME\nreason=said so\n", true, "NORESUME", "said so", "ready" },
		{ "code=DAMAGED\nreason=checksum\n", true, "DAMAGED", "checksum", "refused" },
		{ "code=MACHINE\nreason=cpu\n", true, "MACHINE", "cpu", "refused" },
		{ "code=JUMP\nreason=jump\n", true, "JUMP", "jump", "refused" },
		{ "code=STALE\n", true, "STALE", "resume.error is there, and damaged", "ready" },
		/* A file of an earlier version, which has no code. */
		{ "reason=devices: stale: /dev/vda\n", true, "DAMAGED", "devices: stale: /dev/vda", "refused" },
		{ "reason=khibernate.noresume was given\n", true, "DAMAGED", "khibernate.noresume was given", "refused" },
		{ "code=STALE\nreason=/dev/vda\n", false, "DAMAGED", "/dev/vda", "refused" },
		{ "code=STALE\ncode=STALE\nreason=/dev/vda\n", true, "DAMAGED", "/dev/vda", "refused" },
		{ "code=NONE\nreason=nothing\n", true, "DAMAGED", "nothing", "refused" },
		{ "code=stale\nreason=x\n", true, "DAMAGED", "x", "refused" },
		{ "code=FOO\nreason=x\n", true, "DAMAGED", "x", "refused" },
		{ "x\n", true, "DAMAGED", "resume.error is there, and damaged", "refused" },
		{ "", false, "DAMAGED", "resume.error is there, and damaged", "refused" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *root = image(DESCRIPTION("ready"));

		if (cases[i].seal)
			put_sealed(root, "resume.error", cases[i].lines);
		else
			fixture_text(root, "resume.error", cases[i].lines);
		CHECK_STATUS(root, false, "refused", cases[i].reason, cases[i].why);
		CHECK_STATUS(root, true, cases[i].forced, strcmp(cases[i].forced, "ready") ? cases[i].reason : "NONE",
			     strcmp(cases[i].forced, "ready") ? cases[i].why : "");
	}
}

static void refusal_beside_others(void)
{
	const char *root = image(DESCRIPTION("consumed"));

	CHECK_OK(image_refuse(root, REASON_STALE, "x"));
	CHECK_STATUS(root, false, "consumed", "NONE", "");
	/* Force passes over a refusal, but not over a description that is wrong. */
	root = image("format=1\nstate=ready\n");
	CHECK_OK(image_refuse(root, REASON_STALE, "two\nlines \033[0m"));
	CHECK_STATUS(root, false, "refused", "STALE", "two?lines ?[0m");
	CHECK_STATUS(root, true, "refused", "DAMAGED", "format 1");
}

/* What C' has refused may be tried again, as no system was booted, until C gives it up. What a resume.error of others says is for good. */
static void held_and_released(void)
{
	const char *root = image(DESCRIPTION("ready"));
	struct image_status status;

	for (unsigned int i = 0; i < IMAGE_ATTEMPTS_MAX; i++)
		CHECK_OK(image_attempt(root));
	CHECK_OK(image_hold(root, REASON_JUMP, "x"));
	CHECK_STATUS(root, false, "refused", "JUMP", "x");
	CHECK_OK(image_status(root, false, &status));
	CHECK(!status.given_up);
	image_status_free(&status);
	CHECK_OK(image_release(root));
	CHECK_STATUS(root, false, "ready", "NONE", "");
	CHECK_OK(image_release(root));
	CHECK_OK(image_refuse(root, REASON_JUMP, "x"));
	CHECK_OK(image_status(root, false, &status));
	CHECK(status.given_up);
	image_status_free(&status);
	CHECK_FAILS(image_release(root), "given up");
	/* One that is damaged says nothing. */
	fixture_text(root, "resume.error", "code=JUMP\nreason=x\nheld=1\n");
	CHECK_FAILS(image_release(root), "given up");
	CHECK_STATUS(root, false, "refused", "DAMAGED", "x");
}

static void consumed_and_back(void)
{
	const char *root = image(DESCRIPTION("ready"));
	struct blob before, after;
	char path[512];

	snprintf(path, sizeof(path), "%s/hibernate.meta", root);
	CHECK_OK(read_file(path, SEALED_MAX, &before));
	CHECK_OK(image_take_back(root));
	CHECK_OK(image_consume(root));
	CHECK_STATUS(root, false, "consumed", "NONE", "");
	CHECK_FAILS(image_consume(root), "not ready but consumed");
	CHECK_OK(image_take_back(root));
	CHECK_STATUS(root, false, "ready", "NONE", "");
	CHECK_OK(read_file(path, SEALED_MAX, &after));
	CHECK_STR((char *)after.data, (char *)before.data);
	free(before.data);
	free(after.data);
	root = image(DESCRIPTION("snapshot"));
	CHECK_FAILS(image_consume(root), "not ready but snapshot");
	CHECK_FAILS(image_take_back(root), "not consumed but snapshot");
	/* A description that is damaged stays so: no change gives it a checksum that fits. */
	fixture_text(root, "hibernate.meta", DESCRIPTION("ready") "sum=0123456789abcdef\n");
	CHECK_FAILS(image_consume(root), "checksum is wrong");
	CHECK_FAILS(image_take_back(root), "checksum is wrong");
	CHECK_STATUS(root, true, "refused", "DAMAGED", "checksum is wrong");
	CHECK_FAILS(image_consume(fixture_root()), "open: ");
}

static void attempts(void)
{
	const char *root = image(DESCRIPTION("ready"));

	/* Attempts of an earlier image do not count, nor does a text that is no number. */
	fixture_text(root, "resume.attempts", "0000=3\n");
	CHECK_STATUS(root, false, "ready", "NONE", "");
	fixture_text(root, "resume.attempts", "8a1c=many\n");
	CHECK_STATUS(root, false, "ready", "NONE", "");
	for (int i = 0; i < IMAGE_ATTEMPTS_MAX; i++) {
		CHECK_STATUS(root, false, "ready", "NONE", "");
		CHECK_OK(image_attempt(root));
	}
	CHECK_STATUS(root, true, "refused", "ATTEMPTS", "it was tried 3 times");
	CHECK_OK(image_refuse(root, REASON_STALE, "stale"));
	CHECK_STATUS(root, false, "refused", "STALE", "stale");
	CHECK_STATUS(root, true, "refused", "ATTEMPTS", "it was tried 3 times");
	/* Attempts are noted for an image without an id, too. */
	root = image("format=1\nstate=ready\n");
	CHECK_OK(image_attempt(root));
	CHECK_FAILS(image_attempt(fixture_root()), "open: ");
}

static void committed(void)
{
	const char *root = fixture_root(), *lines = DESCRIPTION("ready");
	struct blob sealed;
	char path[512];

	fixture_text(root, "dump.elf.lz4", "");
	if (CHECK_OK(sealed_make("test", lines, strlen(lines), &sealed))) {
		CHECK_OK(image_commit(root, &sealed));
		CHECK_STATUS(root, false, "ready", "NONE", "");
		snprintf(path, sizeof(path), "%s/hibernate.meta.new", root);
		CHECK(access(path, F_OK) != 0);
		CHECK_FAILS(image_commit("/nowhere/at/all", &sealed), "open: ");
		free(sealed.data);
	}
}

static void unreadable_folder(void)
{
	const char *root = image(DESCRIPTION("ready"));
	struct image_status status;

	folder_fails_after(0);
	CHECK_FAILS(image_status(root, false, &status), "image: reading ");
	folder_fails_after(-1);
}

/* They are counted for one image, and do not concern its state. */
static void reboots(void)
{
	const char *root = image(DESCRIPTION("ready"));
	unsigned int count = 0;

	CHECK_FAILS(image_reboot(fixture_root(), &count), "open: ");
	for (unsigned int i = 1; i <= IMAGE_REBOOTS_MAX + 1; i++) {
		CHECK_OK(image_reboot(root, &count));
		CHECK_EQ(count, i);
	}
	CHECK_OK(image_reboot(root, &count));
	CHECK_EQ(count, IMAGE_REBOOTS_MAX + 1);
	fixture_text(root, "resume.reboots", "another=3\n");
	CHECK_OK(image_reboot(root, &count));
	CHECK_EQ(count, 1);
	CHECK_STATUS(root, false, "ready", "NONE", "");
}

RUN_TESTS(held_and_released, reboots, by_its_description, damaged_description, refused, refusal_beside_others, consumed_and_back, attempts, committed,
	  unreadable_folder)
