/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/secret_memory.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/report.h"
#include "kernel/kallsyms.h"
#include "kernel/kcore.h"

#define STEP "secret memory"
#define PATH_SIZE 512
#define NAME_SIZE 64
/* What the kernel calls such a file wherever it names it (secretmem_file_create() in mm/secretmem.c, Linux 6.12; since 5.14). */
#define FILE_NAME "/secretmem (deleted)"

/* The walk through the processes. */
struct walk {
	char *text;
	size_t room;
	bool any;

	/* Of the process that is looked at: */
	bool uses;
	bool mappings_seen; /* its threads have the same ones; but one that has ended shows none */
};

/* Did what was looked at end in the meantime? */
static bool is_gone(int err)
{
	return err == ENOENT || err == ESRCH;
}

static bool ends_in(const char *line, size_t length, const char *end)
{
	const size_t count = strlen(end);

	return length >= count && !memcmp(line + length - count, end, count);
}

/* The mappings of a thread, from lines "ADDRESSES RIGHTS OFFSET DEVICE INODE   NAME". 0, or -1 and fail(). */
static int look_at_mappings(struct walk *w, const char *thread)
{
	char path[PATH_SIZE], *line = NULL;
	size_t size = 0;
	ssize_t length;
	int err = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "%s/maps", thread);
	maps = fopen(path, "re");
	if (!maps)
		return is_gone(errno) ? 0 : fail(STEP, errno, "%s", path);
	errno = 0;
	while ((length = getline(&line, &size, maps)) > 0) {
		length -= line[length - 1] == '\n';
		w->mappings_seen = true;
		w->uses |= ends_in(line, (size_t)length, " " FILE_NAME);
	}
	if (ferror(maps))
		err = errno;
	free(line);
	fclose(maps);
	return !err || is_gone(err) ? 0 : fail(STEP, err, "%s", path);
}

static int look_at_file(void *context, const char *dir, const char *name)
{
	struct walk *w = context;
	char path[PATH_SIZE], target[sizeof(FILE_NAME) + 1];
	ssize_t length;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return fail(STEP, ENAMETOOLONG, "%s", dir);
	length = readlink(path, target, sizeof(target));
	if (length < 0)
		return is_gone(errno) ? 0 : fail(STEP, errno, "%s", path);
	w->uses |= length == (ssize_t)strlen(FILE_NAME) && !memcmp(target, FILE_NAME, (size_t)length);
	return 0;
}

/* A thread may have open files of its own. */
static int look_at_thread(void *context, const char *dir, const char *name)
{
	struct walk *w = context;
	char thread[PATH_SIZE - 16], path[PATH_SIZE];

	if (snprintf(thread, sizeof(thread), "%s/%s", dir, name) >= (int)sizeof(thread))
		return fail(STEP, ENAMETOOLONG, "%s", dir);
	if (!w->mappings_seen && look_at_mappings(w, thread))
		return -1;
	snprintf(path, sizeof(path), "%s/fd", thread);
	if (!folder_each_if_there(STEP, path, look_at_file, w))
		return 0;
	/* Reading the folder fails, too, when the thread has ended since. */
	return access(thread, F_OK) ? 0 : -1;
}

static void add_process(struct walk *w, const char *process, const char *pid)
{
	char path[PATH_SIZE], name[NAME_SIZE];
	size_t used = strlen(w->text);

	snprintf(path, sizeof(path), "%s/comm", process);
	if (access(path, R_OK) || read_line(path, name, sizeof(name)))
		strcpy(name, "?");
	snprintf(w->text + used, w->room - used, "%s%s (%.20s)", used ? ", " : "", name, pid);
	w->any = true;
}

static int look_at_process(void *context, const char *dir, const char *name)
{
	struct walk *w = context;
	char process[PATH_SIZE - 64], path[PATH_SIZE - 32];

	if (!isdigit((unsigned char)*name))
		return 0;
	if (snprintf(process, sizeof(process), "%s/%s", dir, name) >= (int)sizeof(process))
		return fail(STEP, ENAMETOOLONG, "%s", dir);
	w->uses = w->mappings_seen = false;
	snprintf(path, sizeof(path), "%s/task", process);
	if (folder_each_if_there(STEP, path, look_at_thread, w) && !access(process, F_OK))
		return -1;
	if (w->uses)
		add_process(w, process, name);
	return 0;
}

/* How many such files the kernel counts (secretmem_users in mm/secretmem.c, Linux 6.12); -1 when that cannot be known. */
static int64_t kernel_count(const char *root)
{
	char kallsyms[PATH_SIZE], kcore[PATH_SIZE];
	struct kcore_memory memory;
	uint64_t address;
	int32_t count;
	int ret;

	snprintf(kallsyms, sizeof(kallsyms), "%s/proc/kallsyms", root);
	snprintf(kcore, sizeof(kcore), "%s/proc/kcore", root);
	address = kallsyms_address(kallsyms, "secretmem_users");
	if (!address || kcore_memory_open(&memory, kcore))
		return -1;
	ret = kcore_memory_read(&memory, address, &count, sizeof(count));
	kcore_memory_close(&memory);
	return ret || count < 0 ? -1 : count;
}

/* Does the running kernel have such memory? It says so, with Y or N, where it was built with it (mm/secretmem.c, Linux 5.14 and later). */
static bool is_there(const char *root)
{
	char path[PATH_SIZE], state[16];

	snprintf(path, sizeof(path), "%s/sys/module/secretmem/parameters/enable", root);
	return !access(path, R_OK) && (read_line(path, state, sizeof(state)) || *state != 'N');
}

int secret_memory_users(const char *root, char *text, size_t room)
{
	struct walk w = { .text = text, .room = room };
	char path[PATH_SIZE];
	int64_t count;

	*text = '\0';
	/* Looking at all symbols and processes takes time. */
	if (!is_there(root))
		return 0;
	count = kernel_count(root);
	if (!count)
		return 0;
	snprintf(path, sizeof(path), "%s/proc", root);
	if (folder_each(STEP, path, look_at_process, &w))
		return -1;
	if (!w.any && count > 0) {
		snprintf(text, room, "somebody (the kernel counts %lld of its files)", (long long)count);
		w.any = true;
	}
	return w.any;
}
