/* What kind of file system a hibernating partition has. */
#ifndef KH_EXTFS_H
#define KH_EXTFS_H

#define EXTFS_UUID_SIZE 37 /* 36 characters and a NUL */

/* The UUID of the ext2, ext3 or ext4 file system on `device`. 0, or -1 and fail(), also when there is none. */
int extfs_uuid(const char *device, char text[EXTFS_UUID_SIZE]);

#endif
