/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page of kjump's own memory in A. Before B, C or C' jumps back into A, it
 * writes into that page how it went: B and C' through /dev/mem, C into its copy
 * of the page, which the trampoline then puts into place. So A learns the
 * outcome even when it is the hibernating partition that failed.
 *
 * The page also has the permit without which B's purgatory does not enter B (arch/arch.h): it is there from the start, and once
 * it is taken back, a jump only leads back here.
 */
#ifndef KH_KEXEC_MAILBOX_H
#define KH_KEXEC_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/range.h"
#include "base/reason.h"

#define MAIL_TEXT_MAX 1024

struct mailbox {
	struct mail_page *page; /* locked in memory */
	uint64_t address;       /* physical */
	struct range window;    /* which it lies outside of */
	char place[64];         /* "ADDRESS,NONCE": the khibernate.mailbox= parameter */
};

/* Makes a mailbox outside `window` and above the low memory. 0, or -1 and fail(). It lives as long as the process. */
int mailbox_open(const struct range *window, struct mailbox *box);

/* Where B's purgatory looks for the permit, and what it has to find there; `paging` is A's paging mode. */
struct arch_permit mailbox_permit(const struct mailbox *box, const char *paging);

/* Takes the permit back. */
void mailbox_forbid(struct mailbox *box);

/* Is the page still at its address (it may migrate until everything is frozen)? 0, or -1 and fail(). */
int mailbox_check(const struct mailbox *box);

/*
 * What was left there: true with *reason, REASON_NONE when all went well and REASON_OTHER for a name that is no code's, and
 * *text, one line, a string inside the mailbox. false if nothing was.
 */
bool mailbox_read(struct mailbox *box, enum reason *reason, const char **text);

/*
 * In B and C': writes into the mailbox at `place`; a text of MAIL_TEXT_MAX bytes or more is cut off. Nothing is written unless
 * the page there has the magic and the nonce. 0, or -1 and fail().
 */
int mailbox_write(const char *place, enum reason reason, const char *text);

/* The same in two steps, for a caller that holds A's pages elsewhere: the page's address in A, and writing into the page. */
int mailbox_address(const char *place, uint64_t *address);
int mailbox_put(void *page, const char *place, enum reason reason, const char *text);

#endif
