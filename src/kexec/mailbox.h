/*
 * A page of kjump's own memory in A into which who enters A writes how it
 * went: B and C' through /dev/mem, C into the page that it will move there. So
 * A learns the outcome also when the hibernating partition is what failed.
 */
#ifndef KH_KEXEC_MAILBOX_H
#define KH_KEXEC_MAILBOX_H

#include <stdint.h>

#include "base/range.h"

enum mail_status { MAIL_NONE, MAIL_OK, MAIL_FAILED };

#define MAIL_TEXT_MAX 1024

struct mailbox {
	struct mail_page *page; /* locked in memory */
	uint64_t address;       /* physical */
	char place[64];         /* "ADDRESS,NONCE": the khibernate.mailbox= parameter */
};

/* Makes a mailbox outside `window`. 0, or -1 and fail(). It lives as long as the process. */
int mailbox_open(const struct range *window, struct mailbox *box);

/* Is the page still at its address (it may migrate until everything is frozen)? 0, or -1 and fail(). */
int mailbox_check(const struct mailbox *box);

/* What came; *text is a string inside the mailbox. */
enum mail_status mailbox_read(struct mailbox *box, const char **text);

/*
 * In B and C': writes into the mailbox at `place`. Nothing is written unless
 * the page there has the magic and the nonce. 0, or -1 and fail().
 */
int mailbox_write(const char *place, enum mail_status status, const char *text);

/* The same in two steps, for who holds A's pages elsewhere: the page's address in A, and writing into the page. */
int mailbox_address(const char *place, uint64_t *address);
int mailbox_put(void *page, const char *place, enum mail_status status, const char *text);

#endif
