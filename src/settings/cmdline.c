/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settings/cmdline.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"
#include "base/sized.h"

const struct parameter parameters[] = {
	{ .variable = "root", .name = "root", .initial = "", .readers = ROLE_BOOT,
	  .help = "the user's system" },
	{ .variable = "rootfstype", .name = "rootfstype", .initial = "ext4", .filled = true, .readers = ROLE_BOOT,
	  .help = "its file system" },
	{ .variable = "rootflags", .name = "rootflags", .initial = "", .readers = ROLE_BOOT,
	  .help = "options for mounting it" },
	{ .variable = "rw", .name = "rw", .other = "ro", .kind = PARAMETER_SWITCH, .initial = "0", .readers = ROLE_BOOT,
	  .help = "1 for `rw`: it is mounted for writing, and then its own init may not check it, as systemd does not" },
	{ .variable = "init", .name = "init", .initial = "/sbin/init", .filled = true, .readers = ROLE_BOOT,
	  .help = "its first program" },
	{ .variable = "part", .name = KERNEL_PREFIX "part", .initial = "", .readers = 0,
	  .help = "restore: this is C', and the word was put there by C" },
	{ .variable = "entry", .name = "kexec_jump_back_entry", .initial = "", .readers = ROLE_SAVE,
	  .help = "where A is entered: this is B, and the word was put there by kjump" },
	{ .variable = "mailbox", .name = KERNEL_PREFIX "mailbox", .initial = "", .readers = ROLE_SAVE,
	  .help = "where A looks for a word from B or C'" },
	{ .variable = "paging", .name = KERNEL_PREFIX "paging", .initial = "", .readers = ROLE_SAVE,
	  .help = "A's paging mode" },
	{ .variable = "window_range", .name = KERNEL_PREFIX "window", .kind = PARAMETER_WINDOW, .readers = ROLE_SAVE,
	  .help = "the window that B lives in" },
	{ .variable = "looked_for", .name = KERNEL_PREFIX "partition", .initial = PARTITION_DEFAULT, .readers = ROLE_HIBERNATE,
	  .help = "where C looks for an image at the next boot, if it is given the same words" },
};

const size_t parameters_count = sizeof(parameters) / sizeof(*parameters);

enum appliance_role cmdline_role(const char *cmdline)
{
	enum appliance_role role = IS_BOOT;
	struct word word;

	while (words_next(&cmdline, &word)) {
		if (word.value && word_named(&word, "kexec_jump_back_entry"))
			return IS_SAVE;
		if (word.value && word_named(&word, KERNEL_PREFIX "part"))
			role = word.value_length == 7 && !memcmp(word.value, "restore", 7) ? IS_RESTORE : IS_BOOT;
	}
	return role;
}

bool cmdline_knows(const struct word *word)
{
	for (size_t i = 0; i < parameters_count; i++)
		if (word_named(word, parameters[i].name))
			return true;
	return false;
}

/* Does this word of a command line give the parameter its value? */
static bool is_meant(const struct parameter *parameter, const struct word *word)
{
	switch (parameter->kind) {
	case PARAMETER_SWITCH:
		/* The kernel's own have no value (readonly() and readwrite() in init/do_mounts.c, Linux 6.12). */
		return !word->value && (word_named(word, parameter->name) || word_named(word, parameter->other));
	default:
		return word->value && word_named(word, parameter->name) && (word->value_length || !parameter->filled);
	}
}

/* Turns "SIZE@START", which is freed, into "start-end", which the caller frees; NULL if it is no such thing. */
static char *range_of(char *text)
{
	uint64_t size, start;
	char *range = NULL;

	if (!sized_parse(text, &size, &start) && start && start + size > start &&
	    asprintf(&range, "%" PRIx64 "-%" PRIx64, start, start + size) < 0)
		range = NULL;
	free(text);
	return range;
}

/* The parameter's value as the word gives it, which the caller frees; NULL if it cannot be one, or without memory. */
static char *value_in(const struct parameter *parameter, const struct word *word)
{
	char *value;

	if (parameter->kind == PARAMETER_SWITCH)
		return strdup(word_named(word, parameter->name) ? "1" : "0");
	value = strndup(word->value, word->value_length);
	for (char *c = value; c && *c; c++)
		if (iscntrl((unsigned char)*c)) {
			free(value);
			return NULL;
		}
	return value && parameter->kind == PARAMETER_WINDOW ? range_of(value) : value;
}

char *cmdline_value(const struct parameter *parameter, const char *cmdline, void (*note)(const char *text))
{
	struct word word, last = { 0 };
	char *value = NULL, text[128];

	while (words_next(&cmdline, &word))
		if (is_meant(parameter, &word))
			last = word;
	if (last.text) {
		value = value_in(parameter, &last);
		if (!value && note) {
			snprintf(text, sizeof(text), "kernel command line: the value of %s makes no sense", parameter->name);
			note(text);
		}
	}
	if (!value)
		value = strdup(parameter->initial ? parameter->initial : "");
	if (!value)
		fail("kernel command line", ENOMEM, "%s", parameter->name);
	return value;
}
