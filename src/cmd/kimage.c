/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kimage: the image on a mounted hibernating partition, of which DIRECTORY is the mount point: what state it is in, and every
 * change of that state, each of them on the disk when the program ends. Scripts know neither the files of an image nor its
 * states' order: they ask here.
 */
#include "cmd/kimage.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/options.h"
#include "base/reason.h"
#include "base/report.h"
#include "block/discard.h"
#include "block/partition.h"
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

/* The commands of which a directory is all that they are told. */
static const struct {
	const char *name;
	int (*act)(const char *dir);
} on_directory[] = {
	{ "consume", image_consume }, { "take-back", image_take_back }, { "attempt", image_attempt }, { "delete", delete },
	{ "unname", files_unname }, { "wipe", wipe_image }, { "release", image_release },
};

static int run_on_directory(int argc, char **argv)
{
	int ret = -1;

	(void)argc;
	for (size_t i = 0; i < sizeof(on_directory) / sizeof(*on_directory); i++)
		if (!strcmp(argv[0], on_directory[i].name))
			ret = on_directory[i].act(argv[1]);
	return report_status(PROGRAM, ret);
}

static int refuse(int argc, char **argv)
{
	int (*note)(const char *dir, enum reason reason, const char *text) = !strcmp(argv[0], "hold") ? image_hold : image_refuse;
	enum reason reason = reason_of(argv[2]);

	(void)argc;
	if (reason == REASON_NONE || reason == REASON_COUNT) {
		fail("options", 0, "%s is no reason's code", argv[2]);
		return report_usage(PROGRAM);
	}
	return report_status(PROGRAM, note(argv[1], reason, argv[3]));
}

static int reboot_for_map(int argc, char **argv)
{
	unsigned int count;

	(void)argc;
	if (image_reboot(argv[1], &count))
		return report_failure(PROGRAM);
	if (count > IMAGE_REBOOTS_MAX)
		return EXIT_UNFIT;
	printf("%u of %d\n", count, IMAGE_REBOOTS_MAX);
	return report_status(PROGRAM, finish_output());
}

static int mount_there(int argc, char **argv)
{
	(void)argc;
	return report_status(PROGRAM, partition_mount(argv[1], argv[2]));
}

#define ON_DIRECTORY(NAME, HELP) COMMAND_PLAIN(NAME, run_on_directory, HELP, 1, 1, "DIRECTORY", NULL)

int kimage_main(int argc, char **argv)
{
	static const struct command commands[] = {
		COMMAND_PLAIN("mount", mount_there, "mount the partition", 2, 2, "DEVICE DIRECTORY",
			"Mounts the ext4 on DEVICE so that no link on it is followed, and no program or device on it is used.\n"),
		COMMAND("state", kimage_state, "print what is there, as assignments for a shell"),
		COMMAND("describe", kimage_describe, "put together the description of an image"),
		COMMAND("commit", kimage_commit, "check an image, and make it one: the last write of a save"),
		ON_DIRECTORY("consume", "mark it as used up: the saved system is about to be entered"),
		ON_DIRECTORY("take-back", "make it ready again: the saved system was not entered after all"),
		COMMAND_PLAIN("refuse", refuse, "no boot is to resume it any more", 3, 3, "DIRECTORY CODE TEXT", NULL),
		COMMAND_PLAIN("hold", refuse, "the same, but it is as good as before: until release", 3, 3, "DIRECTORY CODE TEXT", NULL),
		ON_DIRECTORY("release", "a boot may try again to resume it, unless it was refused for good"),
		ON_DIRECTORY("attempt", "count one more attempt to resume it"),
		COMMAND_PLAIN("reboot", reboot_for_map, "count one more reboot for a memory map that it fits", 1, 1, "DIRECTORY",
			"Counts one more start of the machine for a memory map of firmware that the image fits, before it is made,\n"
			"and prints which of how many it is.\n"
			"Exit: 0 done; 1 failed; 3 there were as many already.\n"),
		ON_DIRECTORY("delete", "delete it"),
		ON_DIRECTORY("unname", "make it no image; what is left is to be wiped later"),
		ON_DIRECTORY("wipe", "delete it so that nothing of it can be read any more"),
		COMMAND_PLAIN("sync", kimage_sync, "have files and their names on the disk", 1, INT_MAX, "FILE...",
			"Has the content of the files, and their names in their folders, on the disk.\n"),
		COMMAND("sum", kimage_sum, "print the checksums of files"),
		COMMAND_PLAIN("value", kimage_value, "print a value of a file of KEY=VALUE lines", 2, 2, "FILE KEY",
			"Prints the value of the last line KEY=VALUE. Exit: 0 done; 4 the file or the key is not there, and\n"
			"nothing is said.\n"),
	};

	return commands_run(PROGRAM, commands, sizeof(commands) / sizeof(*commands), argc, argv);
}
