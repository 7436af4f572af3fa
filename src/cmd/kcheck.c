/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kcheck: may this machine hibernate, may this image be resumed; and what is asked for that. */
#include "cmd/kcheck.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/number.h"
#include "base/options.h"
#include "base/report.h"
#include "base/shell.h"
#include "block/mounts.h"
#include "block/partition.h"
#include "checks/drivers.h"
#include "checks/guard.h"
#include "checks/machine.h"
#include "checks/suspended.h"
#include "cmd/programs.h"
#include "image/meta.h"
#include "kernel/cpus.h"
#include "kernel/filter_reads.h"
#include "kernel/free_pages.h"
#include "kernel/write_out.h"
#include "kexec/window.h"
#include "settings/table.h"

#define TRIES_EACH_SECOND 10
/* A disk that has to start its motor, or to try a sector again, takes as long. */
#define STUCK_SECONDS 30
#define DEVICES_FILE_MAX (1u << 20)
#define CMDLINE_MAX 65536

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
	const struct timespec pause = { .tv_nsec = (long)CLOCK_SECOND / TRIES_EACH_SECOND };
	/* A try may take long, as where a disk fails to read. */
	const uint64_t end = clock_ns() + seconds * CLOCK_SECOND;
	int found;

	while ((found = partition_find("", name, path)) && clock_ns() < end)
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
		.more = "Prints the path of the block device NAME: LABEL=.., UUID=.., PARTLABEL=.., PARTUUID=..\n"
			"or a path.\n"
			"Exit: 0 done; 1 failed; 2 usage; 4 it is not there.\n",
	};
	char path[PARTITION_PATH_MAX];
	struct superblock super;
	int at, status, found;

	if (!options_parse(&options, argc, argv, 1, 1, &at, &status))
		return status;
	found = find_device(argv[at], seconds, path);
	if (found > 0) {
		fail("partition", 0, "%s %s", argv[at], seconds ? "did not appear" : "is not there");
		report_failure(KCHECK);
		return EXIT_ABSENT;
	}
	if (found || (claim && partition_claim("", path)) || (uuid && partition_superblock(path, &super)))
		return report_failure(KCHECK);
	puts(path);
	if (uuid)
		puts(super.uuid);
	return report_status(KCHECK, finish_output());
}

static int at_rest(int argc, char **argv)
{
	char path[PARTITION_PATH_MAX];
	struct superblock super;
	uint64_t seconds;
	int found;

	(void)argc;
	if (take_seconds(argv[2], &seconds))
		return report_usage(KCHECK);
	found = find_device(argv[1], seconds, path);
	if (found > 0)
		found = fail("partition", 0, "%s is not there", argv[1]);
	if (!found)
		found = partition_superblock(path, &super);
	if (!found && !superblock_at_rest(&super))
		found = fail("partition", 0, "%s was not shut down in order", argv[1]);
	return report_status(KCHECK, found);
}

/* --- what A has in use, and whether it is as it was */

static int mounts(int argc, char **argv)
{
	struct mounts list;

	(void)argc, (void)argv;
	return report_status(KCHECK, mounts_list("", &list) || mounts_print("", &list));
}

/* Asks something of the file argv[1], with the seconds, argv[2], that devices may take to appear. The exit status. */
static int with_devices(char **argv, int (*ask)(const struct blob *text, unsigned int seconds))
{
	struct blob text;
	uint64_t seconds;
	int ret;

	if (take_seconds(argv[2], &seconds))
		return report_usage(KCHECK);
	if (read_file(argv[1], DEVICES_FILE_MAX, &text))
		return report_failure(KCHECK);
	ret = ask(&text, (unsigned int)seconds);
	free(text.data);
	return report_status(KCHECK, ret);
}

static int ask_record(const struct blob *text, unsigned int seconds)
{
	return guard_record("", text, seconds, stdout);
}

static int record(int argc, char **argv)
{
	(void)argc;
	return with_devices(argv, ask_record);
}

static int ask_same(const struct blob *text, unsigned int seconds)
{
	return guard_compare("", text, seconds);
}

static int same_devices(int argc, char **argv)
{
	(void)argc;
	return with_devices(argv, ask_same);
}

static int fingerprint(int argc, char **argv)
{
	int ret = 0;

	for (int i = 1; i < argc && !ret; i++)
		ret = guard_show(argv[i]);
	return report_status(KCHECK, ret ? ret : finish_output());
}

static int suspended(int argc, char **argv)
{
	struct suspended found = { 0 };
	int ret = suspended_find("", &found);

	(void)argc, (void)argv;
	if (ret > 0) {
		fail("suspended", 0, "no system has hibernated into swap");
		report_failure(KCHECK);
		return EXIT_ABSENT;
	}
	if (ret)
		return report_failure(KCHECK);
	shell_assign(stdout, "swap", found.node);
	shell_assign(stdout, "swap_name", found.name);
	shell_assign(stdout, "swap_own", found.own ? "1" : "0");
	return report_status(KCHECK, finish_output());
}

/* --- the machine */

static int machine(int argc, char **argv)
{
	struct cpu cpu;

	(void)argc, (void)argv;
	cpu_read(&cpu);
	return report_status(KCHECK, machine_print("", &cpu, stdout));
}

static int same_machine(int argc, char **argv)
{
	struct blob meta;
	struct cpu cpu;
	int ret;

	(void)argc;
	if (read_file(argv[1], META_MAX, &meta))
		return report_failure(KCHECK);
	cpu_read(&cpu);
	ret = machine_compare("", &cpu, &meta, stdout);
	free(meta.data);
	if (ret == MACHINE_OTHER_MAP) {
		report_failure(KCHECK);
		return EXIT_UNFIT;
	}
	return report_status(KCHECK, ret);
}

static int cpus(int argc, char **argv)
{
	bool online = !strcmp(argv[1], "online");

	(void)argc;
	if (!online && strcmp(argv[1], "offline")) {
		fail("options", 0, "online or offline, not %.40s", argv[1]);
		return report_usage(KCHECK);
	}
	return report_status(KCHECK, cpus_online("", online));
}

static int free_pages(int argc, char **argv)
{
	static const char *const words[] = { [FREE_PAGES_ANY] = "any", [FREE_PAGES_ZERO] = "zero", [FREE_PAGES_KEPT] = "kept" };
	struct blob cmdline;

	(void)argc, (void)argv;
	if (read_file("/proc/cmdline", CMDLINE_MAX, &cmdline))
		return report_failure(KCHECK);
	puts(words[free_pages_expected((char *)cmdline.data)]);
	free(cmdline.data);
	return report_status(KCHECK, finish_output());
}

static int window(int argc, char **argv)
{
	struct bitmap reads = { 0 };
	struct range window;
	uint64_t end;
	int ret;

	(void)argc;
	if (window_range_parse(argv[1], &window))
		return report_usage(KCHECK);
	ret = filter_reads(argv[2], window.end, &reads);
	end = ret ? 0 : filter_reads_last(&reads, window.start, window.end);
	bitmap_free(&reads);
	if (!end)
		return report_status(KCHECK, ret);
	fail("window", 0, "%s holds what makedumpfile has to read, up to %#" PRIx64, argv[1], end);
	report_failure(KCHECK);
	return EXIT_WINDOW;
}

/*
 * libata resets every port and waits for its disk to spin up, which is time lost for a kernel that uses no disk there. Nothing is
 * printed when it is not known whether a disk is on such a port.
 */
static int disks(int argc, char **argv)
{
	struct drivers drivers;

	for (int i = 1; i < argc; i++)
		if (drivers_of("", argv[i], &drivers) || drivers.on_ata)
			return EXIT_OK;
	puts("libata.force=disable");
	return report_status(KCHECK, finish_output());
}

static int write_all(int argc, char **argv)
{
	(void)argc, (void)argv;
	return report_status(KCHECK, write_out("", STUCK_SECONDS, NULL));
}

int kcheck_main(int argc, char **argv)
{
	static const struct command commands[] = {
		COMMAND("preflight", kcheck_preflight, "can this machine hibernate?"),
		COMMAND("device", device, "the block device that a name stands for"),
		COMMAND_PLAIN("at-rest", at_rest, "was a file system unmounted in order?", 2, 2, "NAME SECONDS",
			"Was the ext4 on the block device NAME, which may take SECONDS to appear, unmounted in order? Then no saved\n"
			"system has it mounted for writing.\n"
			"Exit: 0 yes; 1 no, or that cannot be known; 2 usage.\n"),
		COMMAND_PLAIN("mounts", mounts, "the block devices in use, and what is on them", 0, 0, "",
			"Prints a line device=PATH KIND UUID SIZE for each block device that file systems and swap are on.\n"),
		COMMAND_PLAIN("record", record, "what is on the devices that a file lists", 2, 2, "FILE SECONDS",
			"Prints the lines of hibernate.meta that tell what is on the devices of FILE's lines device=, which may take\n"
			"SECONDS to appear.\n"),
		COMMAND_PLAIN("same-devices", same_devices, "are the devices as hibernate.meta says?", 2, 2, "META SECONDS",
			"Are the devices, which may take SECONDS to appear, as hibernate.meta says?\n"
			"Exit: 0 yes; 1 no, or that cannot be known; 2 usage.\n"),
		COMMAND_PLAIN("fingerprint", fingerprint, "what is on a device", 1, INT_MAX, "DEVICE...",
			"Prints what is on each device, and its fingerprint: KIND UUID SIZE SUM PATH.\n"),
		COMMAND_PLAIN("suspended", suspended, "has a system hibernated into swap?", 0, 0, "",
			"Looks for a swap area into which a system has hibernated by Linux' own means, uswsusp or TuxOnIce. Prints what a\n"
			"shell may evaluate: swap, its node, swap_name, the kernel's name for it, and swap_own, 1 if the kernel that runs\n"
			"now did that.\n"
			"Exit: 0 there is one; 1 that cannot be known; 2 usage; 4 there is none.\n"),
		COMMAND_PLAIN("machine", machine, "what hibernate.meta says of the machine", 0, 0, "",
			"Prints the lines of hibernate.meta that describe this machine: memory map, CPU, ACPI tables.\n"),
		COMMAND_PLAIN("same-machine", same_machine, "is it the machine that hibernate.meta describes?", 1, 1, "META",
			"Is this machine the one that hibernate.meta describes? Prints notes on what is no reason to refuse, or the long\n"
			"values of what is one.\n"
			"Exit: 0 yes; 1 no, or that cannot be known; 2 usage; 3 no, but it is firmware's memory map that does\n"
			"not fit, and it may be another one at the next boot.\n"),
		COMMAND_PLAIN("cpus", cpus, "switches all CPUs but the first", 1, 1, "online|offline",
			"Switches all CPUs but the first.\n"
			"Exit: 0 done; 1 one stays as it was; 2 usage.\n"),
		COMMAND_PLAIN("free-pages", free_pages, "what this kernel expects of free pages", 0, 0, "",
			"Prints what the running kernel expects to find in pages that are free: any content, zero, or what it wrote (kept).\n"),
		COMMAND_PLAIN("window", window, "is the window clear of what makedumpfile has to read?", 2, 2, "START-END VMCORE",
			"Is the window, in hexadecimal, clear of what makedumpfile has to read of the kernel that VMCORE, /proc/vmcore\n"
			"or /proc/kcore, shows?\n"
			"Exit: 0 yes; 1 that cannot be known; 2 usage; 6 no.\n"),
		COMMAND_PLAIN("sync", write_all, "has what is only in memory written", 0, 0, "",
			"Has what is only in memory written to the disks.\n"
			"Exit: 0 done; 1 one takes nothing, which is named; 2 usage.\n"),
		COMMAND_PLAIN("disks", disks, "a kernel parameter that saves time where no ATA disk is used", 0, INT_MAX, "DEVICE...",
			"Prints the kernel parameter that keeps libata from its ports, when none of these disks is on one of them.\n"),
	};

	return commands_run(KCHECK, commands, sizeof(commands) / sizeof(*commands), argc, argv);
}
