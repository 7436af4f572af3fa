/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Progress on a stream of the caller's choice: percentage, MiB/s, time left. */
#ifndef KH_BASE_PROGRESS_H
#define KH_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *to;
	const char *what;
	uint64_t total, done, started, shown; /* bytes, bytes, ns, ns */
	bool terminal;
};

/* Starts to count; with `to` NULL nothing is ever shown. */
void progress_begin(struct progress *p, const char *what, uint64_t total, FILE *to);
/* Counts `bytes` more and shows a line now and then, never in the first second. */
void progress_add(struct progress *p, uint64_t bytes);
/* Shows the closing line: bytes, seconds, rate. */
void progress_end(struct progress *p);

#endif
