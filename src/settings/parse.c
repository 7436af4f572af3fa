/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"
#include "base/units.h"
#include "base/words.h"
#include "settings/cmdline.h"

#define ANY_ROLE (~0U)
#define KERNEL_STEP "kernel command line"
/* Room for the name of a setting with what stands before it, and for a message. */
#define NAME_SIZE 64
#define MESSAGE_SIZE 512

void values_begin(struct values *values, enum role role)
{
	*values = (struct values){ .role = role };
}

void values_free(struct values *values)
{
	for (size_t i = 0; i < settings_count; i++)
		free(values->text[i]);
	values_begin(values, values->role);
}

static char **value_of(struct values *values, const struct setting *row)
{
	return &values->text[row - settings];
}

/* Gives the setting a value, in place of the one that it may have. */
static int give(struct values *values, const struct setting *row, const char *step, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return fail(step, ENOMEM, "%s", row->name);
	free(*value_of(values, row));
	*value_of(values, row) = copy;
	return 0;
}

int values_option(struct values *values, const struct setting *row, const char *value)
{
	char called[NAME_SIZE], message[MESSAGE_SIZE];

	if (!value)
		value = "1";
	snprintf(called, sizeof(called), "--%s", row->option);
	if (setting_check(row, "options", called, value)) {
		snprintf(message, sizeof(message), "%s (see --help)", fail_text());
		return fail_again(message);
	}
	return give(values, row, "options", value);
}

/* Is it a setting that the role's file may have? */
static bool in_file(const struct setting *row, enum role role)
{
	return (row->readers & role) && (role != ROLE_HIBERNATE || (row->places & PLACE_FILE));
}

/* Says why `name` may not stand in the role's file. */
static int refuse_name(const char *step, const char *name, enum role role)
{
	const struct setting *row = setting_find(name, role);
	char names[MESSAGE_SIZE] = "";

	if (row)
		return fail(step, 0, "%s is an option only: --%s", name, row->option);
	row = setting_find(name, ANY_ROLE);
	if (row && role == ROLE_HIBERNATE && (row->places & PLACE_KERNEL))
		return fail(step, 0, "%s may stand on the kernel command line only: khibernate.%s", name, name);
	for (size_t i = 0; i < settings_count; i++)
		if (in_file(&settings[i], role))
			snprintf(names + strlen(names), sizeof(names) - strlen(names), " %s", settings[i].name);
	return fail(step, 0, "%.40s is none of the settings, which are%s", name, names);
}

/* Finds the row of a name of the role's file: NULL and fail(). */
static const struct setting *row_in_file(const char *step, const char *name, enum role role)
{
	const struct setting *row = setting_find(name, role);

	if (row && in_file(row, role))
		return row;
	refuse_name(step, name, role);
	return NULL;
}

int values_pair(struct values *values, const char *step, const char *pair)
{
	char name[NAME_SIZE];
	size_t length = strcspn(pair, "=");
	const struct setting *row;

	if (!pair[length])
		return fail(step, 0, "not NAME=VALUE: %.40s", pair);
	snprintf(name, sizeof(name), "%.*s", (int)min_size(length, sizeof(name)), pair);
	row = row_in_file(step, name, values->role);
	if (!row || setting_check(row, step, name, pair + length + 1))
		return -1;
	if (*value_of(values, row))
		return fail(step, 0, "%s is given twice", name);
	return give(values, row, step, pair + length + 1);
}

/* Cuts the spaces off both ends. */
static char *trimmed(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* Reads one line of the file, which is changed by that. */
static int take_line(struct values *in_file, const char *step, char *line)
{
	char *equals, *name, *pair;
	int ret;

	line = trimmed(line);
	if (!*line || *line == '#')
		return 0;
	equals = strchr(line, '=');
	if (!equals)
		return fail(step, 0, "not NAME=VALUE: %.40s", line);
	*equals = '\0';
	name = trimmed(line);
	if (asprintf(&pair, "%s=%s", name, trimmed(equals + 1)) < 0)
		return fail(step, ENOMEM, "%s", name);
	ret = values_pair(in_file, step, pair);
	free(pair);
	return ret;
}

/* Moves the values that were read to those settings that have none yet. */
static void take_over(struct values *values, struct values *from)
{
	for (size_t i = 0; i < settings_count; i++) {
		if (values->text[i])
			continue;
		values->text[i] = from->text[i];
		from->text[i] = NULL;
	}
}

int values_file(struct values *values, const char *name, const struct blob *text)
{
	const char *at = (const char *)text->data, *end = at + text->size;
	struct values own;
	int ret = 0;

	values_begin(&own, values->role);
	for (unsigned int number = 1; at < end && !ret; number++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((newline ? newline : end) - at);
		char step[MESSAGE_SIZE], *line = strndup(at, length);

		snprintf(step, sizeof(step), "%s:%u", name, number);
		if (!line)
			ret = fail(step, ENOMEM, "%zu bytes", length);
		else if (strlen(line) != length)
			ret = fail(step, 0, "this is no text: it holds a NUL");
		else
			ret = take_line(&own, step, line);
		free(line);
		at += length + !!newline;
	}
	if (!ret)
		take_over(values, &own);
	values_free(&own);
	return ret;
}

/* The word's row among those that may stand on the kernel command line and that one of `roles` reads. */
static const struct setting *row_of_word(const struct word *word, unsigned int roles)
{
	for (size_t i = 0; i < settings_count; i++) {
		char called[NAME_SIZE];

		snprintf(called, sizeof(called), KERNEL_PREFIX "%s", settings[i].name);
		if ((settings[i].places & PLACE_KERNEL) && (settings[i].readers & roles) && word_named(word, called))
			return &settings[i];
	}
	return NULL;
}

/* After the failure of a value that is not allowed: what stands for it. 0, or -1 and fail(). */
static int take_instead(struct values *values, const struct setting *row, values_note note)
{
	const char *taken = row->bad ? row->bad : row->initial;
	char text[MESSAGE_SIZE];

	if (taken && *taken)
		snprintf(text, sizeof(text), "%s: %s is taken", fail_text(), taken);
	else
		snprintf(text, sizeof(text), "%s: ignored", fail_text());
	if (note)
		note(text);
	return row->bad ? give(values, row, KERNEL_STEP, row->bad) : 0;
}

static void say_unknown(const struct word *word, values_note note)
{
	char text[MESSAGE_SIZE];

	snprintf(text, sizeof(text), KERNEL_STEP ": %.*s is no setting", (int)min_size(word->name_length, NAME_SIZE), word->name);
	note(text);
}

/* Reads a word that is the last one of its setting: the others do not count, whatever they say. */
static int take_word(struct values *values, const struct setting *row, const struct word *word)
{
	char called[NAME_SIZE], *value;
	int ret;

	snprintf(called, sizeof(called), KERNEL_PREFIX "%s", row->name);
	if (!word->value && !row->bare)
		return fail(KERNEL_STEP, 0, "%s needs a value", called);
	value = word->value ? strndup(word->value, word->value_length) : strdup(row->bare);
	if (!value)
		return fail(KERNEL_STEP, ENOMEM, "%s", called);
	ret = setting_check(row, KERNEL_STEP, called, value);
	if (!ret)
		ret = give(values, row, KERNEL_STEP, value);
	free(value);
	return ret;
}

const char *values_get(const struct values *values, const char *name)
{
	const struct setting *row = setting_find(name, values->role);

	return row ? values->text[row - settings] : NULL;
}

/* A kernel takes so many bytes (COMMAND_LINE_SIZE, arch/x86/include/asm/setup.h, Linux 6.12, with a NUL), and drops what is more. */
#define LINE_MAX_BYTES 2047

/* Notes a line that may have lost its end. */
static void say_full(const char *cmdline, values_note note)
{
	size_t length = strlen(cmdline);
	char text[MESSAGE_SIZE];
	struct word longest;

	length -= length && cmdline[length - 1] == '\n';
	if (length != LINE_MAX_BYTES || !words_longest(cmdline, &longest, 1))
		return;
	snprintf(text, sizeof(text), KERNEL_STEP ": it has %zu bytes, all that a kernel takes, so its end may be missing; the longest word is "
		 "%.*s with %zu bytes", length, (int)min_size(longest.name_length, NAME_SIZE), longest.name, longest.length);
	note(text);
}

int values_kernel(struct values *values, const char *cmdline, bool forgiving, values_note note)
{
	struct word last[SETTINGS_MAX] = { 0 }, word;

	if (note)
		say_full(cmdline, note);
	while (words_next(&cmdline, &word)) {
		const struct setting *row;

		if (!word_begins(&word, KERNEL_PREFIX, strlen(KERNEL_PREFIX)))
			continue;
		row = row_of_word(&word, values->role);
		if (row)
			last[row - settings] = word;
		else if (note && !row_of_word(&word, ANY_ROLE) && !cmdline_knows(&word))
			say_unknown(&word, note);
	}
	for (size_t i = 0; i < settings_count; i++) {
		if (!last[i].text || values->text[i] || !take_word(values, &settings[i], &last[i]))
			continue;
		if (!forgiving || take_instead(values, &settings[i], note))
			return -1;
	}
	return 0;
}

int values_defaults(struct values *values)
{
	for (size_t i = 0; i < settings_count; i++)
		if ((settings[i].readers & values->role) && settings[i].initial && !values->text[i] &&
		    give(values, &settings[i], "defaults", settings[i].initial))
			return -1;
	return 0;
}

int values_complete(const struct values *values, const char *step)
{
	for (size_t i = 0; i < settings_count; i++)
		if ((settings[i].readers & values->role) && !values->text[i])
			return fail(step, 0, "%s is missing", settings[i].name);
	return 0;
}
