/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kalone: runs a script of ours alone. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "base/options.h"
#include "base/report.h"
#include "cmd/programs.h"
#include "kernel/alone.h"

#define PROGRAM "kalone"

int kalone_main(int argc, char **argv)
{
	static const struct options options = {
		.program = PROGRAM,
		.synopsis = "NAME FOLDER COMMAND...",
		.more = "Runs COMMAND in place of itself, if no other one runs in this way with FOLDER, where nobody else sees what it mounts.\n"
			"COMMAND finds its process number in KHIBERNATE_ALONE. NAME is what it is called in messages.\n"
			"Exit: the command's; 1 it was not run; 2 usage.\n",
		.ordered = true,
	};
	int at, status;

	if (!options_parse(&options, argc, argv, 3, INT_MAX, &at, &status))
		return status;
	if (!alone_begin(argv[at], argv[at + 1])) {
		execvp(argv[at + 2], argv + at + 2);
		fail("start", errno, "%s", argv[at + 2]);
	}
	return report_failure(argv[at]);
}
