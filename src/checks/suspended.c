/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/suspended.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/byteorder.h"
#include "base/io.h"
#include "base/report.h"
#include "block/device.h"
#include "kernel/kallsyms.h"

#define PATH_SIZE 512

/* Linux' own hibernation on x86 (kernel/power/swap.c, arch/x86/power/hibernate.c, Linux 6.12); pages have 4 KiB. */
enum {
	PAGE = 4096,
	IMAGE = 4064, /* of struct swsusp_header, the first page: the number of the page with the first numbers of pages */
	SIG = 4086,
	JUMP_ADDRESS = 0, /* of struct restore_data_record, the first page of those */
	KERNEL_ALIGN = 2 << 20 /* where a kernel may lie, it always lies at a multiple of this (CONFIG_PHYSICAL_ALIGN) */
};

/*
 * Does what lies there go on at the code of the running kernel that goes on after a resume? Kernels lie at other addresses with each boot.
 * So this is not told of another kernel but by a rare chance.
 */
static bool is_own(const char *root, int fd, const struct superblock *super)
{
	static const char sig[] = "S1SUSPEND";
	unsigned char number[8];
	char path[PATH_SIZE];
	uint64_t code, page;

	snprintf(path, sizeof(path), "%s/proc/kallsyms", root);
	code = kallsyms_address(path, "restore_registers");
	page = le64_at(super->head + IMAGE);
	if (!code || memcmp(super->head + SIG, sig, sizeof(sig)) || page >= super->size / PAGE ||
	    pread_exact(fd, number, sizeof(number), page * PAGE, super->identity.kind))
		return false;
	page = le64_at(number);
	if (page >= super->size / PAGE || pread_exact(fd, number, sizeof(number), page * PAGE + JUMP_ADDRESS, super->identity.kind))
		return false;
	return (le32_at(number) - (uint32_t)code) % KERNEL_ALIGN == 0;
}

struct search {
	const char *root;
	struct suspended *found;
	struct superblock *super;
};

static int look_at(void *context, const char *dir, const char *name)
{
	const struct search *s = context;
	bool found = false;
	int fd;

	(void)dir;
	if (!strncmp(name, "ram", 3) || !strncmp(name, "loop", 4))
		return 0;
	fd = device_open(s->root, name, O_NONBLOCK, s->super);
	if (fd < 0)
		return 0;
	if (!strcmp(s->super->identity.kind, IDENTITY_SUSPENDED) && strlen(name) < sizeof(s->found->name) &&
	    !device_node(s->root, name, s->found->node, sizeof(s->found->node))) {
		strcpy(s->found->name, name);
		s->found->own = is_own(s->root, fd, s->super);
		found = true;
	}
	close(fd);
	return found;
}

int suspended_find(const char *root, struct suspended *found)
{
	struct search s = { root, found, malloc(sizeof(*s.super)) };
	char path[PATH_SIZE];
	int ret = -1;

	snprintf(path, sizeof(path), "%s/sys/class/block", root);
	if (!s.super)
		return fail("suspended", ENOMEM, "a superblock");
	ret = folder_each("suspended", path, look_at, &s);
	free(s.super);
	return ret < 0 ? -1 : !ret;
}

bool suspended_may_become(const char *root)
{
	char path[PATH_SIZE], line[128] = "";

	snprintf(path, sizeof(path), "%s/sys/power/state", root);
	return !access(path, R_OK) && !read_line(path, line, sizeof(line)) && strstr(line, "disk");
}
