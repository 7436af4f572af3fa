/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of all settings: what each may be, what it is when nobody says so, and who reads it. */
#ifndef KH_SETTINGS_TABLE_H
#define KH_SETTINGS_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A day: longer than anything that is waited for, and far from what a shell cannot multiply. */
#define SETTINGS_SECONDS_MAX 86400

/* Who reads a setting. */
enum role {
	ROLE_HIBERNATE = 1, /* hibernate.sh, from its options, /etc/khibernate.conf and the kernel command line */
	ROLE_SAVE = 2,      /* B, from the file that A gives it */
	ROLE_BOOT = 4,      /* C, from the kernel command line */
	ROLE_RESTORE = 8    /* C', from the file that C gives it */
};

/* Where a setting may stand, beside an option and the files that A gives to B, and C to C'. */
enum place {
	PLACE_FILE = 1,  /* /etc/khibernate.conf */
	PLACE_KERNEL = 2 /* the kernel command line, as khibernate.NAME */
};

/* No value holds control characters, and only a text begins or ends with a space. */
enum setting_kind {
	SETTING_CHOICE, /* one of `choices` */
	SETTING_FLAG,   /* 0 or 1 */
	SETTING_NUMBER, /* 0 to `most`, decimal, without zeros in front */
	SETTING_DEVICE, /* /dev/..., LABEL=..., UUID=..., PARTLABEL=... or PARTUUID=... */
	SETTING_PATH,   /* begins with / */
	SETTING_WINDOW, /* SIZE or SIZE@ADDR */
	SETTING_TEXT
};

/* The same name may have several rows, of which each is for other roles. */
struct setting {
	const char *name;     /* with _ only; the shell's variable, too */
	const char *option;   /* without the --; NULL: it is none */
	char letter;          /* of the option; 0: there is none */
	enum setting_kind kind;
	const char *choices;  /* "a|b|c" */
	uint64_t most;
	const char *initial;  /* the default; NULL: it has to be given. Where it is "", it may be given as "", too */
	const char *bare;     /* what the name alone stands for on the kernel command line; NULL: it needs a value */
	const char *bad;      /* what a value that is not allowed stands for where a boot reads it there; NULL: the default */
	unsigned int readers; /* roles */
	unsigned int places;
	const char *help;     /* one sentence, without a full stop */
};

/* The label that mkhibernate.sh gives. */
#define PARTITION_DEFAULT "LABEL=khibernate"
/* How long the choice before a resume waits for a key, where nobody says so. */
#define MENU_SECONDS "30"

extern const struct setting settings[];
extern const size_t settings_count; /* SETTINGS_MAX at most */
#define SETTINGS_MAX 48

/* The row of `name` that one of `roles` reads; NULL if there is none. */
const struct setting *setting_find(const char *name, unsigned int roles);

/*
 * May the setting be `value`? 0, or -1 and fail(`step`): "CALLED is a, b or c, not VALUE", where `called` is what the user
 * knows the setting as, such as "--action" or "khibernate.action".
 */
int setting_check(const struct setting *row, const char *step, const char *called, const char *value);

/* What it may be, "a|b|c", of a choice or a flag; else NULL. */
const char *setting_choices(const struct setting *row);

/* Prints what it may be, in words: "a, b or c". */
void setting_values(const struct setting *row, FILE *to);

/* Prints what stands for its value in a list of options or in a table: "a|b|c". */
void setting_syntax(const struct setting *row, FILE *to);

#endif
