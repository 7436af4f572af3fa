/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kcheck: may this machine hibernate, may this image be resumed; and what is asked for that. */
#include "cmd/kcheck.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/io.h"
#include "base/number.h"
#include "base/options.h"
#include "base/report.h"
#include "block/mounts.h"
#include "block/partition.h"
#include "checks/drivers.h"
#include "checks/guard.h"
#include "checks/machine.h"
#include "cmd/programs.h"
#include "image/meta.h"
#include "kernel/cpus.h"
#include "settings/table.h"

#define TRIES_EACH_SECOND 10
#define DEVICES_FILE_MAX (1u << 20)

static int report_usage(void)
{
	report_failure(KCHECK);
	return EXIT_USAGE;
}

static int status_of(int ret)
{
	return ret ? report_failure(KCHECK) : EXIT_OK;
}

static int take_seconds(const char *value, void *target)
{
	uint64_t *seconds = target;

	if (number_parse(value, 10, seconds) || *seconds > SETTINGS_SECONDS_MAX)
		return fail("options", 0, "no number of seconds: %.40s", value);
	return 0;
}

/* --- device */

/* partition_find() until it is there, for `seconds` at most. */
static int find_device(const char *name, uint64_t seconds, char path[PARTITION_PATH_MAX])
{
	const struct timespec pause = { .tv_nsec = 1000000000 / TRIES_EACH_SECOND };
	int found;

	for (uint64_t left = seconds * TRIES_EACH_SECOND; (found = partition_find("", name, path)) && left; left--)
		nanosleep(&pause, NULL);
	return found;
}

static int device(int argc, char **argv)
{
	bool claim = false, uuid = false;
	uint64_t seconds = 0;
	const struct option_row rows[] = {
		OPTION_CALL("wait", 0, "SECONDS", take_seconds, &seconds, "until it is there, for so long at most"),
		OPTION_FLAG("claim", 0, &claim, "only if nobody uses it (also drops its page cache)"),
		OPTION_FLAG("uuid", 0, &uuid, "print the UUID of its ext4, too, on a second line"),
	};
	const struct options options = {
		.program = KCHECK " device",
		.synopsis = "[--wait SECONDS] [--claim] [--uuid] NAME",
		.row = rows,
		.count = sizeof(rows) / sizeof(*rows),
		.more = "Prints the path of the block device NAME: LABEL=.., UUID=.., PARTUUID=.. or a path.\n"
			"Exit: 0 done; 1 failed; 2 usage; 4 it is not there.\n",
	};
	char path[PARTITION_PATH_MAX];
	struct superblock super;
	int at, status, found;

	if (!options_parse(&options, argc, argv, 1, 1, &at, &status))
		return status;
	found = find_device(argv[at], seconds, path);
	if (found > 0) {
		fail("partition", 0, "%s is not there", argv[at]);
		report_failure(KCHECK);
		return EXIT_ABSENT;
	}
	if (found || (claim && partition_claim("", path)) || (uuid && partition_superblock(path, &super)))
		return report_failure(KCHECK);
	if (puts(path) < 0 || (uuid && puts(super.uuid) < 0) || fflush(stdout))
		return status_of(fail("write", errno, "standard output"));
	return EXIT_OK;
}

/* --- what A has in use, and whether it is as it was */

static int mounts(int argc, char **argv)
{
	static const struct options options = {
		.program = KCHECK " mounts",
		.synopsis = "",
		.more = "Prints a line device=PATH KIND UUID SIZE for each block device that file systems and swap are on.\n",
	};
	struct mounts list;
	int at, status;

	if (!options_parse(&options, argc, argv, 0, 0, &at, &status))
		return status;
	return status_of(mounts_list("", &list) || mounts_print("", &list));
}

/* Asks something of the file that the command names, with the seconds that devices may take to appear. The exit status. */
static int with_devices(const struct options *options, int argc, char **argv,
			int (*ask)(const struct blob *text, unsigned int seconds))
{
	struct blob text;
	uint64_t seconds;
	int at, status, ret;

	if (!options_parse(options, argc, argv, 2, 2, &at, &status))
		return status;
	if (take_seconds(argv[at + 1], &seconds))
		return report_usage();
	if (read_file(argv[at], DEVICES_FILE_MAX, &text))
		return report_failure(KCHECK);
	ret = ask(&text, (unsigned int)seconds);
	free(text.data);
	return status_of(ret);
}

static int ask_record(const struct blob *text, unsigned int seconds)
{
	return guard_record("", text, seconds, stdout);
}

static int ask_same(const struct blob *text, unsigned int seconds)
{
	return guard_compare("", text, seconds);
}

static int record(int argc, char **argv)
{
	static const struct options options = {
		.program = KCHECK " record",
		.synopsis = "FILE SECONDS",
		.more = "Prints the lines of hibernate.meta that tell what is on the devices of FILE's lines device=, which may take\n"
			"SECONDS to appear.\n",
	};

	return with_devices(&options, argc, argv, ask_record);
}

static int same_devices(int argc, char **argv)
{
	static const struct options options = {
		.program = KCHECK " same-devices",
		.synopsis = "META SECONDS",
		.more = "Are the devices, which may take SECONDS to appear, as hibernate.meta says?\n"
			"Exit: 0 yes; 1 no, or that cannot be known; 2 usage.\n",
	};

	return with_devices(&options, argc, argv, ask_same);
}

static int fingerprint(int argc, char **argv)
{
	static const struct options options = {
		.program = KCHECK " fingerprint",
		.synopsis = "DEVICE...",
		.more = "Prints what is on each device, and its fingerprint: KIND UUID SIZE SUM PATH.\n",
	};
	int at, status, ret = 0;

	if (!options_parse(&options, argc, argv, 1, argc, &at, &status))
		return status;
	while (at < argc && !ret)
		ret = guard_show(argv[at++]);
	if (!ret && fflush(stdout))
		ret = fail("write", errno, "standard output");
	return status_of(ret);
}

/* --- the machine */

static int machine(int argc, char **argv)
{
	static const struct options options = {
		.program = KCHECK " machine",
		.synopsis = "",
		.more = "Prints the lines of hibernate.meta that describe this machine: memory map, CPU, ACPI tables.\n",
	};
	struct cpu cpu;
	int at, status;

	if (!options_parse(&options, argc, argv, 0, 0, &at, &status))
		return status;
	cpu_read(&cpu);
	return status_of(machine_print("", &cpu, stdout));
}

static int same_machine(int argc, char **argv)
{
	static const struct options options = {
		.program = KCHECK " same-machine",
		.synopsis = "META",
		.more = "Is this machine the one that hibernate.meta describes? Prints notes on what is no reason to refuse.\n"
			"Exit: 0 yes; 1 no, or that cannot be known; 2 usage.\n",
	};
	struct blob meta;
	struct cpu cpu;
	int at, status, ret;

	if (!options_parse(&options, argc, argv, 1, 1, &at, &status))
		return status;
	if (read_file(argv[at], META_MAX, &meta))
		return report_failure(KCHECK);
	cpu_read(&cpu);
	ret = machine_compare("", &cpu, &meta, stdout);
	free(meta.data);
	return status_of(ret);
}

static int cpus(int argc, char **argv)
{
	static const struct options options = {
		.program = KCHECK " cpus",
		.synopsis = "online|offline",
		.more = "Switches all CPUs but the first.\n"
			"Exit: 0 done; 1 one stays as it was; 2 usage.\n",
	};
	int at, status;

	if (!options_parse(&options, argc, argv, 1, 1, &at, &status))
		return status;
	if (strcmp(argv[at], "online") && strcmp(argv[at], "offline")) {
		fail("options", 0, "online or offline, not %.40s", argv[at]);
		return report_usage();
	}
	return status_of(cpus_online("", !strcmp(argv[at], "online")));
}

/*
 * libata resets every port and waits for its disk to spin up, which is time lost for a kernel that uses no disk there. Where
 * that is not known, it does so.
 */
static int disks(int argc, char **argv)
{
	static const struct options options = {
		.program = KCHECK " disks",
		.synopsis = "DEVICE...",
		.more = "Prints the kernel parameter that keeps libata from its ports, when none of these disks is on one of them.\n",
	};
	struct drivers drivers;
	int at, status;

	if (!options_parse(&options, argc, argv, 0, argc, &at, &status))
		return status;
	for (; at < argc; at++)
		if (drivers_of("", argv[at], &drivers) || drivers.on_ata)
			return EXIT_OK;
	return puts("libata.force=disable") < 0 || fflush(stdout) ? status_of(fail("write", errno, "standard output")) : EXIT_OK;
}

int kcheck_main(int argc, char **argv)
{
	static const struct command commands[] = {
		{ "preflight", kcheck_preflight, "can this machine hibernate?" },
		{ "device", device, "the block device that a name stands for" },
		{ "mounts", mounts, "the block devices in use, and what is on them" },
		{ "record", record, "what is on the devices that a file lists" },
		{ "same-devices", same_devices, "are the devices as hibernate.meta says?" },
		{ "fingerprint", fingerprint, "what is on a device" },
		{ "machine", machine, "what hibernate.meta says of the machine" },
		{ "same-machine", same_machine, "is it the machine that hibernate.meta describes?" },
		{ "cpus", cpus, "switches all CPUs but the first" },
		{ "disks", disks, "a kernel parameter that saves time where no ATA disk is used" },
	};

	return commands_run(KCHECK, commands, sizeof(commands) / sizeof(*commands), argc, argv);
}
