/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/table.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/report.h"
#include "base/sized.h"

#define ALL_ROLES (ROLE_HIBERNATE | ROLE_SAVE | ROLE_BOOT | ROLE_RESTORE)
#define ANYWHERE (PLACE_FILE | PLACE_KERNEL)

const struct setting settings[] = {
	{ .name = "partition", .option = "partition", .kind = SETTING_DEVICE, .initial = PARTITION_DEFAULT,
	  .readers = ALL_ROLES, .places = ANYWHERE,
	  .help = "hibernating partition: /dev/..., LABEL=..., UUID=..., PARTLABEL=... or PARTUUID=..." },
	{ .name = "action", .option = "action", .kind = SETTING_CHOICE, .choices = "poweroff|reboot|resume", .initial = "poweroff",
	  .readers = ROLE_HIBERNATE, .places = ANYWHERE,
	  .help = "what follows the save; resume comes straight back, and leaves an image for debuggers that no boot resumes" },
	{ .name = "action", .kind = SETTING_CHOICE, .choices = "poweroff|reboot|resume|jump",
	  .readers = ROLE_SAVE,
	  .help = "what follows the save; jump comes straight back and saves nothing" },
	{ .name = "test", .option = "test", .kind = SETTING_CHOICE, .choices = "check|jump|save", .initial = "",
	  .readers = ROLE_HIBERNATE,
	  .help = "check only says whether all is there that is needed; jump goes to the appliance and back; "
		  "save saves, verifies and comes back" },
	{ .name = "dump_level", .option = "dump-level", .kind = SETTING_CHOICE, .choices = "0|1|16|17", .initial = "17",
	  .readers = ROLE_HIBERNATE | ROLE_SAVE, .places = ANYWHERE,
	  .help = "what is left out: 1 zero pages, 16 free pages, 17 both, 0 nothing; "
		  "anything else would leave out memory that this system needs" },
	{ .name = "compress", .option = "compress", .kind = SETTING_CHOICE, .choices = "none|lz4|zstd", .initial = "none",
	  .readers = ROLE_HIBERNATE | ROLE_SAVE, .places = ANYWHERE,
	  .help = "how the image is compressed" },
	{ .name = "writer", .option = "writer", .kind = SETTING_CHOICE, .choices = "ksave|makedumpfile", .initial = "ksave",
	  .readers = ROLE_HIBERNATE | ROLE_SAVE, .places = ANYWHERE,
	  .help = "which program writes the image; makedumpfile takes longer and does not compress" },
	{ .name = "window", .option = "window", .kind = SETTING_WINDOW, .initial = "",
	  .readers = ROLE_HIBERNATE, .places = ANYWHERE,
	  .help = "RAM that the appliance runs in; when empty 48M, more above 16 GiB of RAM, at a place that is chosen" },
	{ .name = "append", .option = "append", .kind = SETTING_TEXT, .initial = "",
	  .readers = ROLE_HIBERNATE, .places = ANYWHERE,
	  .help = "more kernel parameters for the appliance when it saves" },
	{ .name = "discard", .option = "discard", .kind = SETTING_FLAG, .initial = "0",
	  .readers = ROLE_HIBERNATE,
	  .help = "delete the image that is there, also one that was saved but never resumed, and end" },
	{ .name = "wipe", .option = "wipe", .kind = SETTING_FLAG, .initial = "0", .bare = "1",
	  .readers = ROLE_HIBERNATE | ROLE_SAVE, .places = ANYWHERE,
	  .help = "leave nothing of an image that is deleted, and delete this one after the resume" },
	{ .name = "save_disk_keys", .option = "save-disk-keys", .kind = SETTING_FLAG, .initial = "0", .bare = "1",
	  .readers = ROLE_HIBERNATE, .places = ANYWHERE,
	  .help = "go on although the image, which is not encrypted, will hold the keys of encrypted disks" },
	{ .name = "save_secret_memory", .option = "save-secret-memory", .kind = SETTING_FLAG, .initial = "0", .bare = "1",
	  .readers = ROLE_HIBERNATE, .places = ANYWHERE,
	  .help = "go on although memory of memfd_secret(2) is in use, which will lie in the image in plain text" },
	{ .name = "force", .option = "force", .kind = SETTING_FLAG, .initial = "0",
	  .readers = ROLE_HIBERNATE,
	  .help = "go on although the partition looks too small, a hardware watchdog is active, a file system is mounted that another "
		  "system is likely to use, or the image will hold the keys of encrypted disks" },
	{ .name = "explain", .option = "debug", .kind = SETTING_FLAG, .initial = "0",
	  .readers = ROLE_HIBERNATE,
	  .help = "show what kjump decides" },
	{ .name = "quiet", .option = "quiet", .letter = 'q', .kind = SETTING_FLAG, .initial = "0", .bare = "1",
	  .readers = ALL_ROLES, .places = ANYWHERE,
	  .help = "no progress" },
	{ .name = "on_fail", .kind = SETTING_CHOICE, .choices = "ask|boot|halt|reboot|shell", .initial = "ask",
	  .readers = ALL_ROLES, .places = ANYWHERE,
	  .help = "what the appliance does when a boot can resume no image or boot no system: ask offers a choice and, if nobody answers in "
		  "time, keeps the image and powers off; boot gives the image up and goes on with the user's system, "
		  "halt leaves the reason on the console, reboot starts the machine anew; shell needs debug, "
		  "and gives a shell before going back from a save that failed, too" },
	{ .name = "fail_timeout", .kind = SETTING_NUMBER, .most = SETTINGS_SECONDS_MAX, .initial = MENU_SECONDS,
	  .readers = ROLE_BOOT, .places = PLACE_KERNEL,
	  .help = "seconds that on_fail=ask waits for an answer" },
	{ .name = "debug", .kind = SETTING_FLAG, .initial = "0", .bare = "1",
	  .readers = ALL_ROLES, .places = ANYWHERE,
	  .help = "the appliance may give a shell on its console, in which the saved memory can be read" },
	{ .name = "report", .kind = SETTING_PATH, .initial = "",
	  .readers = ALL_ROLES, .places = ANYWHERE,
	  .help = "a device that each status line is written to, too" },
	{ .name = "device_timeout", .kind = SETTING_NUMBER, .most = SETTINGS_SECONDS_MAX, .initial = "30",
	  .readers = ALL_ROLES, .places = ANYWHERE,
	  .help = "seconds that the appliance waits for a device that it needs: the partition to save to, root=, "
		  "and what the saved system had in use" },
	{ .name = "wait", .kind = SETTING_NUMBER, .most = SETTINGS_SECONDS_MAX, .initial = "5",
	  .readers = ROLE_BOOT, .places = PLACE_KERNEL,
	  .help = "seconds that a boot waits for the hibernating partition; device_timeout more if the system on root= was not shut "
		  "down in order, so that it may be in an image" },
	{ .name = "timeout", .kind = SETTING_NUMBER, .most = SETTINGS_SECONDS_MAX, .initial = "0",
	  .readers = ROLE_BOOT, .places = PLACE_KERNEL,
	  .help = "seconds that a boot waits for a key that brings up the choice, before it resumes; "
		  "0: only one that was pressed already" },
	{ .name = "menu", .kind = SETTING_NUMBER, .most = SETTINGS_SECONDS_MAX, .initial = "", .bare = MENU_SECONDS, .bad = MENU_SECONDS,
	  .readers = ROLE_BOOT, .places = PLACE_KERNEL,
	  .help = "bring up the choice at once, and resume if nothing is chosen in so many seconds" },
	{ .name = "force", .kind = SETTING_CHOICE, .choices = "stale", .initial = "",
	  .readers = ROLE_BOOT, .places = PLACE_KERNEL,
	  .help = "resume although disks are not as they were when the image was saved, or an earlier boot refused the image for that "
		  "or for noresume" },
	/* Who writes the word does not want the image resumed, however the value is spelt. */
	{ .name = "noresume", .kind = SETTING_FLAG, .initial = "0", .bare = "1", .bad = "1",
	  .readers = ROLE_BOOT, .places = PLACE_KERNEL,
	  .help = "do not resume, now or later: the image is kept, but the user's system is booted and changes its disks" },
	{ .name = "direct", .kind = SETTING_FLAG, .initial = "1", .bare = "1",
	  .readers = ROLE_BOOT, .places = PLACE_KERNEL,
	  .help = "0: a boot never puts memory back itself, but always by a second kernel in the window" },
	{ .name = "free_is_zero", .kind = SETTING_FLAG,
	  .readers = ROLE_SAVE,
	  .help = "the saved kernel takes free pages to be zero" },
	{ .name = "verify", .kind = SETTING_FLAG,
	  .readers = ROLE_SAVE,
	  .help = "read all of the image back before the save counts" },
};

const size_t settings_count = sizeof(settings) / sizeof(*settings);
_Static_assert(sizeof(settings) / sizeof(*settings) <= SETTINGS_MAX, "SETTINGS_MAX is too small");

const struct setting *setting_find(const char *name, unsigned int roles)
{
	for (size_t i = 0; i < settings_count; i++)
		if ((settings[i].readers & roles) && !strcmp(name, settings[i].name))
			return &settings[i];
	return NULL;
}

/* Is `value` one of "a|b|c"? */
static bool is_choice(const char *choices, const char *value)
{
	size_t length = strlen(value);

	for (const char *at = choices; *at; at += strcspn(at, "|"), at += *at == '|')
		if (strcspn(at, "|") == length && !memcmp(at, value, length))
			return true;
	return false;
}

static bool is_number(const char *value, uint64_t most)
{
	uint64_t number;

	return isdigit((unsigned char)*value) && (*value != '0' || !value[1]) &&
	       !number_parse(value, 10, &number) && number <= most;
}

static bool is_device(const char *value)
{
	static const char *const begin[] = { "LABEL=", "UUID=", "PARTLABEL=", "PARTUUID=", "/" };

	for (size_t i = 0; i < sizeof(begin) / sizeof(*begin); i++)
		if (!strncmp(value, begin[i], strlen(begin[i])) && value[strlen(begin[i])])
			return true;
	return false;
}

static bool is_window(const char *value)
{
	uint64_t size, at;

	return !sized_parse(value, &size, &at);
}

static bool begins_or_ends_with_space(const char *value)
{
	return isspace((unsigned char)*value) || (*value && isspace((unsigned char)value[strlen(value) - 1]));
}

const char *setting_choices(const struct setting *row)
{
	return row->kind == SETTING_FLAG ? "0|1" : row->kind == SETTING_CHOICE ? row->choices : NULL;
}

static bool is_allowed(const struct setting *row, const char *value)
{
	if (!*value)
		return row->kind == SETTING_TEXT || (row->initial && !*row->initial);
	for (const char *c = value; *c; c++)
		if (iscntrl((unsigned char)*c))
			return false;
	if (row->kind != SETTING_TEXT && begins_or_ends_with_space(value))
		return false;
	switch (row->kind) {
	case SETTING_CHOICE: case SETTING_FLAG: return is_choice(setting_choices(row), value);
	case SETTING_NUMBER: return is_number(value, row->most);
	case SETTING_DEVICE: return is_device(value);
	case SETTING_PATH: return *value == '/';
	case SETTING_WINDOW: return is_window(value);
	case SETTING_TEXT: break;
	}
	return true;
}

int setting_check(const struct setting *row, const char *step, const char *called, const char *value)
{
	char words[256] = "";
	FILE *to;

	if (is_allowed(row, value))
		return 0;
	/* What does not fit is cut off; without memory the message goes without these words. */
	to = fmemopen(words, sizeof(words), "w");
	if (to) {
		setting_values(row, to);
		fclose(to);
	}
	return fail(step, 0, "%s is %s, not %.200s", called, words, *value ? value : "empty");
}

/* "a, b or c" of "a|b|c". */
static void put_in_words(const char *choices, FILE *to)
{
	for (const char *at = choices, *next; *at; at = next) {
		size_t length = strcspn(at, "|");

		next = at + length + (at[length] == '|');
		fprintf(to, "%.*s%s", (int)length, at, !*next ? "" : strchr(next, '|') ? ", " : " or ");
	}
}

/* How the values of a kind are described, where they are neither choices nor numbers. */
static const struct {
	const char *words, *syntax;
} kinds[] = {
	[SETTING_DEVICE] = { "/dev/..., LABEL=..., UUID=..., PARTLABEL=... or PARTUUID=...", "NAME" },
	[SETTING_PATH] = { "a path that begins with /", "PATH" },
	[SETTING_WINDOW] = { "SIZE or SIZE@ADDR, such as 64M or 64M@0x4000000", "SIZE[@ADDR]" },
	[SETTING_TEXT] = { "text of one line", "TEXT" },
};

void setting_values(const struct setting *row, FILE *to)
{
	if (setting_choices(row))
		put_in_words(setting_choices(row), to);
	else if (row->kind == SETTING_NUMBER)
		fprintf(to, "a number from 0 to %" PRIu64, row->most);
	else
		fputs(kinds[row->kind].words, to);
}

void setting_syntax(const struct setting *row, FILE *to)
{
	if (row->kind == SETTING_NUMBER)
		fprintf(to, "0-%" PRIu64, row->most);
	else
		fputs(setting_choices(row) ? setting_choices(row) : kinds[row->kind].syntax, to);
}
