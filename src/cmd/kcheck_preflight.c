/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kcheck preflight: the items that a hibernation needs, stage by stage. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/number.h"
#include "base/options.h"
#include "base/report.h"
#include "base/shell.h"
#include "checks/preflight.h"
#include "cmd/kcheck.h"

static int take_window(const char *value, void *target)
{
	return *value ? window_parse(value, target) : 0;
}

static int take_dump_level(const char *value, void *target)
{
	uint64_t level;

	if (number_parse(value, 10, &level) || level > 31)
		return fail("options", 0, "no dump level: %.40s", value);
	*(unsigned int *)target = (unsigned int)level;
	return 0;
}

/* What the stages are called, and what each has to be told. 0 with *stage, or -1 and fail(). */
static int stage_of(const char *name, const struct preflight *p, bool all, enum preflight_stage *stage)
{
	if (!strcmp(name, "installation")) {
		*stage = PREFLIGHT_INSTALLATION;
		return p->here ? 0 : fail("options", 0, "installation needs --here");
	}
	if (!strcmp(name, "machine")) {
		*stage = PREFLIGHT_MACHINE;
		return 0;
	}
	if (!strcmp(name, "partition")) {
		*stage = PREFLIGHT_PARTITION;
		return p->partition ? 0 : fail("options", 0, "partition needs --partition");
	}
	*stage = PREFLIGHT_IMAGE;
	if (strcmp(name, "image"))
		return fail("options", 0, "the stages are installation, machine, partition and image, not %.40s", name);
	return p->mounted || all ? 0 : fail("options", 0, "image needs --mounted");
}

static int write_found(const char *path, const struct preflight *p)
{
	FILE *to = fopen(path, "we");

	if (!to)
		return fail("open", errno, "%s", path);
	if (*p->device) {
		shell_assign(to, "device", p->device);
		shell_assign(to, "uuid", p->uuid);
	}
	return fclose(to) ? fail("write", errno, "%s", path) : 0;
}

int kcheck_preflight(int argc, char **argv)
{
	struct preflight p = { .root = "", .looked_for = "LABEL=khibernate" };
	const char *found = NULL;
	bool all = false;
	const struct option_row rows[] = {
		OPTION_FLAG("all", 0, &all, "all items, a line for each, whatever the others say"),
		OPTION_FLAG("quiet", 'q', &p.quiet, "without --all: no notes but of what makes a hibernation of doubtful use"),
		OPTION_FLAG("force", 0, &p.force, "what may be passed over is only noted: watchdog, room, keys of disks, shared file systems"),
		OPTION_TEXT("here", 0, "DIR", &p.here, "installation: its folder"),
		OPTION_CALL("window", 0, "SIZE[@ADDR]", take_window, &p.window, "machine: the window that is wanted"),
		OPTION_FLAG("save-secret-memory", 0, &p.save_secret_memory, "machine: memory of memfd_secret(2) is only noted"),
		OPTION_FLAG("save-disk-keys", 0, &p.save_disk_keys, "machine: keys of encrypted disks are only noted"),
		OPTION_TEXT("partition", 0, "NAME", &p.partition, "partition: the hibernating partition"),
		OPTION_TEXT("looked-for", 0, "NAME", &p.looked_for, "partition: where the next boot looks (default LABEL=khibernate)"),
		OPTION_TEXT("found", 0, "FILE", &found, "partition: write device=NODE and uuid=UUID to FILE, if it is there"),
		OPTION_TEXT("mounted", 0, "DIR", &p.mounted, "image: where the partition is mounted"),
		OPTION_TEXT("unmounted", 0, "REASON", &p.unmounted, "image: why it could not be mounted, with --all"),
		OPTION_CALL("dump-level", 0, "N", take_dump_level, &p.dump_level, "image: what is to be left out (0, 1, 16, 17)"),
	};
	const struct options options = {
		.program = KCHECK " preflight",
		.synopsis = "installation --here DIR [--all]\n"
			    "machine [--window SIZE[@ADDR]] [--save-secret-memory] [--save-disk-keys] [--force] [--all]\n"
			    "partition --partition NAME [--looked-for NAME] [--found FILE] [--force] [--all]\n"
			    "image --mounted DIR --dump-level N [--force] [--all]\n"
			    "image --all [--unmounted REASON]",
		.row = rows,
		.count = sizeof(rows) / sizeof(*rows),
		.more = "Says nothing when all is well but for notes, \"note: WHAT: TEXT\", and stops at the first \"no\"; with --all, prints\n"
			"\"WHAT: ok (TEXT)\", \"WHAT: no: REASON\" or \"WHAT: note: TEXT\" for each item.\n"
			"Exit: 0 nothing says no; 1 something does; 2 usage.\n",
	};
	enum preflight_stage stage;
	int at, status, ret;

	if (!options_parse(&options, argc, argv, 1, 1, &at, &status))
		return status;
	if (stage_of(argv[at], &p, all, &stage))
		return report_usage(KCHECK);
	ret = preflight_run(&p, stage, all, stdout);
	/* With --all the item's line has said already what is wrong. */
	status = ret > 0 && all ? EXIT_FAILED : report_status(KCHECK, ret);
	if (stage == PREFLIGHT_PARTITION && found && ret >= 0 && write_found(found, &p))
		status = report_failure(KCHECK);
	return status;
}
