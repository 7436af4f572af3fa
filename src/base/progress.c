/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SECOND ((uint64_t)1000000000)

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static uint64_t rate(const struct progress *p, uint64_t at)
{
	uint64_t ms = (at - p->started) / 1000000;

	return p->done / (ms ? ms : 1) * 1000 >> 20; /* MiB/s */
}

void progress_begin(struct progress *p, const char *what, uint64_t total, FILE *to)
{
	*p = (struct progress){ .what = what, .total = total, .to = to };
	/* A stream without a descriptor is one to several consoles. */
	p->terminal = to && (fileno(to) < 0 || isatty(fileno(to)));
	p->started = p->shown = now();
}

void progress_add(struct progress *p, uint64_t bytes)
{
	uint64_t at, mib_per_s, left = 0;

	p->done += bytes;
	if (!p->to)
		return;
	at = now();
	/* A console that keeps lines (a log, a serial port without a terminal) gets fewer of them. */
	if (at - p->shown < (p->terminal ? SECOND : 3 * SECOND))
		return;
	p->shown = at;
	mib_per_s = rate(p, at);
	if (mib_per_s && p->total > p->done)
		left = (p->total - p->done) / (mib_per_s << 20) + 1;
	fprintf(p->to, "%s%s: %3" PRIu64 " %%  %" PRIu64 " MiB/s  %" PRIu64 " s left %s",
		p->terminal ? "\r" : "", p->what, p->total ? p->done * 100 / p->total : 100, mib_per_s,
		left, p->terminal ? "  " : "\n");
	fflush(p->to);
}

void progress_end(struct progress *p)
{
	uint64_t at = now();

	if (!p->to)
		return;
	fprintf(p->to, "%s%s: %" PRIu64 " MiB in %" PRIu64 ".%02" PRIu64 " s, %" PRIu64 " MiB/s\n",
		p->terminal ? "\r" : "", p->what, p->done >> 20, (at - p->started) / SECOND,
		(at - p->started) / (SECOND / 100) % 100, rate(p, at));
}
