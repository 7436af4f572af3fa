/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/initrd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/report.h"
#include "base/units.h"

/* RFC 1952, 2.3: a header of ten bytes, flags in the fourth; the name comes first when there is no extra field. */
#define GZIP_HEADER 10
#define GZIP_FEXTRA 0x04
#define GZIP_FNAME 0x08

int initrd_check(const char *file, const struct blob *initrd)
{
	static const char ours[] = "khibernate-", suffix[] = ".cpio";
	const unsigned char *header = initrd->data;
	const char *arch;
	size_t length;

	if (initrd->size < GZIP_HEADER + sizeof(ours) || header[0] != 0x1f || header[1] != 0x8b ||
	    (header[3] & (GZIP_FEXTRA | GZIP_FNAME)) != GZIP_FNAME || memcmp(header + GZIP_HEADER, ours, strlen(ours)))
		return 0;
	arch = (const char *)header + GZIP_HEADER + strlen(ours);
	length = strnlen(arch, initrd->size - (size_t)((const unsigned char *)arch - header));
	if (length < strlen(suffix) || length > 40 || memcmp(arch + length - strlen(suffix), suffix, strlen(suffix)))
		return 0;
	length -= strlen(suffix);
	if (length == strlen(ARCH_NAME) && !memcmp(arch, ARCH_NAME, length))
		return 0;
	return fail("initrd", 0, "%s is for %.*s, this kjump for %s", file, (int)length, arch, ARCH_NAME);
}

#define HEADER_BYTES 110
#define TRAILER "TRAILER!!!"

static size_t entry_size(const char *name, size_t content)
{
	return pad4(HEADER_BYTES + strlen(name) + 1) + pad4(content);
}

static unsigned char *put_entry(unsigned char *at, const char *name, unsigned int mode,
				const unsigned char *content, size_t size)
{
	char header[HEADER_BYTES + 1];
	size_t names = strlen(name) + 1;

	/* magic ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor namesize check */
	snprintf(header, sizeof(header), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		 0u, mode, 0u, 0u, 1u, 0u, (unsigned int)size, 0u, 0u, 0u, 0u, (unsigned int)names, 0u);
	memcpy(at, header, HEADER_BYTES);
	memcpy(at + HEADER_BYTES, name, names);
	if (size)
		memcpy(at + pad4(HEADER_BYTES + names), content, size);
	return at + entry_size(name, size);
}

int initrd_append(struct blob *initrd, const struct initrd_file *file, size_t count)
{
	size_t start = pad4(initrd->size);
	size_t size = start + entry_size(TRAILER, 0);
	unsigned char *grown, *at;

	for (size_t i = 0; i < count; i++) {
		if (file[i].content.size > INITRD_FILE_MAX)
			return fail("initrd", 0, "%s has %zu bytes", file[i].name, file[i].content.size);
		size += entry_size(file[i].name, file[i].content.size);
	}
	grown = realloc(initrd->data, size);
	if (!grown)
		return fail("initrd", ENOMEM, "%zu bytes", size);
	memset(grown + initrd->size, 0, size - initrd->size);
	at = grown + start;
	for (size_t i = 0; i < count; i++)
		at = put_entry(at, file[i].name, 0100400, file[i].content.data, file[i].content.size);
	put_entry(at, TRAILER, 0, NULL, 0);
	initrd->data = grown;
	initrd->size = size;
	return 0;
}
