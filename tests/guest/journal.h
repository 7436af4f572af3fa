/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An open file that grows by numbered lines, and whose content can be told from their count. */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "latch.h"

#include <stdint.h>

struct journal {
	int fd;
	uint64_t lines;
	struct latch error;
};

/* Returns 0, or -1 with errno. */
int journal_open(struct journal *journal, const char *path);

void journal_append(struct journal *journal);

/* Reads all of it again, after it was flushed to the disk. */
void journal_check(struct journal *journal);

#endif
