/* The superblock of a partition. */
#include "extfs.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32], uuid[EXTFS_UUID_SIZE];
	int fd;

	if (!extfs_uuid(input_path(data, size, &fd, path), uuid))
		PROMISE(strlen(uuid) == EXTFS_UUID_SIZE - 1);
	close(fd);
	return 0;
}
