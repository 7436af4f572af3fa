/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An open file that grows by numbered lines, so that their count says what its content has to be. */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "latch.h"

#include <stdint.h>

struct journal {
	int fd;
	uint64_t lines;
	struct latch error;
};

/* Creates the file. Returns 0, or -1 with errno. */
int journal_open(struct journal *journal, const char *path);

void journal_append(struct journal *journal);

/* Flushes the file to the disk, reads all of it again, and notes what is wrong. */
void journal_check(struct journal *journal);

#endif
