/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How settings are printed for shells, files and users, and the parameters of the kernel command line. */
#include "settings/print.h"

#include "check.h"

static char notes[256];

static void note(const char *text)
{
	snprintf(notes + strlen(notes), sizeof(notes) - strlen(notes), "%s;", text);
}

static void file_is_read_again(void)
{
	static const char *const pairs[] = { "partition=LABEL=a b", "quiet=1", "report=", "on_fail=halt", "debug=0",
					     "device_timeout=7" };
	struct values values, again;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	values_begin(&values, ROLE_RESTORE);
	values_begin(&again, ROLE_RESTORE);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		CHECK_OK(values_pair(&values, "test", pairs[i]));
	print_file(&values, to);
	fclose(to);
	CHECK_STR(text, "partition=LABEL=a b\nquiet=1\non_fail=halt\ndebug=0\nreport=\ndevice_timeout=7\n");
	CHECK_OK(values_file(&again, "f", &(struct blob){ (unsigned char *)text, size }));
	CHECK_OK(values_complete(&again, "f"));
	for (size_t i = 0; i < settings_count; i++)
		CHECK(!values.text[i] == !again.text[i] && (!values.text[i] || !strcmp(values.text[i], again.text[i])));
	values_free(&values);
	values_free(&again);
	free(text);
}

/* The value of the role's parameter for the shell's variable `variable`; the caller frees it. */
static char *parameter(enum role role, const char *variable, const char *cmdline)
{
	notes[0] = '\0';
	for (size_t i = 0; i < parameters_count; i++)
		if ((parameters[i].readers & role) && !strcmp(parameters[i].variable, variable))
			return cmdline_value(&parameters[i], cmdline, note);
	return NULL;
}

static void parameter_values(void)
{
	static const struct { enum role role; const char *variable, *cmdline, *want; } cases[] = {
		{ ROLE_BOOT, "root", "root=/dev/sda1 root=UUID=\"a\" x", "UUID=\"a\"" },
		{ ROLE_BOOT, "root", "root=\"LABEL=a b\"", "LABEL=a b" },
		{ ROLE_BOOT, "root", "root=/dev/sda1 root=", "" },
		{ ROLE_BOOT, "root", "root -- root=/dev/sda1", "" },
		{ ROLE_BOOT, "rootfstype", "", "ext4" },
		{ ROLE_BOOT, "rootfstype", "rootfstype=", "ext4" },
		{ ROLE_BOOT, "rootfstype", "rootfstype=xfs", "xfs" },
		{ ROLE_BOOT, "rootflags", "rootflags=a,b", "a,b" },
		{ ROLE_BOOT, "rw", "", "0" },
		{ ROLE_BOOT, "rw", "rw", "1" },
		{ ROLE_BOOT, "rw", "ro rw", "1" },
		{ ROLE_BOOT, "rw", "rw ro", "0" },
		{ ROLE_BOOT, "rw", "rw=1 rwx", "0" },
		{ ROLE_BOOT, "init", "", "/sbin/init" },
		{ ROLE_BOOT, "init", "rdinit=/x init=/bin/sh", "/bin/sh" },
		{ ROLE_SAVE, "entry", "kexec-jump_back_entry=0x1f", "0x1f" },
		{ ROLE_SAVE, "entry", "", "" },
		{ ROLE_SAVE, "mailbox", "khibernate.mailbox=0x1000,ff", "0x1000,ff" },
		{ ROLE_SAVE, "paging", "khibernate.paging=PAE", "PAE" },
		{ ROLE_SAVE, "window_range", "khibernate.window=0x3000000@0x1000000", "1000000-4000000" },
		{ ROLE_SAVE, "window_range", "khibernate.window=48M@16M", "1000000-4000000" },
		{ ROLE_SAVE, "window_range", "", "" },
		{ ROLE_HIBERNATE, "looked_for", "", "LABEL=khibernate" },
		{ ROLE_HIBERNATE, "looked_for", "khibernate.partition=/dev/a", "/dev/a" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *value = parameter(cases[i].role, cases[i].variable, cases[i].cmdline);

		check_text(value, cases[i].want, __FILE__, __LINE__, cases[i].cmdline);
		CHECK_STR(notes, "");
		free(value);
	}
}

static void parameters_without_sense(void)
{
	static const struct { enum role role; const char *variable, *cmdline, *want; } cases[] = {
		{ ROLE_SAVE, "window_range", "khibernate.window=48M", "" },
		{ ROLE_SAVE, "window_range", "khibernate.window=48M@x", "" },
		{ ROLE_SAVE, "window_range", "khibernate.window=0xffffffffffffffff@16M", "" },
		{ ROLE_BOOT, "root", "root=\"a\nb\" x", "" },
		{ ROLE_BOOT, "init", "init=\"\033\"", "/sbin/init" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *value = parameter(cases[i].role, cases[i].variable, cases[i].cmdline);

		check_text(value, cases[i].want, __FILE__, __LINE__, cases[i].cmdline);
		check_true(strstr(notes, "makes no sense") != NULL, __FILE__, __LINE__, cases[i].cmdline);
		free(value);
	}
}

/* What B needs for the way back is printed, although another parameter is missing. */
static void parameters_missing(void)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	CHECK_FAILS(print_parameters(ROLE_SAVE, "kexec_jump_back_entry=0x1", note, to), "khibernate.window is missing");
	fclose(to);
	CHECK_STR(text, "entry='0x1'\nmailbox=''\npaging=''\nwindow_range=''\n");
	free(text);
}

static void options(void)
{
	static struct settings_options rows;
	struct options options = { .program = "test", .synopsis = "[OPTIONS]", .row = rows.row };
	char *argv[] = { "test", "--dump-level", "16", "-q", "--append=a b", NULL };
	char *bad[] = { "test", "--test", "all", NULL };
	char *text = NULL;
	struct values values;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	int first;

	values_begin(&values, ROLE_HIBERNATE);
	settings_options(&values, &rows);
	options.count = rows.count;
	CHECK_EQ(options_read(&options, 5, argv, &first), OPTIONS_GO);
	CHECK_STR(values.text[setting_find("dump_level", ROLE_HIBERNATE) - settings], "16");
	CHECK_STR(values.text[setting_find("quiet", ROLE_HIBERNATE) - settings], "1");
	CHECK_STR(values.text[setting_find("append", ROLE_HIBERNATE) - settings], "a b");
	CHECK(!values.text[setting_find("wipe", ROLE_HIBERNATE) - settings]);
	CHECK_FAILS(options_read(&options, 3, bad, &first), "options: --test is check, jump or save, not all");
	options_usage(&options, to);
	fclose(to);
	CHECK(strstr(text, "--dump-level 0|1|16|17") && strstr(text, "-q, --quiet"));
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		check_true(strcspn(line, "\n") <= 120, __FILE__, __LINE__, line);
	values_free(&values);
	free(text);
}

/* The table has a line for each setting, with seven columns. */
static void table(void)
{
	size_t size, lines = 0, tabs = 0;
	char *text = NULL;
	FILE *to = open_memstream(&text, &size);

	print_table(to);
	fclose(to);
	for (const char *c = text; *c; c++) {
		lines += *c == '\n';
		tabs += *c == '\t';
	}
	CHECK_EQ(lines, settings_count);
	CHECK_EQ(tabs, settings_count * 6);
	CHECK(!strncmp(text, "partition\t--partition\tNAME\tLABEL=khibernate\thibernate,save,boot,restore\toption,file,kernel\t", 91));
	free(text);
}

RUN_TESTS(file_is_read_again, parameter_values, parameters_without_sense, parameters_missing, options, table)
