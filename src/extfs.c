#include "extfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "report.h"

/* struct ext4_super_block (fs/ext4/ext4.h, Linux 6.12): where it lies, and in it s_magic, s_uuid and s_volume_name. */
#define SUPER_AT 1024
#define MAGIC_AT 56
#define UUID_AT 104
#define LABEL_AT 120

int extfs_read(const char *device, struct extfs *fs)
{
	int ret, fd = open(device, O_RDONLY | O_CLOEXEC);
	unsigned char super[1024], *u = super + UUID_AT;

	if (fd < 0)
		return fail("open", errno, "%s", device);
	ret = pread_exact(fd, super, sizeof(super), SUPER_AT, device);
	close(fd);
	if (ret)
		return -1;
	if (super[MAGIC_AT] != 0x53 || super[MAGIC_AT + 1] != 0xef)
		return fail("partition", 0, "%s has no ext4: prepare it with mkhibernate.sh", device);
	snprintf(fs->uuid, sizeof(fs->uuid), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
	memcpy(fs->label, super + LABEL_AT, sizeof(fs->label) - 1);
	fs->label[sizeof(fs->label) - 1] = '\0';
	return 0;
}
