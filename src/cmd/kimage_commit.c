/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kimage describe and kimage commit: the description of an image, and its last write, which makes it one. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/options.h"
#include "base/report.h"
#include "cmd/kimage.h"
#include "image/describe.h"
#include "image/meta.h"
#include "image/state.h"
#include "kernel/consoles.h"
#include "restore/image_check.h"

#define PARTS_MAX 16

static int describe(const char *state, char **names, size_t count)
{
	struct description_part part[PARTS_MAX];
	struct blob lines = { 0 };
	size_t read = 0;
	int ret = 0;

	for (; read < count && !ret; read += !ret) {
		part[read].name = names[read];
		ret = read_file(names[read], META_MAX, &part[read].text);
	}
	if (!ret)
		ret = describe_image(state, part, count, &lines);
	if (!ret) {
		(void)fwrite(lines.data, 1, lines.size, stdout);
		ret = finish_output();
	}
	free(lines.data);
	while (read--)
		free(part[read].text.data);
	return ret;
}

int kimage_describe(int argc, char **argv)
{
	const char *state = NULL;
	const struct option_row rows[] = {
		OPTION_TEXT("state", 0, "STATE", &state, "ready: to be resumed; snapshot: the saved system goes on"),
	};
	const struct options options = {
		.program = PROGRAM " describe", .synopsis = "--state ready|snapshot FILE...", .row = rows, .count = 1,
		.more = "Prints the lines for kimage commit: those of the files, KEY=VALUE, of which no key\n"
			"may be in two files.\n",
	};
	int first, status;

	if (!options_parse(&options, argc, argv, 1, PARTS_MAX, &first, &status))
		return status;
	if (!state || (strcmp(state, META_READY) && strcmp(state, META_SNAPSHOT))) {
		fail("options", 0, "--state is " META_READY " or " META_SNAPSHOT);
		return report_usage(PROGRAM);
	}
	return report_status(PROGRAM, describe(state, argv + first, (size_t)(argc - first)));
}

/* Standard input, with its checksum. */
static int read_description(struct blob *sealed)
{
	unsigned char *lines = malloc(META_MAX);
	ssize_t size;
	int ret;

	if (!lines)
		return fail("metadata", ENOMEM, "%d bytes", META_MAX);
	size = read_upto(STDIN_FILENO, lines, META_MAX, "standard input");
	ret = size < 0 ? -1 : sealed_make("metadata", lines, (size_t)size, sealed);
	free(lines);
	return ret;
}

/* What krestore --check or --verify would say of the image, once it is one. */
static int check(const char *dir, const struct blob *sealed, bool verify, FILE *progress)
{
	struct checked_image image;
	int ret = 0;

	if (checked_image_open(dir, sealed, true, &image))
		return -1;
	if (verify) {
		const struct restore_input in = checked_image_input(&image, progress);

		ret = restore_memory(&in);
	}
	checked_image_close(&image);
	return ret;
}

int kimage_commit(int argc, char **argv)
{
	bool verify = false, quiet = false;
	const struct option_row rows[] = {
		OPTION_FLAG("verify", 0, &verify, "first read all of the image back, as krestore --verify does"),
		OPTION_FLAG("quiet", 'q', &quiet, "no progress of that"),
	};
	const struct options options = {
		.program = PROGRAM " commit", .synopsis = "[-q] [--verify] DIRECTORY < LINES", .row = rows,
		.count = sizeof(rows) / sizeof(*rows),
		.more = "The image in DIRECTORY, which has to be on the disk but for its description, is checked as by\n"
			"krestore --check; then the lines from standard input, with their checksum, become its description.\n"
			"Exit: 0 done; 1 the image is not right, and nothing was written; 2 usage; 5 the write itself failed:\n"
			"whether there is an image now cannot be known.\n",
	};
	struct blob sealed = { 0 };
	int first, status;

	if (!options_parse(&options, argc, argv, 1, 1, &first, &status))
		return status;
	if (read_description(&sealed))
		return report_failure(PROGRAM);
	status = report_status(PROGRAM, check(argv[first], &sealed, verify, quiet ? NULL : consoles_output()));
	if (!status && image_commit(argv[first], &sealed)) {
		report_failure(PROGRAM);
		status = EXIT_UNKNOWN;
	}
	free(sealed.data);
	return status;
}
