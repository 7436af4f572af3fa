#include "base/shell.h"

#include <ctype.h>

void shell_assign(FILE *to, const char *name, const char *value)
{
	fprintf(to, "%s='", name);
	for (; *value; value++)
		if (*value == '\'')
			fputs("'\\''", to);
		else
			fputc(iscntrl((unsigned char)*value) ? '?' : *value, to);
	fputs("'\n", to);
}
