/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/screen_font.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/report.h"
#include "kernel/consoles.h"

#define SCREEN "/dev/tty0"
#define WIDTH 8

/* VGA's attribute controller: which planes of a letter's colour count. With 512 letters the third one is part of the letter. */
#define ATTRIBUTE_PORT 0x3c0
#define STATUS_PORT 0x3da /* when it is read, the next byte for the attribute controller is an index */
#define PLANE_ENABLE 0x12
#define SCREEN_STAYS_ON 0x20
#define THREE_PLANES 0x07

static int font_op(int fd, unsigned int op, struct screen_font *font)
{
	struct console_font_op how = { .op = op, .width = WIDTH, .height = font->height, .charcount = font->letters, .data = font->dots };

	if (ioctl(fd, KDFONTOP, &how))
		return -1;
	font->height = how.height;
	font->letters = how.charcount;
	return how.width == WIDTH ? 0 : -1;
}

void screen_font_keep(struct screen_font *font)
{
	int fd;

	font->known = false;
	if (!consoles_vga_text(""))
		return;
	fd = open(SCREEN, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* The largest that may come. The kernel refuses this where a program shows graphics on the screen. */
	font->height = 32;
	font->letters = 512;
	font->known = !font_op(fd, KD_FONT_OP_GET, font);
	close(fd);
}

/*
 * The kernel does so only when the number of letters changes (vgacon_do_font_op(), Linux 6.12), and to change it to and fro would spoil
 * what is on the screens. Where it cannot be done, the letters of the second half are brighter than they should be.
 */
static void enable_three_planes(void)
{
	static const unsigned char bytes[] = { PLANE_ENABLE | SCREEN_STAYS_ON, THREE_PLANES };
	int ports = open("/dev/port", O_RDWR | O_CLOEXEC);
	unsigned char status;

	if (ports < 0)
		return;
	if (pread(ports, &status, 1, STATUS_PORT) == 1)
		for (size_t i = 0; i < sizeof(bytes) && pwrite(ports, &bytes[i], 1, ATTRIBUTE_PORT) == 1; i++)
			;
	close(ports);
}

int screen_font_restore(const struct screen_font *font)
{
	struct screen_font again = *font;
	int fd, ret = 0;

	if (!font->known)
		return 0;
	fd = open(SCREEN, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return fail("screen", errno, SCREEN);
	if (font_op(fd, KD_FONT_OP_SET, &again))
		ret = fail("screen", errno, "its font could not be loaded again");
	else if (font->letters > 256)
		enable_three_planes();
	close(fd);
	return ret;
}
