/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kconf: the settings of hibernate.sh and of the appliance's parts.
 *   kconf hibernate ARGUMENTS...   of hibernate.sh: its settings; with --help or --version only show='TEXT'
 *   kconf save | restore | boot    the settings of B, C' or C, and what else the part has to know of the kernel command line
 *   kconf appliance                which of them this boot is, and then the same
 *   kconf write ROLE NAME=VALUE... a file that "kconf save" or "kconf restore" reads
 *   kconf table [--markdown]       all settings there are
 * What the first four print is NAME='VALUE' for a shell to eval; a status that is not 0 says that it is not all of it.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/options.h"
#include "base/report.h"
#include "base/shell.h"
#include "cmd/programs.h"
#include "settings/cmdline.h"
#include "settings/parse.h"
#include "settings/print.h"

#define PROGRAM "kconf"
/* The name in messages about its arguments and its file: the user has called that, not kconf. */
#define HIBERNATE "hibernate.sh"
#define SYSTEM_FILE "/etc/khibernate.conf"
#define APPLIANCE_FILE "/khibernate.conf"
#define FILE_MAX (64u << 10)

/* The paths that --file and --cmdline, before the command, have given; NULL: none. */
static const char *file_given, *cmdline_given;

static const char hibernate_more[] =
	"\nSettings may stand in " SYSTEM_FILE ", or on the kernel command line as khibernate.NAME=VALUE: khibernate.conf(5),\n"
	"khibernate(7). Options count more than the file, which counts more than the kernel command line.\n"
	"Exit status: 0 hibernated and resumed, or the test went well; 1 not hibernated, and one line says why; 2 wrong usage.\n";

static void say_note(const char *text)
{
	fprintf(stderr, "%s: note: %s\n", PROGRAM, text);
}

static void say_note_of_hibernate(const char *text)
{
	fprintf(stderr, "%s: note: %s\n", HIBERNATE, text);
}

/* The text of a file, "" of one that is missing if it may be: 0, or -1 and fail(). On success the caller frees text->data. */
static int read_text(const char *path, bool may_miss, struct blob *text)
{
	if (may_miss && access(path, F_OK) && errno == ENOENT) {
		text->size = 0;
		text->data = calloc(1, 1);
		return text->data ? 0 : fail("read", ENOMEM, "%s", path);
	}
	return read_file(path, FILE_MAX, text);
}

/* Reads the kernel command line, which the caller frees. EXIT_OK; or the exit status of a failure that was reported, with NULL. */
static int read_cmdline(const char *program, char **cmdline)
{
	struct blob text = { 0 };
	int ret = read_text(cmdline_given ? cmdline_given : "/proc/cmdline", cmdline_given, &text);

	*cmdline = (char *)text.data;
	return ret ? report_failure(program) : EXIT_OK;
}

/* Prints show='TEXT', where TEXT is the usage text or the version. The exit status. */
static int show(const struct options *options, enum options_end what)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to) {
		fail("usage", errno, "memory");
		return report_failure(HIBERNATE);
	}
	if (what == OPTIONS_HELP)
		options_usage(options, to);
	else
		options_version(HIBERNATE, to);
	if (fclose(to)) {
		fail("usage", errno, "memory");
		free(text);
		return report_failure(HIBERNATE);
	}
	while (size && text[size - 1] == '\n')
		text[--size] = '\0';
	shell_assign_lines(stdout, "show", text);
	free(text);
	return report_status(HIBERNATE, finish_output());
}

/* Reads the role's file into `values`. EXIT_OK, or the exit status of a failure that was reported. */
static int take_file(struct values *values, const char *program, const char *path, bool may_miss)
{
	struct blob text;
	int ret;

	if (read_text(path, may_miss, &text))
		return report_failure(program);
	ret = values_file(values, path, &text);
	free(text.data);
	return ret ? report_usage(program) : EXIT_OK;
}

/* What "append" says of B's settings must not be found to be wrong in B. 0, or -1 and fail(). */
static int check_append(const struct values *values)
{
	const char *append = values_get(values, "append");
	struct values of_save;
	char why[256];
	int ret;

	values_begin(&of_save, ROLE_SAVE);
	ret = append ? values_kernel(&of_save, append, false, say_note_of_hibernate) : 0;
	values_free(&of_save);
	if (!ret)
		return 0;
	snprintf(why, sizeof(why), "%s", fail_text());
	return fail("append", 0, "%s", why);
}

/* Reads the file and the kernel command line for what the options have not given, and prints all settings. The exit status. */
static int hibernate_rest(struct values *values)
{
	int status = take_file(values, HIBERNATE, file_given ? file_given : SYSTEM_FILE, true);
	char *cmdline;

	if (status || (status = read_cmdline(HIBERNATE, &cmdline)))
		return status;
	if (values_kernel(values, cmdline, false, say_note_of_hibernate) || values_defaults(values) || check_append(values)) {
		status = report_usage(HIBERNATE);
	} else {
		print_settings(values, stdout);
		status = print_parameters(ROLE_HIBERNATE, cmdline, say_note_of_hibernate, stdout) ? report_failure(HIBERNATE) :
			 report_status(HIBERNATE, finish_output());
	}
	free(cmdline);
	return status;
}

static int hibernate(int argc, char **argv)
{
	static struct settings_options rows;
	struct options options = { .program = HIBERNATE, .synopsis = "[OPTIONS]", .row = rows.row, .more = hibernate_more };
	struct values values;
	int first = argc, end, status;

	values_begin(&values, ROLE_HIBERNATE);
	settings_options(&values, &rows);
	options.count = rows.count;
	end = options_read(&options, argc, argv, &first);
	if (end == OPTIONS_HELP || end == OPTIONS_VERSION) {
		status = show(&options, end);
	} else if (end != OPTIONS_GO) {
		status = report_usage(HIBERNATE);
	} else if (first < argc) {
		fail("options", 0, "unknown argument %s, see " HIBERNATE " --help", argv[first]);
		status = report_usage(HIBERNATE);
	} else {
		status = hibernate_rest(&values);
	}
	values_free(&values);
	return status;
}

/*
 * Prints the settings of B or C'. The file has all of them, but a word of the kernel command line, which --append may have put there,
 * counts more. The exit status.
 */
static int appliance(enum role role, const char *cmdline)
{
	const char *path = file_given ? file_given : APPLIANCE_FILE;
	struct values values;
	int status;

	values_begin(&values, role);
	status = values_kernel(&values, cmdline, false, say_note) ? report_usage(PROGRAM) : take_file(&values, PROGRAM, path, false);
	if (!status && values_complete(&values, path))
		status = report_usage(PROGRAM);
	if (!status)
		print_settings(&values, stdout);
	values_free(&values);
	return status;
}

/* What B needs to go back into A is printed first, and whatever else is wrong, because then B has to go back. */
static int save(int argc, char **argv)
{
	char *cmdline;
	int ended, status = read_cmdline(PROGRAM, &cmdline);

	(void)argc, (void)argv;
	if (status)
		return status;
	status = print_parameters(ROLE_SAVE, cmdline, say_note, stdout) ? report_failure(PROGRAM) : appliance(ROLE_SAVE, cmdline);
	free(cmdline);
	ended = report_status(PROGRAM, finish_output());
	return status ? status : ended;
}

static int restore(int argc, char **argv)
{
	char *cmdline;
	int status = read_cmdline(PROGRAM, &cmdline);

	(void)argc, (void)argv;
	if (status)
		return status;
	status = appliance(ROLE_RESTORE, cmdline);
	free(cmdline);
	return status ? status : report_status(PROGRAM, finish_output());
}

/* Booting must not fail for a wrong setting, nor for a command line that cannot be read. */
static int boot(int argc, char **argv)
{
	int status = EXIT_OK;
	struct values values;
	char *cmdline;

	(void)argc, (void)argv;
	(void)read_cmdline(PROGRAM, &cmdline);
	values_begin(&values, ROLE_BOOT);
	if (print_parameters(ROLE_BOOT, cmdline ? cmdline : "", say_note, stdout) ||
	    values_kernel(&values, cmdline ? cmdline : "", true, say_note) || values_defaults(&values))
		status = report_failure(PROGRAM);
	print_settings(&values, stdout);
	values_free(&values);
	free(cmdline);
	return status ? status : report_status(PROGRAM, finish_output());
}

/* Prints which role the appliance has in this boot, by the kernel command line, and then what that role's command prints. */
static int own_role(int argc, char **argv)
{
	int (*const settings_of[])(int argc, char **argv) = { [IS_BOOT] = boot, [IS_SAVE] = save, [IS_RESTORE] = restore };
	static const char *const names[] = { [IS_BOOT] = "boot", [IS_SAVE] = "save", [IS_RESTORE] = "restore" };
	enum appliance_role role = IS_BOOT;
	char *cmdline;

	if (!read_cmdline(PROGRAM, &cmdline))
		role = cmdline_role(cmdline);
	free(cmdline);
	shell_assign(stdout, "role", names[role]);
	return settings_of[role](argc, argv);
}

static int write_file_of(int argc, char **argv)
{
	static const char step[] = "write";
	struct values values;
	int status = EXIT_OK;

	if (strcmp(argv[1], "save") && strcmp(argv[1], "restore")) {
		fail("options", 0, "write needs save or restore, and NAME=VALUE of each setting");
		return report_usage(PROGRAM);
	}
	values_begin(&values, !strcmp(argv[1], "save") ? ROLE_SAVE : ROLE_RESTORE);
	for (int i = 2; i < argc && !status; i++)
		if (values_pair(&values, step, argv[i]))
			status = report_usage(PROGRAM);
	if (!status && values_complete(&values, step))
		status = report_usage(PROGRAM);
	if (!status)
		print_file(&values, stdout);
	values_free(&values);
	return status ? status : report_status(PROGRAM, finish_output());
}

static int table(int argc, char **argv)
{
	bool markdown = false;
	const struct option_row rows[] = { OPTION_FLAG("markdown", 0, &markdown, "as the document docs/settings.md") };
	const struct options options = { .program = PROGRAM " table", .synopsis = "[--markdown]", .row = rows, .count = 1 };
	int first, status;

	if (!options_parse(&options, argc, argv, 0, 0, &first, &status))
		return status;
	if (markdown)
		print_markdown(stdout);
	else
		print_table(stdout);
	return report_status(PROGRAM, finish_output());
}

int kconf_main(int argc, char **argv)
{
	static const struct command commands[] = {
		COMMAND("hibernate", hibernate, "ARGUMENTS of hibernate.sh: its settings"),
		COMMAND_PLAIN("save", save, "the settings of the save, and before them what the kernel command line says to it", 0, 0, "", NULL),
		COMMAND_PLAIN("restore", restore, "the settings of the kernel in the window that restores", 0, 0, "", NULL),
		COMMAND_PLAIN("boot", boot, "the settings of the boot, and what the kernel command line says of the user's system",
			0, 0, "", NULL),
		COMMAND_PLAIN("appliance", own_role, "role='ROLE' of this boot, which is save, restore or boot, and what that prints",
			0, 0, "", NULL),
		COMMAND_PLAIN("write", write_file_of, "a file that the save or the restore reads, with all of its settings", 1, INT_MAX,
			"save|restore NAME=VALUE...", NULL),
		COMMAND("table", table, "all settings there are"),
	};
	static const struct option_row rows[] = {
		OPTION_TEXT("file", 0, "PATH", &file_given, "instead of " SYSTEM_FILE " or the appliance's " APPLIANCE_FILE),
		OPTION_TEXT("cmdline", 0, "PATH", &cmdline_given, "instead of /proc/cmdline; it need not be there"),
	};
	static const struct options options = {
		.program = PROGRAM,
		.synopsis = "[OPTIONS] hibernate ARGUMENTS...\n[OPTIONS] save|restore|boot|appliance\nwrite save|restore NAME=VALUE...\n"
			    "table [--markdown]",
		.row = rows, .count = sizeof(rows) / sizeof(*rows), .ordered = true,
	};
	int first, status;

	file_given = cmdline_given = NULL;
	if (!options_parse(&options, argc, argv, 1, argc, &first, &status))
		return status;
	return commands_run(PROGRAM, commands, sizeof(commands) / sizeof(*commands), argc - first + 1, argv + first - 1);
}
