/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kimage: the image on a mounted hibernating partition, of which DIRECTORY is the mount point: what state it is in, and every
 * change of that state, each of them on the disk when the program ends. Scripts know neither the files of an image nor its
 * states' order: they ask here.
 */
#include "cmd/kimage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/options.h"
#include "base/reason.h"
#include "base/report.h"
#include "block/discard.h"
#include "cmd/programs.h"
#include "image/files.h"
#include "image/state.h"
#include "image/wipe.h"

static int wipe_image(const char *dir)
{
	struct stat st;

	if (stat(dir, &st))
		return fail("wipe", errno, "%s", dir);
	return image_wipe(dir, discard_granularity("", st.st_dev));
}

static int delete(const char *dir)
{
	return files_delete(dir, NULL);
}

static int print_room(const char *dir)
{
	uint64_t bytes;

	if (files_room(dir, &bytes))
		return -1;
	return printf("%" PRIu64 "\n", bytes >> 10) < 0 || fflush(stdout) ? fail("write", errno, "standard output") : 0;
}

/* The commands of which a directory is all that they are told. */
static const struct {
	const char *name;
	int (*act)(const char *dir);
} on_directory[] = {
	{ "consume", image_consume }, { "take-back", image_take_back }, { "attempt", image_attempt }, { "delete", delete },
	{ "unname", files_unname },   { "wipe", wipe_image },		{ "room", print_room },
};

static int run_on_directory(int argc, char **argv)
{
	char program[32];
	const struct options options = { .program = program, .synopsis = "DIRECTORY" };
	int first, status, ret = -1;

	snprintf(program, sizeof(program), PROGRAM " %s", argv[0]);
	if (!options_parse(&options, argc, argv, 1, 1, &first, &status))
		return status;
	for (size_t i = 0; i < sizeof(on_directory) / sizeof(*on_directory); i++)
		if (!strcmp(argv[0], on_directory[i].name))
			ret = on_directory[i].act(argv[first]);
	return ret ? report_failure(PROGRAM) : EXIT_OK;
}

static int run_refuse(int argc, char **argv)
{
	const struct options options = { .program = PROGRAM " refuse", .synopsis = "DIRECTORY CODE TEXT", .ordered = true };
	enum reason reason;
	int first, status;

	if (!options_parse(&options, argc, argv, 3, 3, &first, &status))
		return status;
	reason = reason_of(argv[first + 1]);
	if (reason == REASON_NONE || reason == REASON_COUNT) {
		fail("options", 0, "%s is no reason's code", argv[first + 1]);
		report_failure(PROGRAM);
		return EXIT_USAGE;
	}
	return image_refuse(argv[first], reason, argv[first + 2]) ? report_failure(PROGRAM) : EXIT_OK;
}

int kimage_main(int argc, char **argv)
{
	static const struct command commands[] = {
		{ "state", kimage_state, "print what is there, as assignments for a shell" },
		{ "describe", kimage_describe, "put together the description of an image" },
		{ "commit", kimage_commit, "check an image, and make it one: the last write of a save" },
		{ "consume", run_on_directory, "A is about to be entered from it" },
		{ "take-back", run_on_directory, "A was not entered after all: it is ready again" },
		{ "refuse", run_refuse, "no boot is to resume it any more" },
		{ "attempt", run_on_directory, "count one more attempt to resume it" },
		{ "delete", run_on_directory, "delete it" },
		{ "unname", run_on_directory, "make it no image; what is left is to be wiped later" },
		{ "wipe", run_on_directory, "delete it so that nothing of it can be read any more" },
		{ "sync", kimage_sync, "have files and their names on the disk" },
		{ "sum", kimage_sum, "print the checksums of files" },
		{ "room", run_on_directory, "print how many KiB a new image can take" },
		{ "value", kimage_value, "print a value of a file of KEY=VALUE lines" },
	};

	return commands_run(PROGRAM, commands, sizeof(commands) / sizeof(*commands), argc, argv);
}
