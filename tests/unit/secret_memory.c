/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who uses memfd_secret(2): processes as a kernel shows them (Linux 6.12), and its own count. */
#include "kernel/secret_memory.h"

#include <sys/stat.h>
#include <unistd.h>

#include "addresses.h"
#include "arch/arch.h"
#include "check.h"
#include "corefile.h"
#include "fixture.h"

#define COUNTER_AT (KERNEL_TEXT + 0x1000)
#define MAPS "00400000-00401000 r-xp 00000000 fe:00 1234                               /bin/vault\n"
#define SECRET "7f5b6b5f8000-7f5b6b5fc000 rw-s 00000000 00:0b 2063                       /secretmem (deleted)\n"

/* A machine whose kernel has such memory. */
static const char *machine(void)
{
	const char *root = fixture_root();

	fixture_text(root, "sys/module/secretmem/parameters/enable", "Y\n");
	return root;
}

static char users[64];

static void thread(const char *root, const char *task, const char *maps)
{
	char path[512];

	snprintf(path, sizeof(path), "proc/%s/maps", task);
	fixture_text(root, path, maps);
	snprintf(path, sizeof(path), "proc/%s/fd/.made", task);
	fixture_text(root, path, "");
}

static void opens(const char *root, const char *fd, const char *target)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/proc/%s", root, fd);
	CHECK_EQ(symlink(target, path), 0);
}

/* A kernel with the symbol has this count. */
static void counts(const char *root, int32_t count)
{
	static const struct core_segment data = { .type = PT_LOAD, .offset = 0x1000, .vaddr = KERNEL_TEXT, .filesz = 0x2000, .memsz = 0x2000 };
	struct blob kcore = corefile_build(ARCH_ELF_CLASS, ARCH_ELF_MACHINE, &data, 1, 0);
	char line[128];

	memcpy(kcore.data + 0x2000, &count, sizeof(count));
	fixture_write(root, "proc/kcore", kcore.data, kcore.size);
	free(kcore.data);
	snprintf(line, sizeof(line), "%llx b secretmem_users\n", (unsigned long long)COUNTER_AT);
	fixture_text(root, "proc/kallsyms", line);
}

static const char *system_of_two(void)
{
	const char *root = machine();

	fixture_text(root, "proc/meminfo", "");
	fixture_text(root, "proc/7/comm", "sh\n");
	thread(root, "7/task/7", MAPS);
	opens(root, "7/task/7/fd/0", "/dev/console");
	/* These are not it: a file of that name, one whose name begins so, and one that is called so. */
	opens(root, "7/task/7/fd/1", "/secretmem");
	opens(root, "7/task/7/fd/2", "/secretmem (deleted) (deleted)");
	opens(root, "7/task/7/fd/3", "/tmp/secretmem (deleted)");
	fixture_text(root, "proc/12/comm", "vault\n");
	thread(root, "12/task/12", MAPS);
	return root;
}

static void nobody(void)
{
	CHECK_EQ(secret_memory_users(system_of_two(), users, sizeof(users)), 0);
	CHECK_STR(users, "");
}

static void mapped(void)
{
	const char *root = system_of_two();

	thread(root, "12/task/12", MAPS SECRET MAPS);
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 1);
	CHECK_STR(users, "vault (12)");
	/* The first thread has ended, and has neither mappings nor files; the others live on. */
	thread(root, "12/task/12", "");
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 0);
	thread(root, "12/task/13", MAPS SECRET);
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 1);
	CHECK_STR(users, "vault (12)");
}

static void opened(void)
{
	const char *root = system_of_two();

	/* Of a thread with files of its own; and of a process without name, which makes two. */
	thread(root, "12/task/14", MAPS);
	opens(root, "12/task/14/fd/200", "/secretmem (deleted)");
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 1);
	CHECK_STR(users, "vault (12)");
	thread(root, "13/task/13", MAPS);
	opens(root, "13/task/13/fd/3", "/secretmem (deleted)");
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 1);
	CHECK(!strcmp(users, "vault (12), ? (13)") || !strcmp(users, "? (13), vault (12)"));
	CHECK_EQ(secret_memory_users(root, users, 8), 1);
	CHECK_EQ(strlen(users), 7);
}

/* The kernel's count goes before what processes show: it sees files that are under way from one to another. */
static void counted(void)
{
	const char *root = system_of_two();

	counts(root, 2);
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 1);
	CHECK_STR(users, "somebody (the kernel counts 2 of its files)");
	thread(root, "12/task/12", SECRET);
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 1);
	CHECK_STR(users, "vault (12)");
	counts(root, 0);
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 0);
	/* A hidden address: processes are asked. */
	fixture_text(root, "proc/kallsyms", "0000000000000000 b secretmem_users\n");
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 1);
}

static void unreadable(void)
{
	const char *root = system_of_two();
	char path[512];

	snprintf(path, sizeof(path), "%s/proc/12/task/12/maps", root);
	CHECK_EQ(unlink(path), 0);
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 0);
	CHECK_EQ(mkdir(path, 0700), 0);
	CHECK_FAILS(secret_memory_users(root, users, sizeof(users)), "/proc/12/task/12/maps (");
	CHECK_FAILS(secret_memory_users(machine(), users, sizeof(users)), "/proc (");
}

/* Nobody has any where the kernel has none, whatever names there are. */
static void not_there(void)
{
	const char *root = fixture_root();
	char users[256];

	fixture_text(root, "proc/7/task/7/maps", SECRET);
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 0);
	fixture_text(root, "sys/module/secretmem/parameters/enable", "N\n");
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 0);
	fixture_text(root, "sys/module/secretmem/parameters/enable", "Y\n");
	CHECK_EQ(secret_memory_users(root, users, sizeof(users)), 1);
}

RUN_TESTS(not_there, nobody, mapped, opened, counted, unreadable)
