/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole reads and writes. */
#include "base/io.h"
#include "base/number.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "folder.h"

static void exact_reads(void)
{
	int fd = fixture_fd("0123456789", 10);
	char buf[16] = "";

	CHECK_OK(read_exact(fd, buf, 4, "digits"));
	CHECK(!memcmp(buf, "0123", 4));
	CHECK_OK(read_exact(fd, buf, 6, "digits"));
	CHECK(!memcmp(buf, "456789", 6));
	CHECK_OK(read_exact(fd, buf, 0, "digits"));
	CHECK_FAILS(read_exact(fd, buf, 1, "digits"), "digits ends 1 bytes early");
	CHECK_OK(pread_exact(fd, buf, 3, 7, "digits"));
	CHECK(!memcmp(buf, "789", 3));
	CHECK_FAILS(pread_exact(fd, buf, 4, 7, "digits"), "digits ends before offset 11");
	CHECK_FAILS(pread_exact(fd, buf, 1, 1ULL << 63, "digits"), "read: digits");
	CHECK_EQ(lseek(fd, 8, SEEK_SET), 8);
	CHECK_EQ(read_upto(fd, buf, sizeof(buf), "digits"), 2);
	close(fd);
	CHECK_FAILS(read_exact(fd, buf, 1, "digits"), "read: digits (");
}

static void reads_at_an_offset(void)
{
	int fd = fixture_fd("0123456789", 10);
	char buf[16] = "";

	CHECK_EQ(pread_upto(fd, buf, 4, 2, "digits"), 4);
	CHECK(!memcmp(buf, "2345", 4));
	CHECK_EQ(pread_upto(fd, buf, sizeof(buf), 7, "digits"), 3);
	CHECK(!memcmp(buf, "789", 3));
	CHECK_EQ(pread_upto(fd, buf, 4, 10, "digits"), 0);
	CHECK_EQ(pread_upto(fd, buf, 4, 1000, "digits"), 0);
	CHECK_EQ(pread_upto(fd, buf, 0, 3, "digits"), 0);
	CHECK_FAILS((int)pread_upto(fd, buf, 1, 1ULL << 63, "digits"), "read: digits");
	/* The file's own position has not changed. */
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
	CHECK_FAILS((int)pread_upto(fd, buf, 1, 0, "digits"), "read: digits (");
}

static void writes_at_an_offset(void)
{
	int fd = fixture_fd("0123456789", 10);
	char buf[16] = "";

	CHECK_OK(pwrite_exact(fd, "abc", 3, 8, "letters"));
	CHECK_OK(pwrite_exact(fd, "x", 1, 0, "letters"));
	CHECK_OK(pwrite_exact(fd, "none", 0, 4, "letters"));
	CHECK_EQ(pread_upto(fd, buf, sizeof(buf), 0, "letters"), 11);
	CHECK(!memcmp(buf, "x1234567abc", 11));
	CHECK_FAILS(pwrite_exact(fd, "a", 1, 1ULL << 63, "letters"), "write: letters (");
	close(fd);
	CHECK_FAILS(pwrite_exact(fd, "a", 1, 0, "letters"), "write: letters (");
}

/* When a file may not grow further, some of the bytes are written before the error comes. */
static void write_stops_at_a_limit(void)
{
	const struct rlimit limit = { 8, RLIM_INFINITY };
	int fd = fixture_fd("", 0), status;
	char path[512];
	pid_t child;

	snprintf(path, sizeof(path), "%s/file", fixture_root());
	child = fork();
	if (!child) {
		signal(SIGXFSZ, SIG_IGN);
		_exit(setrlimit(RLIMIT_FSIZE, &limit) ||
		      pwrite_exact(fd, "0123456789", 10, 0, "digits") != -1 ||
		      !strstr(fail_text(), "write: digits (File too large)") ||
		      write_file(path, "0123456789", 10) != -1 || !strstr(fail_text(), "/file (File too large)"));
	}
	CHECK(waitpid(child, &status, 0) == child && !status);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 8);
	close(fd);
}

/* A pipe may return fewer bytes than were asked for. */
static void short_counts(void)
{
	char buf[8] = "";
	int ends[2];

	if (!CHECK_EQ(pipe(ends), 0))
		return;
	if (!fork()) {
		for (int i = 0; i < 6; i++) {
			if (write(ends[1], &"abcdef"[i], 1) != 1)
				_exit(1);
			usleep(1000);
		}
		_exit(0);
	}
	close(ends[1]);
	CHECK_OK(read_exact(ends[0], buf, 6, "pipe"));
	CHECK_STR(buf, "abcdef");
	CHECK_FAILS(read_exact(ends[0], buf, 1, "pipe"), "early");
	close(ends[0]);
}

static void whole_files(void)
{
	/* Sizes around that of the first buffer. */
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 200000 };
	const char *root = fixture_root();
	char path[512];
	struct blob got;

	snprintf(path, sizeof(path), "%s/file", root);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct blob want = { malloc(sizes[i] + 1), sizes[i] };

		memset(want.data, 'x', sizes[i]);
		fixture_write(root, "file", want.data, want.size);
		if (CHECK_OK(read_file(path, 200000, &got))) {
			CHECK_EQ(got.size, want.size);
			CHECK(!memcmp(got.data, want.data, want.size));
			CHECK_EQ(got.data[got.size], 0);
			free(got.data);
		}
		if (sizes[i])
			CHECK_FAILS(read_file(path, sizes[i] - 1, &got), "larger");
		if (CHECK_OK(read_file(path, sizes[i], &got)))
			free(got.data);
		free(want.data);
	}
	/* This file says that its size is 0, and yet has text. */
	if (CHECK_OK(read_file("/proc/self/stat", 65536, &got))) {
		CHECK(got.size > 0);
		free(got.data);
	}
	CHECK_FAILS(read_file(root, 65536, &got), "read:");
	snprintf(path, sizeof(path), "%s/none", root);
	CHECK_FAILS(read_file(path, 65536, &got), "open:");
}

/* What a stranger may have put in the place of a file. */
static void regular_files_only(void)
{
	const char *root = fixture_root();
	char file[512], path[512];
	struct blob got;

	fixture_text(root, "file", "x");
	snprintf(file, sizeof(file), "%s/file", root);
	if (CHECK_OK(read_regular(file, 64, &got))) {
		CHECK_STR((char *)got.data, "x");
		free(got.data);
	}
	CHECK_FAILS(read_regular(root, 64, &got), "is no regular file");
	CHECK_FAILS(read_regular("/dev/null", 64, &got), "/dev/null is no regular file");
	CHECK_FAILS(open_direct("/dev/null", O_RDONLY, 0), "/dev/null is no regular file");
	snprintf(path, sizeof(path), "%s/link", root);
	CHECK_OK(symlink(file, path));
	CHECK_FAILS(read_regular(path, 64, &got), "/link (");
	CHECK_FAILS(open_regular(path, O_WRONLY, 0), "/link (");
	CHECK_FAILS(open_direct(path, O_RDONLY, 0), "/link (");
	CHECK_FAILS(open_direct(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), "/link (");
	CHECK_OK(read_file(path, 64, &got));
	CHECK_EQ(got.size, 1);
	free(got.data);
	/* Nobody has the other end of this one. */
	snprintf(path, sizeof(path), "%s/pipe", root);
	CHECK_OK(mkfifo(path, 0600));
	CHECK_FAILS(read_regular(path, 64, &got), "/pipe is no regular file");
	CHECK_FAILS(open_direct(path, O_RDONLY, 0), "/pipe is no regular file");
	CHECK_FAILS(open_direct(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), "/pipe (");
	CHECK_FAILS(sync_path(path), "fsync: ");
}

static void files_are_written_anew(void)
{
	const char *root = fixture_root();
	char path[512], link[512];
	struct blob got;
	struct stat st;

	snprintf(path, sizeof(path), "%s/written", root);
	snprintf(link, sizeof(link), "%s/link", root);
	CHECK_OK(write_file(path, "longer", 6));
	CHECK_OK(write_file(path, "short", 5));
	if (CHECK_OK(read_file(path, 64, &got))) {
		CHECK_STR((char *)got.data, "short");
		free(got.data);
	}
	CHECK_EQ(stat(path, &st), 0);
	CHECK_EQ(st.st_mode & 0777, 0600);
	/* A link is not written through, and a pipe is not waited for. */
	CHECK_OK(symlink(path, link));
	CHECK_OK(write_file(link, "a", 1));
	CHECK(!lstat(link, &st) && S_ISREG(st.st_mode));
	CHECK(!stat(path, &st) && st.st_size == 5);
	CHECK_OK(unlink(link));
	CHECK_OK(mkfifo(link, 0600));
	CHECK_OK(replace_file(link, "a", 1));
	CHECK(!lstat(link, &st) && S_ISREG(st.st_mode));
	snprintf(path, sizeof(path), "%s/none/file", root);
	CHECK_FAILS(write_file(path, "a", 1), "open:");
}

static void lines(void)
{
	const char *root = fixture_root();
	char path[512], line[8];

	snprintf(path, sizeof(path), "%s/file", root);
	CHECK_FAILS(read_line(path, line, sizeof(line)), "open: ");
	fixture_text(root, "file", "");
	CHECK_OK(read_line(path, line, sizeof(line)));
	CHECK_STR(line, "");
	fixture_text(root, "file", "one\ntwo");
	CHECK_OK(read_line(path, line, sizeof(line)));
	CHECK_STR(line, "one");
	fixture_text(root, "file", "1234567");
	CHECK_OK(read_line(path, line, sizeof(line)));
	CHECK_STR(line, "1234567");
	fixture_text(root, "file", "12345678");
	CHECK_FAILS(read_line(path, line, sizeof(line)), "is larger than 7 bytes");
	CHECK_OK(write_text(path, "%s=%d\n", "a", 1));
	CHECK_OK(read_line(path, line, sizeof(line)));
	CHECK_STR(line, "a=1");
	CHECK_FAILS(write_text("/dev/full", "%s", "text"), "write: /dev/full (No space left on device)");
	CHECK_FAILS(write_text(root, "%s", "text"), "open: ");
}

static int note(void *context, const char *path, const char *name)
{
	char *seen = context;

	strcat(seen, name);
	CHECK(strlen(path));
	return strcmp(name, "stop") ? 0 : 7;
}

static void folders(void)
{
	const char *root = fixture_root();
	char path[512], seen[64] = "";

	snprintf(path, sizeof(path), "%s/folder", root);
	CHECK_FAILS(folder_each("step", path, note, seen), "step: ");
	CHECK_OK(folder_each_if_there("step", path, note, seen));
	fixture_text(root, "folder/.hidden", "");
	CHECK_OK(folder_each("step", path, note, seen));
	CHECK_STR(seen, "");
	fixture_text(root, "folder/one", "");
	CHECK_OK(folder_each_if_there("step", path, note, seen));
	CHECK_STR(seen, "one");
	fixture_text(root, "folder/stop", "");
	CHECK_EQ(folder_each("step", path, note, seen), 7);
	snprintf(path, sizeof(path), "%s/folder/one", root);
	CHECK_FAILS(folder_each_if_there("step", path, note, seen), "step: ");
	snprintf(path, sizeof(path), "%s/folder", root);
	folder_fails_after(0);
	CHECK_FAILS(folder_each("step", path, note, seen), "/folder (Input/output error)");
	folder_fails_after(-1);
}

static void numbers(void)
{
	static const struct {
		const char *text;
		int base;
	} bad[] = {
		{ "", 10 }, { " 1", 10 }, { "1 ", 10 }, { "-1", 10 }, { "+1", 10 }, { "a", 10 }, { "1a", 10 },
		{ "18446744073709551616", 10 }, { "g", 16 }, { "0xg", 16 }, { "1g", 16 }, { "10000000000000000", 16 },
		{ "1\n", 10 }, { "x1", 16 }, { "-0", 16 },
	};
	uint64_t n;

	CHECK_EQ(number_parse("0", 10, &n), 0);
	CHECK_EQ(n, 0);
	CHECK_EQ(number_parse("18446744073709551615", 10, &n), 0);
	CHECK_EQ(n, UINT64_MAX);
	CHECK_EQ(number_parse("ffFFffffffffffff", 16, &n), 0);
	CHECK_EQ(n, UINT64_MAX);
	CHECK_EQ(number_parse("0x1000", 16, &n), 0);
	CHECK_EQ(n, 0x1000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (!CHECK(number_parse(bad[i].text, bad[i].base, &n) == -1))
			printf("  the text was \"%s\"\n", bad[i].text);
}

RUN_TESTS(exact_reads, reads_at_an_offset, writes_at_an_offset, write_stops_at_a_limit, short_counts, whole_files, regular_files_only,
	  files_are_written_anew, lines, folders, numbers)
