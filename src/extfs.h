/* What kind of file system a hibernating partition has. */
#ifndef KH_EXTFS_H
#define KH_EXTFS_H

struct extfs {
	char uuid[37];  /* as text */
	char label[17]; /* "" without one */
};

/* What the ext2, ext3 or ext4 file system on `device` is called. 0, or -1 and fail(), also when there is none. */
int extfs_read(const char *device, struct extfs *fs);

#endif
