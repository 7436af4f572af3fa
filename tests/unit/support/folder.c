/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk's errors reach readdir() only from a disk: here it stands before the C library's. */
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

/* With wide file offsets this is readdir64 in the libraries (bits/dirent.h, glibc). */
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
