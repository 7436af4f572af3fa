/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines of B and C'. */
#ifndef KH_KEXEC_CMDLINE_H
#define KH_KEXEC_CMDLINE_H

#include <stddef.h>

/* A growing string, owned by whoever made it; zero-initialize, free(text). */
struct cmdline {
	char *text;
	size_t length, slot; /* slot: offset of the re-entry point's first hex digit, 0 if there is none */
};

/* Appends " WORDS" (nothing for NULL or ""). 0, or -1 and fail(). */
__attribute__((format(printf, 2, 3)))
int cmdline_add(struct cmdline *line, const char *fmt, ...);

/*
 * Appends those parameters of /proc/cmdline's text `own` that tell how to reach this machine: consoles, firmware, buses, interrupts,
 * clocks, CPUs, disks. A parameter that is not known for one of these is left out. 0, or -1 and fail().
 */
int cmdline_reuse(struct cmdline *line, const char *own);

/* Has the line at most `max` bytes? 0; or -1 and fail(), which names its longest words. */
int cmdline_check_length(const struct cmdline *line, size_t max);

/* How many words with a value, and how many without one, may be appended. */
#define CMDLINE_APPENDED_MAX 28

/*
 * May all these words be appended? Those that the kernel does not know it keeps for its first program, and panics where there are more than
 * 32 (init/main.c, Linux 6.12). A name with a full stop is a driver's, and not kept. 0, or -1 and fail().
 */
int cmdline_check_appended(const char *words);

#define SLOT_DIGITS 16

/* Appends " kexec_jump_back_entry=0x" and SLOT_DIGITS zeros that the purgatory overwrites. */
int cmdline_add_slot(struct cmdline *line);

#endif
