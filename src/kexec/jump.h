/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The jump of A, and the way back from one that a device refuses.
 *
 * kernel_kexec() (kernel/kexec_core.c) suspends all devices first. Up to Linux 6.16 it does not resume them when one of them
 * refuses, which is mended since by "kexec_core: Fix error code path in the KEXEC_JUMP flow": the disks may be among those that
 * stay suspended, and then every process that reads or writes waits for ever. The end of a jump resumes all devices, also those
 * that an earlier try suspended, and a next try does not ask a device again that has refused. So the way back is to jump once
 * more at once, with something loaded that does nothing but come back.
 */
#ifndef KH_KEXEC_JUMP_H
#define KH_KEXEC_JUMP_H

#include "kexec/mailbox.h"

/* How often the way back is tried; and how often the same device may refuse in a row, which no kernel asks again that needs this. */
#define JUMP_TRIES 8
#define JUMP_SAME 3

/* How a jump is made: by the kernel, or for tests. */
struct jumper {
	const char *root;             /* where /sys and /proc are; "" for the running system's */
	int (*jump)(void *context);   /* 0 when A was re-entered, or an errno */
	int (*divert)(void *context); /* from now on a jump only comes back; 0, or an errno. NULL where that is not possible */
	void *context;
};

/*
 * Jumps. 0 when A was re-entered by somebody else than the way back, or -1 and fail() with who refused. Then devices are as they
 * were before, unless the text says otherwise. From its first jump on it needs no memory and no disk until devices are resumed.
 */
int jump_by(const struct jumper *jumper);

/*
 * The same by the running kernel; when the way back was needed, nothing is loaded afterwards. `box` is that of load_appliance()
 * for B, or NULL when another process has loaded what is jumped to. With a box the screen gets its font back.
 */
int jump_out(struct mailbox *box);

#endif
