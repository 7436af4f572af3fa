/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TCP connection over 127.0.0.1 to a peer process, which gets increasing numbers and has to send each of them back. */
#ifndef LINK_H
#define LINK_H

#include "latch.h"

#include <stdint.h>
#include <sys/types.h>

struct link {
	int fd;
	pid_t peer;
	uint64_t sent, echoed;
	int64_t sent_at_ms;
	struct latch error;
};

/* Forks the peer process and connects to it. Returns 0, or -1 with errno. */
int link_start(struct link *link);

/* Sends the next number, if the last one has come back. */
void link_send(struct link *link, int64_t now_ms);

/* Reads what comes back; to be called when there is something to read. */
void link_receive(struct link *link);

#endif
