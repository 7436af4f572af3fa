/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* The bytes of one sequence follow each other faster than this even at 300 baud. */
#define SETTLE_MS 100

int key_take(struct key_parser *parser, unsigned char byte)
{
	int before = parser->state;

	parser->state = KEY_PLAIN;
	if (byte == KEY_INTERRUPT)
		return byte;
	if (byte == KEY_ESCAPE) {
		if (before == KEY_AFTER_ESCAPE)
			return KEY_ESCAPE;
		parser->state = KEY_AFTER_ESCAPE;
		return 0;
	}
	if (before == KEY_PLAIN)
		return byte;
	/* A CSI or SS3 goes on up to its final byte; anything else is a key with Alt. */
	if (before == KEY_AFTER_ESCAPE ? byte == '[' || byte == 'O' : byte < 0x40 || byte > 0x7e)
		parser->state = KEY_IN_SEQUENCE;
	return 0;
}

int key_settle(struct key_parser *parser)
{
	int key = parser->state == KEY_AFTER_ESCAPE ? KEY_ESCAPE : 0;

	parser->state = KEY_PLAIN;
	return key;
}

/* Makes the terminal `fd` give each byte at once; *before is how it was. */
static bool give_bytes(int fd, struct termios *before)
{
	struct termios t;

	if (tcgetattr(fd, before))
		return false;
	t = *before;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
	/*
	 * A ^S, be it noise on a line, must not hold up what is written here, and with that an unsaved machine. This also ends a wait
	 * that has begun.
	 */
	t.c_iflag &= ~(tcflag_t)IXON;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	/* This does not throw away what was typed before (n_tty_set_termios(), Linux 6.12). */
	return !tcsetattr(fd, TCSANOW, &t);
}

static void open_console(const char *root, struct keys *keys, const char *name)
{
	char path[256];
	int fd;

	if (snprintf(path, sizeof(path), "%s/dev/%s", root, name) >= (int)sizeof(path))
		return;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!give_bytes(fd, &keys->before[keys->count])) {
		close(fd);
		return;
	}
	keys->console[keys->count] = (struct pollfd){ .fd = fd, .events = POLLIN };
	snprintf(keys->name[keys->count++], sizeof(keys->name[0]), "%s", name);
}

void keys_open(const char *root, struct keys *keys)
{
	struct consoles consoles;

	*keys = (struct keys){ 0 };
	consoles_list(root, &consoles);
	for (size_t i = 0; i < consoles.count; i++)
		open_console(root, keys, consoles.name[i]);
	/* Where the kernel has no driver for any console that it was told to use, the screen's keyboard is there all the same. */
	if (!keys->count)
		open_console(root, keys, "tty0");
}

void keys_close(struct keys *keys)
{
	for (unsigned int i = 0; i < keys->count; i++)
		if (keys->console[i].fd >= 0) {
			tcsetattr(keys->console[i].fd, TCSANOW, &keys->before[i]);
			close(keys->console[i].fd);
		}
	keys->count = 0;
}

int64_t keys_now(void)
{
	return (int64_t)(clock_ns() / 1000000);
}

/* Reads a byte at a time, so that what was typed after the key is left for the next question. */
static int read_key(struct pollfd *console, struct key_parser *parser)
{
	unsigned char byte;
	ssize_t n = 1;
	int key = 0;

	while (!key && (n = read(console->fd, &byte, 1)) == 1)
		key = key_take(parser, byte);
	/* The terminal was hung up, or is broken, and will not give anything any more. */
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		close(console->fd);
		console->fd = -1;
	}
	return key;
}

int keys_wait(struct keys *keys, int64_t until, const sigset_t *mask, const char **name)
{
	for (;;) {
		int64_t now = keys_now(), left = until > now ? until - now : 0;
		bool settling = false, open = until == KEYS_FOREVER;
		struct timespec time;
		int n, key;

		for (unsigned int i = 0; i < keys->count; i++) {
			settling |= keys->parser[i].state != KEY_PLAIN;
			open |= keys->console[i].fd >= 0;
		}
		if (!open && !settling)
			return 0;
		if (settling && left > SETTLE_MS)
			left = SETTLE_MS;
		time = (struct timespec){ .tv_sec = (time_t)(left / 1000), .tv_nsec = (long)(left % 1000) * 1000000 };
		n = ppoll(keys->console, keys->count, until == KEYS_FOREVER && !settling ? NULL : &time, mask);
		if (n < 0)
			return -1;
		for (unsigned int i = 0; i < keys->count; i++) {
			if (!n)
				key = key_settle(&keys->parser[i]);
			else
				key = keys->console[i].revents ? read_key(&keys->console[i], &keys->parser[i]) : 0;
			if (key) {
				*name = keys->name[i];
				return key;
			}
		}
		if (!n && keys_now() >= until)
			return 0;
	}
}
