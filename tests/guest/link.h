/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TCP connection over 127.0.0.1 to a process of its own, on which every number must follow the one before it and come back. */
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

/* Forks the peer and connects to it; returns 0, or -1 with errno. */
int link_start(struct link *link);

/* Sends the next number once the echo of the last one is here. */
void link_send(struct link *link, int64_t now_ms);

/* Takes the echo; to be called when there is something to read. */
void link_receive(struct link *link);

#endif
