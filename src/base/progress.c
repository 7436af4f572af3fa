/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

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
	p->started = p->shown = clock_ns();
}

void progress_add(struct progress *p, uint64_t bytes)
{
	uint64_t at, mib_per_s, left = 0;

	p->done += bytes;
	if (!p->to)
		return;
	at = clock_ns();
	/* A console that keeps lines (a log, a serial port without a terminal) gets fewer of them. */
	if (at - p->shown < (p->terminal ? CLOCK_SECOND : 3 * CLOCK_SECOND))
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
	uint64_t at = clock_ns();

	if (!p->to)
		return;
	fprintf(p->to, "%s%s: %" PRIu64 " MiB in %" PRIu64 ".%02" PRIu64 " s, %" PRIu64 " MiB/s\n",
		p->terminal ? "\r" : "", p->what, p->done >> 20, (at - p->started) / CLOCK_SECOND,
		(at - p->started) / (CLOCK_SECOND / 100) % 100, rate(p, at));
}
