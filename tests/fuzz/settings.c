/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the settings. The input: a file with settings, a kernel command line. */
#include "base/words.h"
#include "fuzz.h"
#include "settings/print.h"

static void note(const char *text)
{
	PROMISE(*text);
}

/* Every value that was accepted is of a setting of the role, and is allowed by the table. */
static void check_values(const struct values *values)
{
	for (size_t i = 0; i < settings_count; i++) {
		if (!values->text[i])
			continue;
		PROMISE(settings[i].readers & values->role);
		PROMISE(!setting_check(&settings[i], "fuzz", settings[i].name, values->text[i]));
	}
}

/* A file that is printed gives the same values when it is read. */
static void check_file(const struct values *values)
{
	struct values again;
	struct blob text;
	FILE *to = open_memstream((char **)&text.data, &text.size);

	PROMISE(to);
	print_file(values, to);
	PROMISE(!fclose(to));
	values_begin(&again, values->role);
	PROMISE(!values_file(&again, "again", &text) && !values_complete(&again, "again"));
	for (size_t i = 0; i < settings_count; i++)
		PROMISE(!values->text[i] == !again.text[i] && (!again.text[i] || !strcmp(values->text[i], again.text[i])));
	values_free(&again);
	free(text.data);
}

static void read_all(enum role role, const struct blob *file, const char *cmdline, bool forgiving)
{
	char *text = NULL;
	struct values values;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	PROMISE(to);
	values_begin(&values, role);
	if (!values_file(&values, "file", file)) {
		int ret = values_kernel(&values, cmdline, forgiving, note);

		PROMISE(!ret || !forgiving);
		check_values(&values);
		if (!values_complete(&values, "file") && (role == ROLE_SAVE || role == ROLE_RESTORE))
			check_file(&values);
		PROMISE(!values_defaults(&values));
		check_values(&values);
		print_settings(&values, to);
	}
	(void)print_parameters(role, cmdline, note, to);
	PROMISE(!fclose(to));
	free(text);
	values_free(&values);
}

static void check_words(const char *cmdline)
{
	const char *at = cmdline, *end = cmdline + strlen(cmdline), *before = at;
	struct word word;

	while (words_next(&at, &word)) {
		PROMISE(word.text >= before && word.length && word.text + word.length == at && at <= end);
		PROMISE(word.name >= word.text && word.name + word.name_length <= at);
		PROMISE(!word.value || (word.value > word.name + word.name_length && word.value + word.value_length <= at));
		before = at;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input rest = { data, size }, part = input_part(&rest);
	struct blob file = fixture_blob(part.data, part.size), cmdline = fixture_blob(rest.data, rest.size);

	check_words((char *)cmdline.data);
	read_all(ROLE_HIBERNATE, &file, (char *)cmdline.data, false);
	read_all(ROLE_SAVE, &file, (char *)cmdline.data, false);
	read_all(ROLE_RESTORE, &file, (char *)cmdline.data, false);
	read_all(ROLE_BOOT, &(struct blob){ (unsigned char *)"", 0 }, (char *)cmdline.data, true);
	free(file.data);
	free(cmdline.data);
	return 0;
}
