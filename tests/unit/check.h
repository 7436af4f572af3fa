/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks, which print where they are and what was expected when they fail. Each test file ends with RUN_TESTS(). */
#ifndef KH_CHECK_H
#define KH_CHECK_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"

static unsigned int checks_done, checks_failed;

/* Counts a check. When it failed, prints the head of a line, to which the caller adds what was expected. */
static inline bool check_result(bool good, const char *file, int line, const char *what)
{
	checks_done++;
	if (!good) {
		checks_failed++;
		printf("%s:%d: %s", file, line, what);
	}
	return good;
}

static inline bool check_true(bool good, const char *file, int line, const char *what)
{
	if (!check_result(good, file, line, what))
		puts(": expected to be true");
	return good;
}

static inline bool check_equal(uint64_t got, uint64_t want, const char *file, int line, const char *what)
{
	if (!check_result(got == want, file, line, what))
		printf(": expected %#" PRIx64 ", got %#" PRIx64 "\n", want, got);
	return got == want;
}

static inline bool check_text(const char *got, const char *want, const char *file, int line, const char *what)
{
	bool good = got && !strcmp(got, want);

	if (!check_result(good, file, line, what))
		printf(": expected \"%s\", got \"%s\"\n", want, got ? got : "(null)");
	return good;
}

static inline bool check_success(int ret, const char *file, int line, const char *what)
{
	if (!check_result(ret == 0, file, line, what))
		printf(": expected success, got %d: %s\n", ret, fail_text());
	return ret == 0;
}

static inline bool check_failure(int ret, const char *part, const char *file, int line, const char *what)
{
	bool good = ret == -1 && strstr(fail_text(), part);

	if (!check_result(good, file, line, what))
		printf(": expected -1 and \"%s\", got %d: %s\n", part, ret, fail_text());
	return good;
}

/* Forgets the text of an earlier failure, so that it cannot pass for that of the next one. */
static inline void check_forget_failure(void)
{
	(void)fail("check", 0, "no failure was recorded");
}

/* Each of these is true if the check held, so that a test can stop where going on makes no sense. */
#define CHECK(cond) check_true((cond), __FILE__, __LINE__, #cond)
#define CHECK_EQ(got, want) check_equal((uint64_t)(got), (uint64_t)(want), __FILE__, __LINE__, #got)
#define CHECK_STR(got, want) check_text((got), (want), __FILE__, __LINE__, #got)
#define CHECK_OK(call) (check_forget_failure(), check_success((call), __FILE__, __LINE__, #call))
/* The call has to return -1, and the text of its failure to contain `part`. */
#define CHECK_FAILS(call, part) \
	(check_forget_failure(), check_failure((call), (part), __FILE__, __LINE__, #call))

#define RUN_TESTS(...)                                                            \
	int main(void)                                                            \
	{                                                                         \
		static void (*const tests[])(void) = { __VA_ARGS__ };             \
										  \
		for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++)       \
			tests[i]();                                               \
		printf("%u checks, %u failed\n", checks_done, checks_failed);     \
		return checks_failed || !checks_done ? EXIT_FAILURE : EXIT_SUCCESS; \
	}

#endif
