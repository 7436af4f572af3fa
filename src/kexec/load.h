/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recipes for loading: B into the running system A, C' into C, and the way back into A. */
#ifndef KH_KEXEC_LOAD_H
#define KH_KEXEC_LOAD_H

#include <stdbool.h>

#include "kexec/mailbox.h"
#include "kexec/window.h"

/* What is to be loaded; files are paths, NULL where none is given. */
struct load_request {
	const char *kernel, *initrd;
	const char *config, *facts; /* become /khibernate.conf and /khibernate.facts of the appliance */
	const char *append;         /* kernel parameters */
	const char *keep_out;       /* for C': RAM that it must leave alone, as ranges_text() has it; NULL for none */
	bool reuse_cmdline;         /* begin them with this kernel's own, less what belongs to one boot */
	bool preserve;              /* B: saves what the window holds, to come back; else C', whose window has to have an address */
	bool jump;                  /* for B: this process jumps, so that B may depend on the permit in its mailbox */
	struct window_request window;
};

/* Is the running kernel of the architecture that this program is for? 0, or -1 and fail(). */
int load_check_architecture(void);

/*
 * Chooses B's window in `ram`, clear of the running kernel's image `kernel` (both from memmap_running()), of what it
 * allocated for itself at boot, and of what else makedumpfile needs to see (kernel/filter_reads.h). 0, or -1 and fail().
 */
int load_choose_window(const struct window_request *request, const struct ranges *ram, const struct ranges *kernel,
		       struct range *window);

/*
 * Loads the appliance; kexec_jump() then enters it. For B a mailbox is opened in `box`, which has to be zero and to live until
 * the jump is over; for C' it is left alone. 0, or -1 and fail() and nothing is loaded.
 */
int load_appliance(const struct load_request *request, struct mailbox *box);

/* Loads the way back into the kernel that jumped here: its re-entry point, hexadecimal, and paging mode (NULL: the usual one). */
int load_return(const char *entry, const char *paging);

#endif
