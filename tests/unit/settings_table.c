/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of settings itself, and what its rows allow. */
#include "settings/table.h"

#include <ctype.h>

#include "check.h"
#include "settings/cmdline.h"

static void defaults_are_allowed(void)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings[i];

		if (row->initial)
			CHECK_OK(setting_check(row, "test", row->name, row->initial));
		if (row->bare)
			CHECK_OK(setting_check(row, "test", row->name, row->bare));
		if (row->bad)
			CHECK_OK(setting_check(row, "test", row->name, row->bad));
	}
}

static void rows_are_whole(void)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *row = &settings[i];

		check_true(row->readers && *row->help && !strchr(row->help, '\n'), __FILE__, __LINE__, row->name);
		/* The name has to be one of a shell's variable. */
		for (const char *c = row->name; *c; c++)
			check_true(islower((unsigned char)*c) || *c == '_', __FILE__, __LINE__, row->name);
		check_true((row->kind == SETTING_CHOICE) == !!row->choices, __FILE__, __LINE__, row->name);
		check_true((row->kind == SETTING_NUMBER) == !!row->most, __FILE__, __LINE__, row->name);
		/* Whoever gets the value from no program of ours needs a default. Only hibernate.sh has options, and a file that people write. */
		if (row->readers & (ROLE_HIBERNATE | ROLE_BOOT))
			check_true(row->initial != NULL, __FILE__, __LINE__, row->name);
		if (row->option || (row->places & PLACE_FILE))
			check_true(row->readers & ROLE_HIBERNATE, __FILE__, __LINE__, row->name);
		check_true(!row->bare || (row->places & PLACE_KERNEL), __FILE__, __LINE__, row->name);
		/* Only a boot goes on with a value that is not allowed. */
		check_true(!row->bad || ((row->places & PLACE_KERNEL) && row->readers == ROLE_BOOT), __FILE__, __LINE__, row->name);
	}
}

static void no_row_is_hidden_by_another(void)
{
	for (size_t i = 0; i < settings_count; i++)
		for (size_t j = i + 1; j < settings_count; j++) {
			const struct setting *a = &settings[i], *b = &settings[j];

			if (!strcmp(a->name, b->name))
				check_true(!(a->readers & b->readers) && !(a->places & b->places & PLACE_KERNEL), __FILE__, __LINE__,
					   a->name);
			if (a->option && b->option)
				check_true(strcmp(a->option, b->option) && (!a->letter || a->letter != b->letter), __FILE__, __LINE__,
					   a->name);
		}
	/* No shell gets a setting and a parameter of the same name. */
	for (size_t i = 0; i < parameters_count; i++)
		CHECK(!setting_find(parameters[i].variable, parameters[i].readers));
}

static void found(void)
{
	CHECK(!setting_find("nothing", ~0U));
	CHECK(!setting_find("wait", ROLE_HIBERNATE));
	CHECK(setting_find("wait", ROLE_BOOT) != NULL);
	CHECK(setting_find("action", ROLE_SAVE) != setting_find("action", ROLE_HIBERNATE));
	CHECK_EQ(setting_find("force", ROLE_HIBERNATE)->kind, SETTING_FLAG);
	CHECK_EQ(setting_find("force", ROLE_BOOT)->kind, SETTING_CHOICE);
}

static void values(void)
{
	static const struct { const char *name; enum role role; const char *value; const char *says; /* NULL: allowed */ } cases[] = {
		{ "action", ROLE_HIBERNATE, "reboot", NULL },
		{ "action", ROLE_HIBERNATE, "jump", "test: it is poweroff, reboot or resume, not jump" },
		{ "action", ROLE_HIBERNATE, "power", "not power" },
		{ "action", ROLE_HIBERNATE, "poweroff|reboot", "not poweroff|reboot" },
		{ "action", ROLE_HIBERNATE, "", "not empty" },
		{ "action", ROLE_SAVE, "jump", NULL },
		{ "test", ROLE_HIBERNATE, "", NULL },
		{ "dump_level", ROLE_SAVE, "16", NULL },
		{ "dump_level", ROLE_SAVE, "31", "it is 0, 1, 16 or 17, not 31" },
		{ "writer", ROLE_SAVE, "dd", "it is ksave or makedumpfile, not dd" },
		{ "wipe", ROLE_SAVE, "yes", "it is 0 or 1, not yes" },
		{ "wipe", ROLE_SAVE, "", "it is 0 or 1, not empty" },
		{ "wait", ROLE_BOOT, "0", NULL },
		{ "wait", ROLE_BOOT, "86400", NULL },
		{ "wait", ROLE_BOOT, "86401", "it is a number from 0 to 86400, not 86401" },
		/* A shell would read this as another number. */
		{ "wait", ROLE_BOOT, "010", "not 010" },
		{ "wait", ROLE_BOOT, "0x10", "not 0x10" },
		{ "wait", ROLE_BOOT, "-1", "not -1" },
		{ "wait", ROLE_BOOT, "5 ", "not 5 " },
		{ "wait", ROLE_BOOT, "99999999999999999999999", "not 999" },
		{ "wait", ROLE_BOOT, "", "not empty" },
		{ "menu", ROLE_BOOT, "", NULL },
		{ "force", ROLE_BOOT, "stale", NULL },
		{ "force", ROLE_BOOT, "1", "it is stale, not 1" },
		{ "partition", ROLE_BOOT, "/dev/sda1", NULL },
		{ "partition", ROLE_BOOT, "LABEL=my disk", NULL },
		{ "partition", ROLE_BOOT, "UUID=", "not UUID=" },
		{ "partition", ROLE_BOOT, "PARTLABEL=a b", NULL },
		{ "partition", ROLE_BOOT, "sda1", "it is /dev/..., LABEL=..., UUID=..., PARTLABEL=... or PARTUUID=..., not sda1" },
		{ "partition", ROLE_BOOT, "LABEL=a ", "not LABEL=a " },
		{ "partition", ROLE_BOOT, "LABEL=a\nb", "not LABEL=a?b" },
		{ "report", ROLE_SAVE, "/dev/ttyS1", NULL },
		{ "report", ROLE_SAVE, "", NULL },
		{ "report", ROLE_SAVE, "ttyS1", "it is a path that begins with /, not ttyS1" },
		{ "window", ROLE_HIBERNATE, "64M@0x4000000", NULL },
		{ "window", ROLE_HIBERNATE, "", NULL },
		{ "window", ROLE_HIBERNATE, "64MB", "it is SIZE or SIZE@ADDR, such as 64M or 64M@0x4000000, not 64MB" },
		{ "append", ROLE_HIBERNATE, " a='b' \"c\" $(d) \xc3\xa4 ", NULL },
		{ "append", ROLE_HIBERNATE, "", NULL },
		{ "append", ROLE_HIBERNATE, "a\nb", "it is text of one line, not a?b" },
		{ "append", ROLE_HIBERNATE, "a\033[2J", "not a?[2J" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct setting *row = setting_find(cases[i].name, cases[i].role);
		int ret;

		check_forget_failure();
		ret = setting_check(row, "test", "it", cases[i].value);
		if (cases[i].says)
			check_failure(ret, cases[i].says, __FILE__, __LINE__, cases[i].value);
		else
			check_success(ret, __FILE__, __LINE__, cases[i].value);
	}
}

RUN_TESTS(defaults_are_allowed, rows_are_whole, no_row_is_hidden_by_another, found, values)
