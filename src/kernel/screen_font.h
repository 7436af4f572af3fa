/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The font of a screen in VGA's text mode. It lies in the card's memory, and is firmware's when the power was off; a kernel that is
 * resumed does not know. Where another driver draws the letters, the font is in the kernel's memory, as everywhere the map from
 * Unicode to the font, and the colours.
 */
#ifndef KH_KERNEL_SCREEN_FONT_H
#define KH_KERNEL_SCREEN_FONT_H

#include <stdbool.h>

/* How linux/kd.h wants it: 32 bytes for each of at most 512 letters, each 8 dots wide. */
#define SCREEN_FONT_MAX (512 * 32)

struct screen_font {
	bool known;
	unsigned int height, letters;
	unsigned char dots[SCREEN_FONT_MAX];
};

/* Reads the font of the running system's screen. It is not known where the screen is not in VGA's text mode, or there is none. */
void screen_font_keep(struct screen_font *font);

/* Gives it to the screen again; nothing happens when it is not known. 0, or -1 and fail(). */
int screen_font_restore(const struct screen_font *font);

#endif
