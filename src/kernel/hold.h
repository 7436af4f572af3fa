/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps all other processes from running for a while, as a debugger stops them (ptrace(2)): a process that the kernel thaws between
 * two tries of a jump would at once begin to wait for a disk that is suspended, and could not be frozen again. They stop where they
 * can be frozen, too. A child of ours holds them; when it ends, for whatever reason, they go on as if nothing had been.
 */
#ifndef KH_KERNEL_HOLD_H
#define KH_KERNEL_HOLD_H

#include <sys/types.h>

struct hold {
	pid_t holder; /* 0: nobody is held */
	int end;      /* closed, it ends the holder */
};

/*
 * Holds all threads of all processes that may be held: not those that a debugger has already, and none where the system forbids it.
 * One that does not stop within a second is not waited for. `root` is where /proc is. It is no failure to hold none.
 */
void hold_others(const char *root, struct hold *hold);

/* Lets them go on. */
void hold_end(struct hold *hold);

#endif
