/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kallsyms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t kallsyms_address(const char *path, const char *symbol)
{
	size_t length = strlen(symbol);
	FILE *list = fopen(path, "re");
	uint64_t found = 0;
	char line[512];

	if (!list)
		return 0;
	/* "ADDRESS TYPE SYMBOL", and behind a tab the module */
	while (fgets(line, sizeof(line), list)) {
		char *end;
		uint64_t address = strtoull(line, &end, 16);

		if (end != line && *end == ' ' && end[1] && end[2] == ' ' && !strncmp(end + 3, symbol, length) &&
		    (end[3 + length] == '\n' || end[3 + length] == '\t') && address && (!found || address < found))
			found = address;
	}
	fclose(list);
	return found;
}
