#include "cpio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define HEADER_BYTES 110
#define TRAILER "TRAILER!!!"

static size_t padded(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

static size_t entry_size(const char *name, size_t content)
{
	return padded(HEADER_BYTES + strlen(name) + 1) + padded(content);
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
		memcpy(at + padded(HEADER_BYTES + names), content, size);
	return at + entry_size(name, size);
}

int cpio_append(struct blob *initrd, const char *name, const struct blob *content)
{
	size_t start = padded(initrd->size);
	size_t size = start + entry_size(name, content->size) + entry_size(TRAILER, 0);
	unsigned char *grown, *at;

	if (content->size > 1 << 20)
		return fail("initrd", 0, "%s has %zu bytes", name, content->size);
	grown = realloc(initrd->data, size);
	if (!grown)
		return fail("initrd", ENOMEM, "%zu bytes", size);
	memset(grown + initrd->size, 0, size - initrd->size);
	at = put_entry(grown + start, name, 0100400, content->data, content->size);
	put_entry(at, TRAILER, 0, NULL, 0);
	initrd->data = grown;
	initrd->size = size;
	return 0;
}
