/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ECHO_TIMEOUT_MS = 20000 };

static _Noreturn void echo(int listener)
{
	uint64_t number, expected = 1;
	int connection = accept(listener, NULL, NULL);

	if (connection < 0)
		_exit(1);
	/* Standard error is the last thing that this process shares with the one that started the witness. */
	close(STDERR_FILENO);
	while (recv(connection, &number, sizeof(number), MSG_WAITALL) == sizeof(number)) {
		if (number != expected++)
			_exit(1);
		if (send(connection, &number, sizeof(number), MSG_NOSIGNAL) != sizeof(number))
			_exit(1);
	}
	_exit(0);
}

int link_start(struct link *link)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0 || getsockname(listener, (struct sockaddr *)&address, &length) < 0)
		return -1;
	link->peer = fork();
	if (link->peer < 0)
		return -1;
	if (link->peer == 0)
		echo(listener);
	close(listener);
	link->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->fd < 0)
		return -1;
	return connect(link->fd, (struct sockaddr *)&address, sizeof(address));
}

void link_send(struct link *link, int64_t now_ms)
{
	if (link->error.text[0])
		return;
	if (link->sent != link->echoed) {
		if (now_ms - link->sent_at_ms > ECHO_TIMEOUT_MS)
			latch(&link->error, "no echo of %" PRIu64, link->sent);
		return;
	}
	link->sent++;
	link->sent_at_ms = now_ms;
	if (send(link->fd, &link->sent, sizeof(link->sent), MSG_NOSIGNAL) != sizeof(link->sent))
		latch(&link->error, "send: %s", strerror(errno));
}

void link_receive(struct link *link)
{
	uint64_t number;
	ssize_t n = recv(link->fd, &number, sizeof(number), MSG_WAITALL);

	if (n < 0)
		latch(&link->error, "recv: %s", strerror(errno));
	else if (n != sizeof(number))
		latch(&link->error, "closed by the peer");
	else if (number != link->sent)
		latch(&link->error, "echo of %" PRIu64 " is %" PRIu64, link->sent, number);
	else
		link->echoed = number;
}
