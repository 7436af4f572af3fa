/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES = 21 }; /* 20 digits and a newline */

int journal_open(struct journal *journal, const char *path)
{
	journal->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	return journal->fd < 0 ? -1 : 0;
}

void journal_append(struct journal *journal)
{
	char line[LINE_BYTES + 1];

	snprintf(line, sizeof(line), "%020" PRIu64 "\n", journal->lines + 1);
	if (write(journal->fd, line, LINE_BYTES) == LINE_BYTES)
		journal->lines++;
	else
		latch(&journal->error, "write: %s", strerror(errno));
}

void journal_check(struct journal *journal)
{
	char line[LINE_BYTES], expected[LINE_BYTES + 1];
	struct stat status;

	if (fsync(journal->fd) < 0 || fstat(journal->fd, &status) < 0)
		latch(&journal->error, "fsync: %s", strerror(errno));
	else if (status.st_size != (off_t)(journal->lines * LINE_BYTES))
		latch(&journal->error, "%lld bytes for %" PRIu64 " lines", (long long)status.st_size, journal->lines);
	for (uint64_t i = 0; i < journal->lines && !journal->error.text[0]; i++) {
		snprintf(expected, sizeof(expected), "%020" PRIu64 "\n", i + 1);
		if (pread(journal->fd, line, LINE_BYTES, (off_t)(i * LINE_BYTES)) != LINE_BYTES)
			latch(&journal->error, "read: %s", strerror(errno));
		else if (memcmp(line, expected, LINE_BYTES))
			latch(&journal->error, "line %" PRIu64, i + 1);
	}
}
