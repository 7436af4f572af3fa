/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which words of the kernel command line a boot of the appliance knows its role. */
#include "settings/cmdline.h"

#include "check.h"

#define ENTRY "kexec_jump_back_entry=0x100"
#define PART "khibernate.part=restore"

static void roles(void)
{
	static const struct { const char *cmdline; enum appliance_role want; } cases[] = {
		{ "", IS_BOOT },
		{ "root=/dev/sda1 quiet", IS_BOOT },
		{ ENTRY, IS_SAVE },
		{ "quiet " ENTRY " khibernate.window=48M@16M\n", IS_SAVE },
		{ PART, IS_RESTORE },
		{ "quiet " PART "\n", IS_RESTORE },
		/* A system that waits for being saved counts more than anything else, in whatever order the words come. */
		{ ENTRY " " PART, IS_SAVE },
		{ PART " " ENTRY, IS_SAVE },
		/* With another value, or with none. */
		{ "kexec_jump_back_entry=", IS_SAVE },
		{ "kexec_jump_back_entry", IS_BOOT },
		{ "khibernate.part", IS_BOOT },
		{ "khibernate.part=", IS_BOOT },
		{ "khibernate.part=boot", IS_BOOT },
		{ "khibernate.part=restored", IS_BOOT },
		{ "khibernate.part=restor", IS_BOOT },
		{ "khibernate.part=RESTORE", IS_BOOT },
		/* The last one counts. */
		{ PART " khibernate.part=boot", IS_BOOT },
		{ "khibernate.part=boot " PART, IS_RESTORE },
		/* Words of which these are only a part. */
		{ "x" PART " x" ENTRY, IS_BOOT },
		{ "khibernate.parts=restore kexec_jump_back_entry_=1", IS_BOOT },
		/* As the kernel reads them: - and _ are the same, quotes hold a word together, and -- ends its own words. */
		{ "kexec-jump-back-entry=0x100", IS_SAVE },
		{ "khibernate.part=\"restore\"", IS_RESTORE },
		{ "\"khibernate.part=restore\"", IS_RESTORE },
		{ "append=\"x " ENTRY " " PART " y\"", IS_BOOT },
		{ "-- " ENTRY " " PART, IS_BOOT },
		{ PART " -- " ENTRY, IS_RESTORE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_true(cmdline_role(cases[i].cmdline) == cases[i].want, __FILE__, __LINE__, cases[i].cmdline);
}

RUN_TESTS(roles)
