/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking the other CPUs offline and online again, in a made-up /sys. */
#include "kernel/cpus.h"

#include <sys/stat.h>

#include "check.h"
#include "fixture.h"
#include "folder.h"

#define CPUS "sys/devices/system/cpu/"

static void expect(const char *root, const char *path, const char *text)
{
	char full[512];
	struct blob content;

	snprintf(full, sizeof(full), "%s/" CPUS "%s", root, path);
	if (CHECK_OK(read_file(full, 64, &content))) {
		CHECK_STR((char *)content.data, text);
		free(content.data);
	}
}

/*
 * A machine with CPUs 0, 1, 2 and 11, of which CPU 2 cannot be switched off, and the folder of their frequencies, which has no such file
 * but is to be left alone if it had. CPU 0 has one in kernels before Linux 6.5. A kernel reads "1\n" there (online_show() in
 * drivers/base/core.c, Linux 6.12), and here what is written goes over the first byte.
 */
static const char *machine(const char *online)
{
	const char *root = fixture_root();

	fixture_text(root, CPUS "online", online);
	fixture_text(root, CPUS "cpu0/online", "1\n");
	fixture_text(root, CPUS "cpu1/online", "1\n");
	fixture_text(root, CPUS "cpu2/uevent", "");
	fixture_text(root, CPUS "cpu11/online", "1\n");
	fixture_text(root, CPUS "cpufreq/online", "1\n");
	return root;
}

static void others_only(void)
{
	const char *root = machine("0\n");

	CHECK_OK(cpus_online(root, false));
	expect(root, "cpu0/online", "1\n");
	expect(root, "cpu1/online", "0\n");
	expect(root, "cpu11/online", "0\n");
	expect(root, "cpufreq/online", "1\n");
	CHECK_OK(cpus_online(root, true));
	expect(root, "cpu1/online", "1\n");
	expect(root, "cpu11/online", "1\n");
}

/* A CPU that cannot be switched off, as in a kernel without CPU hotplug, is noticed, since the kernel's list still has it. */
static void one_stays(void)
{
	const char *root = machine("0-1\n");

	CHECK_FAILS(cpus_online(root, false), "of CPUs 0-1 all but 0");
	CHECK_OK(cpus_online(root, true));
}

/* After one CPU that fails, the others are tried all the same. */
static void refused_write(void)
{
	const char *root = fixture_root();

	fixture_text(root, CPUS "online", "0\n");
	fixture_text(root, CPUS "cpu1/online/is/a/folder", "");
	fixture_text(root, CPUS "cpu2/online", "1\n");
	fixture_text(root, CPUS "cpu0/online", "1\n");
	CHECK_FAILS(cpus_online(root, false), "cpu1/online");
	expect(root, "cpu2/online", "0\n");
}

static void nothing_known(void)
{
	const char *root = fixture_root();

	CHECK_FAILS(cpus_online(root, false), "CPUs: ");
	fixture_text(root, CPUS "cpu0/online", "1\n");
	CHECK_FAILS(cpus_online(root, false), "online");
}

static void unreadable_folder(void)
{
	const char *root = machine("0\n");

	folder_fails_after(0);
	CHECK_FAILS(cpus_online(root, false), "CPUs: reading ");
	folder_fails_after(-1);
}

RUN_TESTS(others_only, one_stays, refused_write, nothing_known, unreadable_folder)
