/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * krestore: puts A's memory back from its image. In C':
 *   1. read hibernate.meta and dump.index: checksums, format, state, architecture
 *   2. read the dump's headers; every segment has to be A's RAM outside the window, or a view of the window, which is dropped
 *   3. verify each chunk and place its pages, clear what has to be zero
 * Exit 0 means that A may be entered. Nothing is written to any file.
 * In C, with --direct, the pages are not placed but kept where they are: the
 * return trampoline places them when A is entered, which krestore then does
 * itself, after it has marked the image as consumed.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/number.h"
#include "base/options.h"
#include "base/report.h"
#include "cmd/programs.h"
#include "image/state.h"
#include "kernel/consoles.h"
#include "kernel/cpus.h"
#include "kernel/memmap.h"
#include "kexec/kexec.h"
#include "restore/direct.h"
#include "restore/image_check.h"

#define PROGRAM "krestore"

static const char synopsis[] =
	"[-q] --check DIRECTORY [META]\n"
	"[-q] --verify DIRECTORY [META]\n"
	"[-q] [--memory FILE] DIRECTORY [META]\n"
	"[-q] --direct MAIL [--report DEVICE] DIRECTORY\n"
	"--ranges CORE";

static const char more[] =
	"Without --check, --verify and --direct: restores the image in DIRECTORY, which META describes\n"
	"(DIRECTORY/hibernate.meta).\n"
	"Exit: 0 done; 1 failed, and the image is as it was; 2 usage; with --direct also 3: it cannot be restored from this kernel's\n"
	"own memory, and nothing was changed; 5: the saved system was not entered, and the image could not be made ready again.\n";

struct request {
	const char *directory, *meta;
	const char *memory; /* NULL: this machine's */
	const char *direct; /* what A is told, or NULL */
	const char *report; /* who is told that A is entered, or NULL */
	const char *ranges;
	bool check_only, verify, quiet;
};

static int print_ranges(const char *path)
{
	struct ranges list = { 0 };
	struct elfcore core;
	char *text = NULL;
	int ret = -1, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail("open", errno, "%s", path);
	if (!elfcore_read(fd, path, 0, &core)) {
		ret = 0;
		for (size_t i = 0; i < core.count && !ret; i++)
			if (core.segment[i].type == PT_LOAD)
				ret = ranges_add(&list, core.segment[i].paddr,
						 core.segment[i].paddr + core.segment[i].memsz, 0);
		if (!ret)
			ret = ranges_normalize(&list);
		if (!ret)
			text = ranges_text(&list, false);
		ret = text ? 0 : -1;
		if (!ret) {
			puts(text);
			ret = finish_output();
		}
		free(text);
		ranges_free(&list);
		elfcore_free(&core);
	}
	close(fd);
	return ret;
}

/* What this kernel runs in must not be written over: it is the window and low memory, never A's RAM. */
static int check_not_ours(const struct meta *meta)
{
	struct ranges ours = { 0 }, kernel = { 0 };
	int ret = memmap_running("", &ours, &kernel);

	for (size_t i = 0; i < ours.count && !ret; i++)
		if (ranges_touch(&meta->ram, ours.item[i].start, ours.item[i].end))
			ret = fail("metadata", 0, "ram holds memory of this appliance at %llx",
				   (unsigned long long)ours.item[i].start);
	ranges_free(&ours);
	ranges_free(&kernel);
	return ret;
}

/* Memory that is restored into a file is mapped, and what is mapped behind a file's end cannot be written. */
static int check_memory_file(const char *path, const struct meta *meta)
{
	uint64_t end = meta->ram.item[meta->ram.count - 1].end;
	struct stat st;

	if (stat(path, &st))
		return fail("memory", errno, "%s", path);
	return (uint64_t)st.st_size >= end ? 0 : fail("memory", 0, "%s is shorter than %llx", path, (unsigned long long)end);
}

/* Prints a line for the user, and writes it to the device `report`, if there is one. A failure to do so changes nothing. */
static void say(const char *report, const char *text)
{
	int fd = report && *report ? open(report, O_WRONLY | O_NOCTTY | O_CLOEXEC) : -1;

	fprintf(consoles_output(), "khibernate: boot: %s\n", text);
	fflush(consoles_output());
	if (fd < 0)
		return;
	dprintf(fd, "boot: %s\n", text);
	close(fd);
}

/*
 * The last steps, with A's memory pinned: comes back only when A was not entered, with EXIT_FAILED and the image as it was,
 * or with EXIT_UNKNOWN; and fail() in both cases.
 */
static int enter(const struct request *r, const struct pinned *pinned)
{
	char why[1024];
	int status = EXIT_FAILED;

	/* They are opened before the pages are checked. */
	(void)consoles_output();
	if (cpus_online("", false)) {
		snprintf(why, sizeof(why), "%s", fail_text());
	} else {
		/* The pages are checked last, because writing to the disk takes memory, for which the kernel might move them. */
		if (!image_consume(r->directory) && !pinned_check(pinned)) {
			say(r->report, "entering the saved system");
			if (!kexec_jump())
				fail("jump", 0, "the saved system was not entered");
		}
		snprintf(why, sizeof(why), "%s", fail_text());
		if (image_take_back(r->directory)) {
			snprintf(why + strlen(why), sizeof(why) - strlen(why), "; the image could not be made ready again: %s", fail_text());
			status = EXIT_UNKNOWN;
		}
	}
	(void)cpus_online("", true);
	fail_again(why);
	return status;
}

/* The exit status; A was not entered. */
static int restore_direct(const struct restore_input *in, const struct request *r)
{
	struct direct_input direct = { .restore = in, .mail = r->direct };
	struct pinned pinned = { 0 };
	int ret, status = EXIT_FAILED;

	if (!*in->meta->entry || number_parse(in->meta->entry, 16, &direct.entry)) {
		fail("metadata", 0, "no re-entry point: %s", in->meta->entry);
		return report_failure(PROGRAM);
	}
	direct.paging = *in->meta->paging ? in->meta->paging : NULL;
	direct.mailbox = *in->meta->mailbox ? in->meta->mailbox : NULL;
	ret = direct_load(&direct, &pinned);
	if (!ret)
		status = enter(r, &pinned);
	else if (ret == DIRECT_UNFIT)
		status = EXIT_UNFIT;
	report_failure(PROGRAM);
	/* What is loaded would copy from the pinned pages, which are about to be freed. */
	if (!ret)
		(void)kexec_unload();
	pinned_free(&pinned);
	return status;
}

static int restore(const struct request *r, const struct checked_image *image)
{
	struct restore_input in = checked_image_input(image, r->quiet ? NULL : consoles_output());

	if (r->check_only)
		return EXIT_OK;
	if (r->direct)
		return restore_direct(&in, r);
	if (!r->verify) {
		in.memory = r->memory ? r->memory : "/dev/mem";
		if (r->memory ? check_memory_file(r->memory, in.meta) : check_not_ours(in.meta))
			return report_failure(PROGRAM);
	}
	return report_status(PROGRAM, restore_memory(&in));
}

static int read_meta(const struct request *r, struct blob *text)
{
	char path[FILE_PATH_MAX];

	if (r->meta)
		return read_file(r->meta, META_MAX, text);
	return file_path(r->directory, FILE_META, path) || read_regular(path, META_MAX, text) ? -1 : 0;
}

static int run_request(const struct request *r)
{
	struct checked_image image;
	struct blob text;
	int status;

	if (r->ranges)
		return report_status(PROGRAM, print_ranges(r->ranges));
	if (read_meta(r, &text))
		return report_failure(PROGRAM);
	/* A snapshot can be looked at, but not resumed. */
	if (checked_image_open(r->directory, &text, r->check_only || r->verify, &image)) {
		status = report_failure(PROGRAM);
	} else {
		status = restore(r, &image);
		checked_image_close(&image);
	}
	free(text.data);
	return status;
}

int krestore_main(int argc, char **argv)
{
	struct request r = { 0 };
	const struct option_row rows[] = {
		OPTION_FLAG("check", 0, &r.check_only, "check the headers and sizes only; a snapshot will do, too"),
		OPTION_FLAG("verify", 0, &r.verify, "read and check everything, place nothing; a snapshot will do, too"),
		OPTION_TEXT("memory", 0, "FILE", &r.memory, "restore into FILE in place of this machine's memory"),
		OPTION_TEXT("direct", 0, "MAIL", &r.direct, "restore from this kernel's own memory: read and pin all of it,\n"
			    "mark the image as consumed, leave MAIL for the saved system, and jump into it"),
		OPTION_TEXT("report", 0, "DEVICE", &r.report, "tell that device, too, when the saved system is entered"),
		OPTION_TEXT("ranges", 0, "CORE", &r.ranges, "print the memory that an ELF core describes"),
		OPTION_FLAG("quiet", 'q', &r.quiet, "no progress"),
	};
	const struct options options = { .program = PROGRAM, .synopsis = synopsis, .row = rows,
					 .count = sizeof(rows) / sizeof(*rows), .more = more };
	int first, status;

	if (!options_parse(&options, argc, argv, 0, 2, &first, &status))
		return status;
	r.directory = argv[first];
	r.meta = argc - first == 2 ? argv[first + 1] : NULL;
	if (r.check_only + r.verify + !!r.memory + !!r.direct + !!r.ranges > 1 || (r.report && !r.direct) ||
	    (r.meta && r.direct) || !r.directory != !!r.ranges) {
		fail("options", 0, "these do not go together, see " PROGRAM " --help");
		return report_usage(PROGRAM);
	}
	return run_request(&r);
}
