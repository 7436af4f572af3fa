/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes folders unreadable. */
#ifndef KH_FOLDER_H
#define KH_FOLDER_H

/* From now on readdir() fails with EIO when it has returned that many entries, of all folders together. A negative number ends that. */
void folder_fails_after(int entries);

#endif
