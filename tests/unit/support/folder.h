/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Folders that cannot be read to their end. */
#ifndef KH_FOLDER_H
#define KH_FOLDER_H

/* From now on readdir() fails with EIO after that many entries of any kind; a negative number ends it. */
void folder_fails_after(int entries);

#endif
