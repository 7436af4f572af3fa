/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is typed on the kernel's consoles. */
#ifndef KH_KERNEL_KEYS_H
#define KH_KERNEL_KEYS_H

#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <termios.h>

#include "kernel/consoles.h"

#define KEY_INTERRUPT 3
#define KEY_ESCAPE 27
#define KEYS_FOREVER INT64_MAX

/* How much has come of an escape sequence (ECMA-48, 5.4), such as an arrow key sends. */
struct key_parser {
	enum { KEY_PLAIN, KEY_AFTER_ESCAPE, KEY_IN_SEQUENCE } state;
};

/* The key that ends with this byte, or 0 when there is none yet. */
int key_take(struct key_parser *parser, unsigned char byte);

/* Called when no byte follows at once: KEY_ESCAPE if an Esc byte waited for what follows it, else 0. */
int key_settle(struct key_parser *parser);

/* The consoles; a descriptor of one that is gone is -1. */
struct keys {
	struct pollfd console[CONSOLES_MAX];
	struct key_parser parser[CONSOLES_MAX];
	struct termios before[CONSOLES_MAX];
	char name[CONSOLES_MAX][CONSOLE_NAME_MAX];
	unsigned int count;
};

/*
 * Opens the consoles of /proc/consoles below `root` ("" for the running
 * system's) that are terminals, or tty0 if none is, and lets them give each byte at once, without
 * an echo, until keys_close(). There may be none.
 */
void keys_open(const char *root, struct keys *keys);

/* The time in milliseconds, for keys_wait(). */
int64_t keys_now(void);

/*
 * Waits for a key until the time `until`, or with KEYS_FOREVER as long as it
 * takes; what was typed already is taken in any case. Returns the key, with
 * *name the console's; 0 when the time is over or no console is left (not with
 * KEYS_FOREVER); -1 when a signal came that `mask` lets through.
 */
int keys_wait(struct keys *keys, int64_t until, const sigset_t *mask, const char **name);

void keys_close(struct keys *keys);

#endif
