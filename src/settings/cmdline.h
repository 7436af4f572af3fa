/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a kernel command line is no setting of ours, but the kernel's, or was put there by A for B or by C for C'. */
#ifndef KH_SETTINGS_CMDLINE_H
#define KH_SETTINGS_CMDLINE_H

#include <stdbool.h>

#include "base/words.h"
#include "settings/table.h"

/* What the names of our own words begin with. */
#define KERNEL_PREFIX "khibernate."

enum parameter_kind {
	PARAMETER_VALUE,   /* what the last NAME=VALUE says */
	PARAMETER_SWITCH,  /* 1 if the last of NAME and `other` is NAME, else 0 */
	PARAMETER_WINDOW   /* START-END, hexadecimal, of NAME=SIZE@START */
};

struct parameter {
	const char *variable; /* the shell's */
	const char *name;     /* on the kernel command line, with _ only */
	const char *other;
	enum parameter_kind kind;
	const char *initial;  /* when it is not there; NULL: it has to be */
	bool filled;          /* an empty value counts as none */
	unsigned int readers; /* roles; 0: only cmdline_role() looks at it */
	const char *help;     /* one sentence, without a full stop */
};

extern const struct parameter parameters[];
extern const size_t parameters_count;

/*
 * The value of a parameter, which the caller frees; "" of one that has to be there and is not. A value that cannot be one counts
 * as none, and is noted (unless `note` is NULL). NULL and fail() without memory.
 */
char *cmdline_value(const struct parameter *parameter, const char *cmdline, void (*note)(const char *text));

/* What the appliance was booted for. */
enum appliance_role { IS_BOOT, IS_SAVE, IS_RESTORE };

/* By what kjump (kexec_jump_back_entry=) or C (khibernate.part=restore) has put on its kernel command line. */
enum appliance_role cmdline_role(const char *cmdline);

/* Is the word one of these parameters? */
bool cmdline_knows(const struct word *word);

#endif
