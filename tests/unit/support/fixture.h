/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and memory for tests. When there is no more room for either, the test ends. */
#ifndef KH_FIXTURE_H
#define KH_FIXTURE_H

#include "base/io.h"
#include "base/range.h"

/* A new folder, removed when the test ends. */
const char *fixture_root(void);

/* Writes `root`/`path` and the folders above it. */
void fixture_write(const char *root, const char *path, const void *data, size_t size);
void fixture_text(const char *root, const char *path, const char *text);

/* An open anonymous file with `size` bytes of `data`; the caller closes it. */
int fixture_fd(const void *data, size_t size);

/* A copy of `size` bytes and a NUL that `size` leaves out, as read_file() gives it; the caller frees it. */
struct blob fixture_blob(const void *data, size_t size);

/* ranges_parse() of a text that has to be right; the caller frees the list. */
struct ranges fixture_ranges(const char *text);

#endif
