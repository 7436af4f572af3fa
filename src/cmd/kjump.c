/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kjump: loads the appliance into the window, or the way back into the kernel that jumped here, and jumps. Everything that can
 * fail is tried before the jump; when the appliance, or who resumed from its image, jumps back, kjump goes on behind it and
 * reads in the mailbox how it went.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/io.h"
#include "base/number.h"
#include "base/options.h"
#include "base/report.h"
#include "block/partition.h"
#include "cmd/programs.h"
#include "kexec/jump.h"
#include "kexec/kexec.h"
#include "kexec/load.h"

#define PROGRAM "kjump"

struct request {
	struct load_request load;
	const char *entry, *paging, *claim;
	bool load_given, jump_back, exec, unload, show_arch;
};

static int take_window(const char *value, void *target)
{
	return window_parse(value, target);
}

static int take_address(const char *value, void *target)
{
	const char *rest;

	return number_parse_sized(value, '\0', &rest, target) ? fail("options", 0, "no size or address: %.40s", value) : 0;
}

static int take_progress(const char *value, void *target)
{
	uint64_t fd;

	if (number_parse(value, 10, &fd) || fd > INT_MAX)
		return fail("options", 0, "no file descriptor: %.40s", value);
	*(FILE **)target = fdopen((int)fd, "w");
	return *(FILE **)target ? 0 : fail("options", errno, "file descriptor %.40s", value);
}

static int take_avoid(const char *value, void *target)
{
	struct range window;

	return window_range_parse(value, &window) ? -1 : ranges_add(target, window.start, window.end, 0);
}

static int take_debug(const char *value, void *target)
{
	(void)value, (void)target;
	debug_enable();
	return 0;
}

/* Do the options go together? 0, or -1 and fail(). */
static int check_request(struct request *q)
{
	const struct load_request *l = &q->load;

	/* A script passes on an empty mode when the kernel parameter khibernate.paging is not there. */
	if (q->paging && !*q->paging)
		q->paging = NULL;
	if (l->kernel && (!l->initrd || q->jump_back))
		return fail("options", 0, "a kernel needs --initrd");
	if (l->kernel && !l->preserve && !l->window.at)
		return fail("options", 0, "-l needs --window SIZE@ADDR");
	if (l->keep_out && (!l->kernel || l->preserve))
		return fail("options", 0, "--keep-out needs -l");
	if (!l->kernel && (q->load_given || l->preserve))
		return fail("options", 0, "no kernel to load");
	if (q->jump_back && !q->entry)
		return fail("options", 0, "--load-jump-back-helper needs --entry");
	if (!(l->kernel || q->jump_back || q->exec || q->unload || q->show_arch))
		return fail("options", 0, "nothing to do, see kjump --help");
	return 0;
}

static int say(const char *text)
{
	puts(text);
	return finish_output();
}

/*
 * From here to the end no signal ends this program, as that of a terminal that is closed would: it has to be known how the jump went.
 * Who sends SIGKILL does not want to know.
 */
static void hold_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
}

/*
 * Jumps, and keeps the device `claim`, if it is not NULL, from others until it is back. Where a mailbox is open, says how it went, and for
 * EXIT_WINDOW on standard output which window it was. The exit status, and when that is not EXIT_OK reported.
 */
static int jump(struct mailbox *box, const char *claim)
{
	char place[WINDOW_TEXT_SIZE];
	const char *text;
	enum reason reason;
	int held = -1, ret;

	hold_signals();
	/* Only now, because loading may take long where memory is full. */
	if (claim && (held = partition_hold("", claim)) < 0)
		return report_failure(PROGRAM);
	ret = (box->page && mailbox_check(box)) || jump_out(box->page ? box : NULL);
	if (held >= 0)
		partition_let_go(held);
	if (ret)
		return report_failure(PROGRAM);
	if (!box->page)
		return EXIT_OK;
	if (!mailbox_read(box, &reason, &text)) {
		reason = REASON_OTHER;
		text = "it came back without a word of how it went";
	}
	/* That nobody reads it does not change how it went. */
	if (reason == REASON_NONE) {
		(void)say(text);
		return EXIT_OK;
	}
	fail("appliance", 0, "%s", text);
	report_failure(PROGRAM);
	switch (reason) {
	case REASON_COMMIT_UNKNOWN:
		return EXIT_UNKNOWN;
	case REASON_WINDOW:
		window_range_text(&box->window, place);
		return say(place) ? report_failure(PROGRAM) : EXIT_WINDOW;
	default:
		return EXIT_FAILED;
	}
}

static bool read_request(int argc, char **argv, struct request *q, int *status)
{
	struct load_request *l = &q->load;
	const struct option_row rows[] = {
		OPTION_FLAG("load", 'l', &q->load_given, "load a kernel that will own only the window"),
		OPTION_FLAG("load-preserve-context", 0, &l->preserve, "the same, to come back from: saves what the window holds"),
		OPTION_FLAG("load-jump-back-helper", 0, &q->jump_back, "load the way back into the kernel that jumped here"),
		OPTION_TEXT("entry", 0, "ADDR", &q->entry, "its re-entry point (kexec_jump_back_entry)"),
		OPTION_TEXT("paging", 0, "MODE", &q->paging, "its paging mode (khibernate.paging)"),
		OPTION_TEXT("initrd", 0, "FILE", &l->initrd, "the appliance's initramfs (also --ramdisk)"),
		OPTION_TEXT("ramdisk", 0, "FILE", &l->initrd, NULL),
		OPTION_TEXT("append", 0, "TEXT", &l->append, "kernel command line (also --command-line)"),
		OPTION_TEXT("command-line", 0, "TEXT", &l->append, NULL),
		OPTION_FLAG("reuse-cmdline", 0, &l->reuse_cmdline, "begin it with this kernel's own, less what belongs to one boot"),
		OPTION_TEXT("config", 0, "FILE", &l->config, "give FILE to the appliance as /khibernate.conf"),
		OPTION_TEXT("facts", 0, "FILE", &l->facts, "give FILE to the appliance as /khibernate.facts"),
		OPTION_CALL("window", 0, "SIZE[@ADDR]", take_window, &l->window, "the window's size and place\n"
			    "(default 48M, 64M above 16 GiB of RAM, more above 64 GiB; chosen)"),
		OPTION_TEXT("keep-out", 0, "RANGES", &l->keep_out, "with -l: RAM that the kernel must leave alone, START-END,...,\n"
			    "hexadecimal"),
		OPTION_CALL("avoid", 0, "START-END", take_avoid, &l->window.avoid, "choose it clear of this, hexadecimal (may be given again)"),
		OPTION_CALL("mem-min", 0, "ADDR", take_address, &l->window.min, "choose it above this address"),
		OPTION_CALL("mem-max", 0, "ADDR", take_address, &l->window.max, "choose it below this address"),
		OPTION_TEXT("claim", 0, "DEVICE", &q->claim, "only if nobody uses this block device (also drops its page cache),\n"
			    "and with -e nobody begins to until it is back"),
		OPTION_CALL("progress", 0, "FD", take_progress, &l->progress, "show on this file descriptor what takes long"),
		OPTION_FLAG("exec", 'e', &q->exec, "jump to what is loaded"),
		OPTION_FLAG("unload", 'u', &q->unload, "forget what is loaded"),
		OPTION_FLAG("show-arch", 0, &q->show_arch, "print the architecture that this program is for"),
		OPTION_CALL("debug", 'd', NULL, take_debug, NULL, "show every range and segment that was decided on"),
	};
	const struct options options = {
		.program = PROGRAM,
		.synopsis = "[-d] --load-preserve-context KERNEL --initrd FILE [OPTIONS] [-e]\n"
			    "[-d] -l KERNEL --initrd FILE --window SIZE@ADDR [OPTIONS] [-e]\n"
			    "[-d] --load-jump-back-helper --entry ADDR [--paging MODE] [-e]\n"
			    "-e | -u | --show-arch",
		.row = rows,
		.count = sizeof(rows) / sizeof(*rows),
		.more = "Exit: 0 done, or back from the jump and all went well; 1 failed (one line says why); 2 usage;\n"
			"5 back from the jump, and the appliance cannot know whether what it saved last is on the disk;\n"
			"6 back from the jump, and another window may do: makedumpfile has to read what lay in START-END, which is printed.\n",
	};
	int at;

	if (!options_parse(&options, argc, argv, 0, 1, &at, status))
		return false;
	l->kernel = argv[at];
	l->jump = q->exec;
	if (!check_request(q))
		return true;
	*status = report_usage(PROGRAM);
	return false;
}

int kjump_main(int argc, char **argv)
{
	struct request q = { 0 };
	struct mailbox box = { 0 };
	int status;

	if (!read_request(argc, argv, &q, &status))
		return status;
	if (q.show_arch)
		return report_status(PROGRAM, say(ARCH_NAME));
	if (load_check_architecture() ||
	    (q.unload && kexec_unload()) ||
	    (q.load.kernel && load_appliance(&q.load, &box)) ||
	    (q.jump_back && load_return(q.entry, q.paging)) ||
	    (q.claim && !q.exec && partition_claim("", q.claim)))
		return report_failure(PROGRAM);
	ranges_free(&q.load.window.avoid);
	return q.exec ? jump(&box, q.claim) : EXIT_OK;
}
