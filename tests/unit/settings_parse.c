/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What counts of options, file and kernel command line, and what of these is refused. */
#include "settings/parse.h"

#include "check.h"

static char notes[1024];

static void note(const char *text)
{
	snprintf(notes + strlen(notes), sizeof(notes) - strlen(notes), "%s;", text);
}

static const char *get(const struct values *values, const char *name)
{
	const struct setting *row = setting_find(name, values->role);

	return row ? values->text[row - settings] : NULL;
}

static int read_text(struct values *values, const char *text)
{
	return values_file(values, "/etc/c", &(struct blob){ (unsigned char *)text, strlen(text) });
}

/* Reads the settings as hibernate.sh does; the caller frees the values. */
static int merge(struct values *values, const char *option, const char *value, const char *file, const char *cmdline)
{
	notes[0] = '\0';
	values_begin(values, ROLE_HIBERNATE);
	return (option && values_option(values, setting_find(option, ROLE_HIBERNATE), value)) || read_text(values, file) ||
	       values_kernel(values, cmdline, false, note) || values_defaults(values) ? -1 : 0;
}

static void what_counts_most(void)
{
	static const struct { const char *option, *file, *cmdline, *want; } cases[] = {
		{ NULL, "", "", "none" },
		{ NULL, "", "khibernate.compress=lz4", "lz4" },
		{ NULL, "compress=zstd", "khibernate.compress=lz4", "zstd" },
		{ "none", "compress=zstd", "khibernate.compress=lz4", "none" },
		{ "lz4", "", "", "lz4" },
		/* A wrong value on the kernel command line does not matter if an option or the file has the setting. */
		{ "lz4", "", "khibernate.compress=x", "lz4" },
		{ NULL, "compress=lz4", "khibernate.compress", "lz4" },
		/* The last word of several counts, and the others are not looked at. */
		{ NULL, "", "khibernate.compress=x khibernate.compress=lz4", "lz4" },
		{ NULL, "", "khibernate.compress=lz4 -- khibernate.compress=x", "lz4" },
		{ NULL, "", "khibernate.compress=\"lz4\" xkhibernate.compress=x khibernate.compressx=1 khibernate_compress=2", "lz4" },
		{ NULL, "", "\"khibernate.compress=lz4\"", "lz4" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct values values;

		if (CHECK_OK(merge(&values, cases[i].option ? "compress" : NULL, cases[i].option, cases[i].file, cases[i].cmdline)))
			check_text(get(&values, "compress"), cases[i].want, __FILE__, __LINE__, cases[i].cmdline);
		CHECK_STR(get(&values, "action"), "poweroff");
		CHECK(!get(&values, "wait"));
		values_free(&values);
	}
}

static void files(void)
{
	static const char text[] = "# all of it\n\n  compress = lz4  \nwipe=1\r\n\t# indented\nappend = a=\"b  c\" #d\nwindow=\n"
				   "partition=LABEL=my disk";
	struct values values;

	if (CHECK_OK(merge(&values, NULL, NULL, text, ""))) {
		CHECK_STR(get(&values, "compress"), "lz4");
		CHECK_STR(get(&values, "wipe"), "1");
		CHECK_STR(get(&values, "append"), "a=\"b  c\" #d");
		CHECK_STR(get(&values, "window"), "");
		CHECK_STR(get(&values, "partition"), "LABEL=my disk");
	}
	values_free(&values);
}

static void files_refused(void)
{
	static const struct { const char *text, *says; } cases[] = {
		{ "wipe=yes", "/etc/c:1: wipe is 0 or 1, not yes" },
		{ "#\n\nwipe = yes # really\n", "/etc/c:3: wipe is 0 or 1, not yes # really" },
		{ "compress=lz4\nwipe=1\ncompress=lz4\n", "/etc/c:3: compress is given twice" },
		{ "compress\n", "/etc/c:1: not NAME=VALUE: compress" },
		{ "=1", "/etc/c:1:  is none of the settings, which are partition action dump_level" },
		{ "comprss=lz4", "/etc/c:1: comprss is none of the settings, which are partition action dump_level" },
		{ "dump-level=1", "dump-level is none" },
		{ "Wipe=1", "Wipe is none" },
		{ "khibernate.wipe=1", "khibernate.wipe is none" },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=1", "is none" },
		{ "test=jump", "/etc/c:1: test is an option only: --test" },
		{ "explain=1", "/etc/c:1: explain is an option only: --debug" },
		{ "wait=5", "/etc/c:1: wait may stand on the kernel command line only: khibernate.wait" },
		{ "verify=1", "/etc/c:1: verify is none of the settings" },
		{ "compress=", "/etc/c:1: compress is none, lz4 or zstd, not empty" },
	};
	struct values values;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK_FAILS(merge(&values, NULL, NULL, cases[i].text, ""), cases[i].says);
		values_free(&values);
		/* A line is refused, too, if an option has the setting. */
		CHECK_FAILS(merge(&values, "compress", "none", cases[i].text, ""), cases[i].says);
		values_free(&values);
	}
	values_begin(&values, ROLE_HIBERNATE);
	CHECK_FAILS(values_file(&values, "f", &(struct blob){ (unsigned char *)"wipe=1\nwipe\0=1\n", 15 }), "f:2: this is no text");
	values_free(&values);
}

static void options(void)
{
	struct values values;

	values_begin(&values, ROLE_HIBERNATE);
	CHECK_OK(values_option(&values, setting_find("action", ROLE_HIBERNATE), "reboot"));
	CHECK_OK(values_option(&values, setting_find("action", ROLE_HIBERNATE), "resume"));
	CHECK_STR(get(&values, "action"), "resume");
	CHECK_OK(values_option(&values, setting_find("quiet", ROLE_HIBERNATE), NULL));
	CHECK_STR(get(&values, "quiet"), "1");
	CHECK_FAILS(values_option(&values, setting_find("dump_level", ROLE_HIBERNATE), "31"),
		    "options: --dump-level is 0, 1, 16 or 17, not 31 (see --help)");
	CHECK_FAILS(values_option(&values, setting_find("explain", ROLE_HIBERNATE), "x"), "options: --debug is 0 or 1, not x");
	values_free(&values);
}

static void kernel_refused(void)
{
	static const struct { const char *text, *says; } cases[] = {
		{ "khibernate.action=off", "kernel command line: khibernate.action is poweroff, reboot or resume, not off" },
		{ "khibernate.action=poweroff khibernate.action=off", "not off" },
		{ "khibernate.action", "kernel command line: khibernate.action needs a value" },
		{ "khibernate.action=", "not empty" },
		{ "khibernate.append=\"a\nb\" x", "khibernate.append is text of one line, not a?b" },
		{ "khibernate.debug=yes", "khibernate.debug is 0 or 1, not yes" },
	};
	struct values values;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK_FAILS(merge(&values, NULL, NULL, "", cases[i].text), cases[i].says);
		values_free(&values);
	}
}

static void kernel_words(void)
{
	struct values values;

	if (CHECK_OK(merge(&values, NULL, NULL, "", "khibernate.debug khibernate.dump-level=16 khibernate.append=\"a b\" quiet "
						    "khibernate.wait=x khibernate.force=stale khibernate.part=restore "
						    "khibernate.mailbox=1 khibernate.nothing khibernate.test=check"))) {
		CHECK_STR(get(&values, "debug"), "1");
		CHECK_STR(get(&values, "dump_level"), "16");
		CHECK_STR(get(&values, "append"), "a b");
		/* "quiet" alone is the kernel's own word. */
		CHECK_STR(get(&values, "quiet"), "0");
		/* This row of the table is for C. */
		CHECK_STR(get(&values, "force"), "0");
	}
	CHECK_STR(notes, "kernel command line: khibernate.nothing is no setting;kernel command line: khibernate.test is no setting;");
	values_free(&values);
	CHECK_OK(merge(&values, NULL, NULL, "", "khibernate.debug khibernate.debug=0"));
	CHECK_STR(get(&values, "debug"), "0");
	values_free(&values);
}

static void boot_goes_on(void)
{
	struct values values;

	notes[0] = '\0';
	values_begin(&values, ROLE_BOOT);
	CHECK_OK(values_kernel(&values, "khibernate.wait=x khibernate.menu khibernate.noresume khibernate.direct=0 khibernate.action=x "
					"khibernate.force khibernate.timeout=3", true, note));
	CHECK_OK(values_defaults(&values));
	CHECK_STR(notes, "kernel command line: khibernate.wait is a number from 0 to 86400, not x: 5 is taken;"
			 "kernel command line: khibernate.force needs a value: ignored;");
	CHECK_STR(get(&values, "wait"), "5");
	CHECK_STR(get(&values, "menu"), "30");
	CHECK_STR(get(&values, "noresume"), "1");
	CHECK_STR(get(&values, "direct"), "0");
	CHECK_STR(get(&values, "force"), "");
	CHECK_STR(get(&values, "timeout"), "3");
	CHECK_STR(get(&values, "partition"), "LABEL=khibernate");
	CHECK_OK(values_complete(&values, "boot"));
	values_free(&values);
}

/* What a boot makes of a value that is not allowed, and what it says about it. */
static void boot_takes_instead(void)
{
	static const struct { const char *cmdline, *name, *want, *says; } cases[] = {
		/* Whoever writes the word does not want the image resumed. */
		{ "khibernate.noresume=yes", "noresume", "1", "khibernate.noresume is 0 or 1, not yes: 1 is taken;" },
		{ "khibernate.noresume=", "noresume", "1", "khibernate.noresume is 0 or 1, not empty: 1 is taken;" },
		{ "khibernate.noresume=2", "noresume", "1", "not 2: 1 is taken;" },
		{ "khibernate.noresume=00", "noresume", "1", "not 00: 1 is taken;" },
		{ "khibernate.noresume=\"a\nb\" x", "noresume", "1", "not a?b: 1 is taken;" },
		{ "khibernate.noresume=0 khibernate.noresume=off", "noresume", "1", "not off: 1 is taken;" },
		{ "khibernate.noresume=off khibernate.noresume=0", "noresume", "0", "" },
		{ "khibernate.noresume=0", "noresume", "0", "" },
		{ "khibernate.noresume", "noresume", "1", "" },
		/* Whoever writes the word wants to be asked. */
		{ "khibernate.menu=yes", "menu", MENU_SECONDS, "khibernate.menu is a number from 0 to 86400, not yes: 30 is taken;" },
		{ "khibernate.menu=", "menu", "", "" },
		{ "khibernate.menu", "menu", MENU_SECONDS, "" },
		{ "khibernate.timeout=x", "timeout", "0", "not x: 0 is taken;" },
		{ "khibernate.partition=sda1", "partition", PARTITION_DEFAULT, "not sda1: LABEL=khibernate is taken;" },
		{ "khibernate.on_fail=stop", "on_fail", "ask", "not stop: ask is taken;" },
		{ "khibernate.direct=no", "direct", "1", "not no: 1 is taken;" },
		/* Where the default is empty, there is no value that could be named. */
		{ "khibernate.force=1", "force", "", "khibernate.force is stale, not 1: ignored;" },
		{ "khibernate.report=ttyS0", "report", "", "not ttyS0: ignored;" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct values values;

		notes[0] = '\0';
		values_begin(&values, ROLE_BOOT);
		CHECK_OK(values_kernel(&values, cases[i].cmdline, true, note));
		CHECK_OK(values_defaults(&values));
		check_text(get(&values, cases[i].name), cases[i].want, __FILE__, __LINE__, cases[i].cmdline);
		check_true(*cases[i].says ? strstr(notes, cases[i].says) != NULL : !*notes, __FILE__, __LINE__, cases[i].cmdline);
		values_free(&values);
		/* The same values are taken where nobody wants notes. */
		values_begin(&values, ROLE_BOOT);
		CHECK_OK(values_kernel(&values, cases[i].cmdline, true, NULL));
		CHECK_OK(values_defaults(&values));
		check_text(get(&values, cases[i].name), cases[i].want, __FILE__, __LINE__, cases[i].cmdline);
		values_free(&values);
	}
}

/* A line of as many bytes as a kernel takes may have lost what followed. */
static void full_line(void)
{
	char line[2100];
	struct values values;

	for (size_t length = 2046; length <= 2048; length++) {
		snprintf(line, sizeof(line), "quiet \"a.b=%0*d\" x=\"y z\"\n", (int)(length - strlen("quiet \"a.b=\" x=\"y z\"")), 1);
		CHECK_EQ(strlen(line), length + 1);
		notes[0] = '\0';
		values_begin(&values, ROLE_BOOT);
		CHECK_OK(values_kernel(&values, line, true, note));
		CHECK_OK(values_kernel(&values, line, true, NULL));
		values_free(&values);
		check_true(!strcmp(notes, length == 2047 ? "kernel command line: it has 2047 bytes, all that a kernel takes, so its end may be "
							   "missing; the longest word is a.b with 2033 bytes;" : ""),
			   __FILE__, __LINE__, notes);
	}
}

static const char *const save_lines[] = {
	"partition=UUID=1", "action=jump", "dump_level=17", "compress=none", "writer=ksave", "free_is_zero=0", "quiet=0", "report=",
	"wipe=0", "verify=1", "on_fail=boot", "debug=0", "device_timeout=30",
};

static const char *const restore_lines[] = {
	"partition=UUID=1", "quiet=0", "report=", "on_fail=boot", "debug=0", "device_timeout=30",
};

/* Reads the file of B or C' without line `missing`. */
static void check_missing(enum role role, const char *const *lines, size_t count, size_t missing)
{
	char text[512] = "", says[64];
	struct values values;

	values_begin(&values, role);
	for (size_t i = 0; i < count; i++)
		if (i != missing)
			sprintf(text + strlen(text), "%s\n", lines[i]);
	CHECK_OK(read_text(&values, text));
	if (missing == count) {
		CHECK_OK(values_complete(&values, "f"));
	} else {
		snprintf(says, sizeof(says), "f: %.*s is missing", (int)strcspn(lines[missing], "="), lines[missing]);
		CHECK_FAILS(values_complete(&values, "f"), says);
	}
	values_free(&values);
}

static void complete(void)
{
	const size_t save = sizeof(save_lines) / sizeof(*save_lines), restore = sizeof(restore_lines) / sizeof(*restore_lines);

	for (size_t i = 0; i <= save; i++)
		check_missing(ROLE_SAVE, save_lines, save, i);
	for (size_t i = 0; i <= restore; i++)
		check_missing(ROLE_RESTORE, restore_lines, restore, i);
}

static void appliance_files(void)
{
	struct values values;

	values_begin(&values, ROLE_SAVE);
	CHECK_FAILS(read_text(&values, "window=64M"), "window is none of the settings");
	CHECK_FAILS(read_text(&values, "wait=5"), "wait is none of the settings");
	CHECK_FAILS(read_text(&values, "wipe=yes"), "/etc/c:1: wipe is 0 or 1, not yes");
	CHECK_FAILS(read_text(&values, "wipe=1\nwipe=1"), "/etc/c:2: wipe is given twice");
	/* The kernel command line, to which --append adds, counts more than the file. */
	CHECK_OK(values_kernel(&values, "khibernate.window=64M@16M khibernate.device_timeout=3", false, note));
	CHECK_OK(read_text(&values, "device_timeout=30"));
	CHECK_STR(get(&values, "device_timeout"), "3");
	values_free(&values);
}

static void pairs(void)
{
	struct values values;

	values_begin(&values, ROLE_RESTORE);
	CHECK_OK(values_pair(&values, "write", "partition=LABEL=a=b"));
	CHECK_STR(get(&values, "partition"), "LABEL=a=b");
	CHECK_FAILS(values_pair(&values, "write", "partition=LABEL=a"), "write: partition is given twice");
	CHECK_FAILS(values_pair(&values, "write", "quiet"), "write: not NAME=VALUE: quiet");
	CHECK_FAILS(values_pair(&values, "write", "quiet=2"), "write: quiet is 0 or 1, not 2");
	CHECK_FAILS(values_pair(&values, "write", "action=reboot"), "action is none of the settings, which are partition quiet");
	values_free(&values);
}

RUN_TESTS(what_counts_most, files, files_refused, options, kernel_refused, kernel_words, boot_goes_on, boot_takes_instead, full_line, complete,
	  appliance_files, pairs)
