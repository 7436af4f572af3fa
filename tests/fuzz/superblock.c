/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes what is read of a block device: what it holds, and its fingerprint, which looks where the superblock says. */
#include "block/superblock.h"

#include "block/fingerprint.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct superblock super;
	char path[32], first[HASH_TEXT_SIZE], second[HASH_TEXT_SIZE];
	int fd;

	input_path(data, size, &fd, path);
	if (!superblock_read(fd, path, &super)) {
		PROMISE(super.size == size && super.content <= CONTENT_MD && *super.kind && *super.uuid);
		PROMISE(strlen(super.uuid) < sizeof(super.uuid) && !strpbrk(super.uuid, " \n"));
		PROMISE(strlen(super.kind) < sizeof(super.kind) && !strpbrk(super.kind, " \n"));
		if (!fingerprint_of(fd, path, &super, first))
			PROMISE(!fingerprint_of(fd, path, &super, second) && !strcmp(first, second));
	}
	close(fd);
	return 0;
}
