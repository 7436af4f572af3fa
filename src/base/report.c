/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/report.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Each thread has its own, because several may fail at the same time. */
static _Thread_local char failure[1024] = "nothing failed";
static bool debugging;

void make_one_line(char *text)
{
	for (; *text; text++)
		if (iscntrl((unsigned char)*text))
			*text = '?';
}

int fail(const char *step, int err, const char *fmt, ...)
{
	char what[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (err)
		snprintf(failure, sizeof(failure), "%s: %s (%s)", step, what, strerror(err));
	else
		snprintf(failure, sizeof(failure), "%s: %s", step, what);
	make_one_line(failure);
	return -1;
}

int fail_again(const char *text)
{
	snprintf(failure, sizeof(failure), "%s", text);
	return -1;
}

const char *fail_text(void)
{
	return failure;
}

int report_failure(const char *program)
{
	fprintf(stderr, "%s: %s\n", program, failure);
	return EXIT_FAILED;
}

int report_usage(const char *program)
{
	report_failure(program);
	return EXIT_USAGE;
}

int report_status(const char *program, int ret)
{
	return ret ? report_failure(program) : EXIT_OK;
}

void debug_enable(void)
{
	debugging = true;
}

void debug(const char *fmt, ...)
{
	va_list ap;

	if (!debugging)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}
