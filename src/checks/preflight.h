/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to be so for a hibernation: one list of items in four stages, for hibernate.sh --test check, which wants to know all
 * of them, and for a hibernation, which stops at the first that is not so.
 */
#ifndef KH_CHECKS_PREFLIGHT_H
#define KH_CHECKS_PREFLIGHT_H

#include <stdbool.h>
#include <stdio.h>

#include "block/partition.h"
#include "kernel/memory_encryption.h"
#include "kexec/window.h"

enum preflight_stage {
	PREFLIGHT_INSTALLATION, /* what is installed, and by whom it is called */
	PREFLIGHT_MACHINE,      /* the running kernel and its memory; unloads what is loaded for kexec, remembers firmware's map */
	PREFLIGHT_PARTITION,    /* the hibernating partition, and the disks that are in use; only reads */
	PREFLIGHT_IMAGE         /* what is on the partition, which is mounted for that */
};

struct preflight {
	const char *root; /* where /proc, /sys and /dev are: "" but in tests */
	bool force;       /* what the setting force passes over is only noted */
	bool quiet;       /* without `all`: notes only what makes a hibernation of doubtful use, not what is merely worth knowing */

	/* PREFLIGHT_INSTALLATION */
	const char *here; /* its folder */

	/* PREFLIGHT_MACHINE */
	struct window_request window;
	bool save_secret_memory, save_disk_keys; /* the settings */
	memory_encryption_cpuid cpuid; /* NULL but in tests */
	/* What only the running kernel knows; NULL but in tests: kexec_probe_jump() and load_choose_window(). */
	int (*probe_jump)(void);
	int (*choose_window)(const struct window_request *request, const struct ranges *ram, const struct ranges *kernel,
			     struct range *window);

	/* PREFLIGHT_PARTITION */
	const char *partition;  /* its name, as for partition_find() */
	const char *looked_for; /* the name that C looks for at the next boot */
	char device[PARTITION_PATH_MAX], uuid[SUPERBLOCK_UUID_SIZE]; /* found; "" when it is not there or has no ext4 */

	/* PREFLIGHT_IMAGE */
	const char *mounted;   /* where the partition is mounted; NULL: it is not, */
	const char *unmounted; /* for this reason; NULL: since there is no partition */
	unsigned int dump_level;
};

/*
 * With `all`, prints a line for each item of the stage to `out`: "WHAT: ok", "WHAT: ok (TEXT)", "WHAT: no: REASON" or
 * "WHAT: note: TEXT". Without, prints only the notes, "note: WHAT: TEXT", and stops at the first no. 0 when nothing says no; 1
 * when something does: without `all`, fail(WHAT) tells it; or -1 and fail() when `out` cannot be written.
 */
int preflight_run(struct preflight *preflight, enum preflight_stage stage, bool all, FILE *out);

#endif
