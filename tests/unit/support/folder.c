/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replaces the C library's readdir(), as a test has no disk whose errors could make that one fail. */
#include "folder.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>

static int left = -1;

void folder_fails_after(int entries)
{
	left = entries;
}

/* With wide file offsets, glibc's header makes this the function readdir64, which the libraries call (bits/dirent.h). */
struct dirent *readdir(DIR *dir)
{
	static struct dirent *(*next)(DIR *dir);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "readdir64");
	if (!left) {
		errno = EIO;
		return NULL;
	}
	left -= left > 0;
	return next(dir);
}
