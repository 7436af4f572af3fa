/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/shell.h"

#include <ctype.h>

/* Control characters become question marks, but for `kept`. */
static void assign(FILE *to, const char *name, const char *value, char kept)
{
	fprintf(to, "%s='", name);
	for (; *value; value++)
		if (*value == '\'')
			fputs("'\\''", to);
		else
			fputc(*value != kept && iscntrl((unsigned char)*value) ? '?' : *value, to);
	fputs("'\n", to);
}

void shell_assign(FILE *to, const char *name, const char *value)
{
	assign(to, name, value, '\0');
}

void shell_assign_lines(FILE *to, const char *name, const char *text)
{
	assign(to, name, text, '\n');
}
