/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linked into the programs for tests/boot/wording: each failure has another text, so that it shows if anything decides by words.
 * The linker's --wrap puts these functions in place of base/report.c's.
 */
#include <ctype.h>
#include <stdio.h>

#include "base/report.h"

const char *__real_fail_text(void);
const char *__wrap_fail_text(void);
int __wrap_report_failure(const char *program);

const char *__wrap_fail_text(void)
{
	static _Thread_local char changed[1024];
	const char *said = __real_fail_text();
	size_t i = 0;

	/* Each letter becomes the one 13 places further in the alphabet. */
	for (; said[i] && i + 1 < sizeof(changed); i++) {
		int base = islower((unsigned char)said[i]) ? 'a' : 'A';

		changed[i] = isalpha((unsigned char)said[i]) ? (char)(base + (said[i] - base + 13) % 26) : said[i];
	}
	changed[i] = '\0';
	return changed;
}

int __wrap_report_failure(const char *program)
{
	fprintf(stderr, "%s: %s\n", program, __wrap_fail_text());
	return EXIT_FAILED;
}
