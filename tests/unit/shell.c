/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Assignments for a shell, whatever the value is. */
#include "base/shell.h"

#include "check.h"

static void quoting(void)
{
	static const struct { const char *value, *want; bool lines; } cases[] = {
		{ "", "v=''\n", false }, { "a b", "v='a b'\n", false }, { "$(x) `y` \\ \"", "v='$(x) `y` \\ \"'\n", false },
		{ "'", "v=''\\'''\n", false }, { "a'b''", "v='a'\\''b'\\'''\\'''\n", false },
		{ "a\nb\x1b\xff", "v='a?b?\xff'\n", false }, { "a'\nb\x1b\xff", "v='a'\\''\nb?\xff'\n", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		if (cases[i].lines)
			shell_assign_lines(to, "v", cases[i].value);
		else
			shell_assign(to, "v", cases[i].value);
		fclose(to);
		CHECK_STR(text, cases[i].want);
		free(text);
	}
}

/* A shell that has evaluated the assignment has the same value. */
static void shell_agrees(void)
{
	char value[256] = "", command[1024] = "", got[300] = "";
	FILE *to, *from;
	size_t size = 0;

	for (int c = 1; c < 256; c++)
		if (c == '\n' || (c >= ' ' && c != 0x7f))
			value[size++] = (char)c;
	to = fmemopen(command, sizeof(command), "w");
	shell_assign_lines(to, "v", value);
	fputs("printf '%sx' \"$v\"", to);
	fclose(to);
	from = popen(command, "r");
	if (!CHECK(from != NULL))
		return;
	size = fread(got, 1, sizeof(got) - 1, from);
	CHECK_EQ(pclose(from), 0);
	CHECK_EQ(size, strlen(value) + 1);
	CHECK(!memcmp(got, value, strlen(value)) && got[size - 1] == 'x');
}

RUN_TESTS(quoting, shell_agrees)
