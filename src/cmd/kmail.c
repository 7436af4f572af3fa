/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kmail: in B and C', leaves A a word of how it went, before the jump back. */
#include "base/options.h"
#include "base/report.h"
#include "cmd/programs.h"
#include "kexec/mailbox.h"

#define PROGRAM "kmail"

int kmail_main(int argc, char **argv)
{
	static const struct options options = {
		.program = PROGRAM,
		.synopsis = "PLACE CODE TEXT",
		.more = "Writes CODE, a reason's name (NONE: all went well), and TEXT into the mailbox at PLACE (khibernate.mailbox) of the\n"
			"system that is about to be entered again.\n"
			"Exit: 0 done; 1 failed; 2 usage.\n",
		.ordered = true,
	};
	enum reason reason;
	int at, status;

	if (!options_parse(&options, argc, argv, 3, 3, &at, &status))
		return status;
	reason = reason_of(argv[at + 1]);
	if (reason == REASON_COUNT) {
		fail("options", 0, "no code: %.40s", argv[at + 1]);
		return report_usage(PROGRAM);
	}
	return report_status(PROGRAM, mailbox_write(argv[at], reason, argv[at + 2]));
}
