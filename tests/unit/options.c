/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of options: what it takes, what it refuses and how, and the usage text. */
#include "base/options.h"

#include "base/number.h"
#include "check.h"

struct values {
	bool quiet, exec, old;
	const char *file;
	uint64_t size;
};

static int take_size(const char *value, void *target)
{
	return number_parse(value, 10, target) ? fail("options", 0, "no size: %s", value) : 0;
}

/* A table of options whose values go to `v`. */
#define ROWS(v)                                                                \
	{                                                                      \
		OPTION_FLAG("quiet", 'q', &(v).quiet, "say nothing"),          \
		OPTION_FLAG(NULL, 'e', &(v).exec, "go"),                       \
		OPTION_TEXT("file", 'f', "FILE", &(v).file, "a file\nof two lines"), \
		OPTION_CALL("a-long-name-of-a-size", 0, "BYTES", take_size, &(v).size, "a size"), \
		OPTION_FLAG("old-quiet", 0, &(v).old, NULL),                   \
	}
#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define ARGV_MAX 12

static bool ordered;

/* Reads the words of `line` as options and arguments. The arguments are left in `rest`, joined by spaces. */
static int read_line(const char *line, struct values *v, char rest[256])
{
	static char words[256];
	const struct option_row rows[] = ROWS(*v);
	const struct options options = { "prog sub", "FILE\n-x", rows, COUNT(rows), "Exit: 0.", ordered };
	char *argv[ARGV_MAX + 1] = { "prog" };
	int argc = 1, first = 0, end;

	memset(v, 0, sizeof(*v));
	snprintf(words, sizeof(words), "%s", line);
	for (char *word = strtok(words, " "); word && argc < ARGV_MAX; word = strtok(NULL, " "))
		argv[argc++] = word;
	end = options_read(&options, argc, argv, &first);
	*rest = '\0';
	for (int i = first; end == OPTIONS_GO && i < argc; i++)
		snprintf(rest + strlen(rest), 256 - strlen(rest), "%s%s", i > first ? " " : "", argv[i]);
	return end;
}

static void each_kind(void)
{
	struct values v;
	char rest[256];

	CHECK_EQ(read_line("", &v, rest), OPTIONS_GO);
	CHECK(!v.quiet && !v.exec && !v.file && !*rest);
	CHECK_EQ(read_line("one -q --file=x two --a-long-name-of-a-size 7 -e -- -q", &v, rest), OPTIONS_GO);
	CHECK(v.quiet && v.exec && !v.old);
	CHECK_STR(v.file, "x");
	CHECK_EQ(v.size, 7);
	CHECK_STR(rest, "one two -q");
	CHECK_EQ(read_line("-qef y --old-quiet", &v, rest), OPTIONS_GO);
	CHECK(v.quiet && v.exec && v.old);
	CHECK_STR(v.file, "y");
	CHECK_EQ(read_line("--file a --file b", &v, rest), OPTIONS_GO);
	CHECK_STR(v.file, "b");
	CHECK_EQ(read_line("--file a --help --nonsense", &v, rest), OPTIONS_HELP);
	CHECK_EQ(read_line("-h", &v, rest), OPTIONS_HELP);
	CHECK_EQ(read_line("--version", &v, rest), OPTIONS_VERSION);
	ordered = true;
	CHECK_EQ(read_line("-q one -e --nonsense", &v, rest), OPTIONS_GO);
	CHECK(v.quiet && !v.exec);
	CHECK_STR(rest, "one -e --nonsense");
	CHECK_FAILS(read_line("-f", &v, rest), "options: -f needs a value");
	ordered = false;
}

static void refused(void)
{
	struct values v;
	char rest[256];

	CHECK_FAILS(read_line("--nonsense", &v, rest), "options: --nonsense is unknown, see prog sub --help");
	CHECK_FAILS(read_line("-qz", &v, rest), "options: -z is unknown");
	CHECK_FAILS(read_line("--file", &v, rest), "options: --file needs a value");
	CHECK_FAILS(read_line("-f", &v, rest), "options: -f needs a value");
	CHECK_FAILS(read_line("--quiet=1", &v, rest), "options: --quiet=1 takes no value");
	CHECK_FAILS(read_line("--a-long-name-of-a-size x", &v, rest), "options: no size: x");
}

static void usage_text(void)
{
	struct values v = { 0 };
	const struct option_row rows[] = ROWS(v);
	const struct options options = { "prog sub", "FILE\n-x", rows, COUNT(rows), "Exit: 0.", false };
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!CHECK(to))
		return;
	options_usage(&options, to);
	options_usage(&(struct options){ .program = "bare", .synopsis = "" }, to);
	options_version("prog sub", to);
	fclose(to);
	CHECK_STR(text,
		  "usage: prog sub FILE\n"
		  "       prog sub -x\n"
		  "  -q, --quiet                   say nothing\n"
		  "  -e                            go\n"
		  "  -f, --file FILE               a file\n"
		  "                                of two lines\n"
		  "      --a-long-name-of-a-size BYTES\n"
		  "                                a size\n"
		  "  -h, --help                    this text\n"
		  "      --version                 the version\n"
		  "Exit: 0.\n"
		  "usage: bare\n"
		  "  -h, --help                    this text\n"
		  "      --version                 the version\n"
		  "prog (khibernate) " KH_VERSION "\n");
	free(text);
}

static int ran;

static int run_command(int argc, char **argv)
{
	ran = argc;
	return strcmp(argv[0], "second") ? EXIT_FAILED : EXIT_ABSENT;
}

static void commands(void)
{
	static const struct command command[] = {
		COMMAND("first", run_command, "one"),
		COMMAND("second", run_command, "two"),
		COMMAND_PLAIN("plain", run_command, "three", 1, 2, "TEXT [TEXT]", NULL),
	};
	char *second[] = { "prog", "second", "x", NULL }, *none[] = { "prog", NULL }, *bad[] = { "prog", "third", NULL };
	char *plain[] = { "prog", "plain", "x", "--y", NULL }, *few[] = { "prog", "plain", NULL };
	char *many[] = { "prog", "plain", "x", "y", "z", NULL }, *letter[] = { "prog", "plain", "-x", NULL };
	char *dashes[] = { "prog", "plain", "--", "-x", NULL };

	CHECK_EQ(commands_run("prog", command, 3, 3, second), EXIT_ABSENT);
	CHECK_EQ(ran, 2);
	CHECK_EQ(commands_run("prog", command, 3, 1, none), EXIT_USAGE);
	CHECK_EQ(commands_run("prog", command, 3, 2, bad), EXIT_USAGE);
	CHECK_STR(fail_text(), "options: no command third, see prog --help");
	/* It gets its name and its arguments, of which only the first may be an option. */
	CHECK_EQ(commands_run("prog", command, 3, 4, plain), EXIT_FAILED);
	CHECK_EQ(ran, 3);
	CHECK_EQ(commands_run("prog", command, 3, 4, dashes), EXIT_FAILED);
	CHECK_EQ(ran, 2);
	ran = 0;
	CHECK_EQ(commands_run("prog", command, 3, 2, few), EXIT_USAGE);
	CHECK_STR(fail_text(), "options: an argument is missing, see prog plain --help");
	CHECK_EQ(commands_run("prog", command, 3, 5, many), EXIT_USAGE);
	CHECK_STR(fail_text(), "options: too many arguments: z");
	CHECK_EQ(commands_run("prog", command, 3, 3, letter), EXIT_USAGE);
	CHECK_STR(fail_text(), "options: -x is unknown, see prog plain --help");
	CHECK_EQ(ran, 0);
}

RUN_TESTS(each_kind, refused, usage_text, commands)
