/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's consoles: which there are, and writing to all of them. */
#ifndef KH_KERNEL_CONSOLES_H
#define KH_KERNEL_CONSOLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONSOLES_MAX 8
#define CONSOLE_NAME_MAX 32

struct consoles {
	char name[CONSOLES_MAX][CONSOLE_NAME_MAX]; /* of the node in /dev; the first one's is what /dev/console is */
	size_t count;
};

/* The consoles that have a device, in /proc/consoles below `root` ("" for the running system's). There may be none. */
void consoles_list(const char *root, struct consoles *consoles);

/*
 * Where messages for the user go: standard output, or, where that is /dev/console, which is the first console only, a stream
 * that writes to the others, too. One of those that takes nothing at the moment misses what it does not take.
 */
FILE *consoles_output(void);

/* The same for tests: the others are those below `root`, and standard output is the descriptor `first`. NULL when there is no memory. */
FILE *consoles_stream(const char *root, int first);

/* Is the screen a text console in VGA's text mode (/sys/class/vtconsole below `root`)? */
bool consoles_vga_text(const char *root);

#endif
