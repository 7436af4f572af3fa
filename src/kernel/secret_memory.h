/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of memfd_secret(2), which even the kernel has no address for, but which lies in plain text in what is saved of RAM. */
#ifndef KH_KERNEL_SECRET_MEMORY_H
#define KH_KERNEL_SECRET_MEMORY_H

#include <stddef.h>

/*
 * Who has some in use, in words that can follow "in use by": "gpg-agent (123), vault (456)", cut off where `text` ends; or, where
 * the kernel counts more than its processes show, "somebody". `root` is the folder below which /proc is ("" but in tests).
 * Processes are asked for their mappings and open files; the kernel's own count, which sees files under way between processes,
 * too, is read where /proc/kallsyms has its place (CONFIG_KALLSYMS_ALL).
 * 1; 0 when nobody has any; or -1 and fail().
 */
int secret_memory_users(const char *root, char *text, size_t room);

#endif
