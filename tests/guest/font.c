/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The font of the screen, which is in VGA's text mode.
 *
 *   font load LETTERS HEIGHT    loads one of random-looking letters. As in all fonts those of ASCII have their usual places, by which
 *                               the kernel's messages are drawn; up to character 255 the others are at 128 + (character * 5 + 1) %
 *                               (LETTERS - 128)
 *   font show                   prints KEY=VALUE lines: what is in the card's memory, the map from Unicode, and which planes of a
 *                               letter's colour count
 */
#include <fcntl.h>
#include <linux/kd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LETTERS_MAX = 512, ROWS = 32, FIRST = 32, ASCII = 128, LAST = 255, PAIRS_MAX = 4096 };

static void fails(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t sum(const void *data, size_t size)
{
	const unsigned char *byte = data;
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		h = (h ^ byte[i]) * 16777619u;
	return h;
}

static void load(int fd, unsigned int letters, unsigned int height)
{
	static unsigned char dots[LETTERS_MAX * ROWS];
	struct console_font_op op = { .op = KD_FONT_OP_SET, .width = 8, .height = height, .charcount = letters, .data = dots };
	struct unipair pairs[LAST - FIRST + 1];
	struct unimapinit init = { 0 };
	struct unimapdesc map = { .entry_ct = LAST - FIRST + 1, .entries = pairs };

	for (unsigned int i = 0; i < letters; i++)
		for (unsigned int row = 0; row < height; row++)
			dots[i * ROWS + row] = (unsigned char)sum((unsigned int[]){ i, row }, 2 * sizeof(int));
	if (ioctl(fd, KDFONTOP, &op))
		fails("KD_FONT_OP_SET");
	for (unsigned int u = FIRST; u <= LAST; u++)
		pairs[u - FIRST] = (struct unipair){
			(unsigned short)u, (unsigned short)(u < ASCII ? u : ASCII + (u * 5 + 1) % (letters - ASCII))
		};
	if (ioctl(fd, PIO_UNIMAPCLR, &init) || ioctl(fd, PIO_UNIMAP, &map))
		fails("PIO_UNIMAP");
}

/* The attribute controller's register 0x12 (Color Plane Enable); port 0x3da makes the next byte for 0x3c0 an index. */
static unsigned int planes(void)
{
	int ports = open("/dev/port", O_RDWR);
	unsigned char byte = 0x12 | 0x20;

	if (ports < 0 || pread(ports, &byte, 1, 0x3da) != 1)
		fails("/dev/port");
	byte = 0x12 | 0x20;
	if (pwrite(ports, &byte, 1, 0x3c0) != 1 || pread(ports, &byte, 1, 0x3c1) != 1)
		fails("/dev/port");
	close(ports);
	return byte;
}

static void show(int fd)
{
	static unsigned char dots[LETTERS_MAX * ROWS];
	static struct unipair pairs[PAIRS_MAX];
	struct console_font_op op = { .op = KD_FONT_OP_GET, .width = 8, .height = ROWS, .charcount = LETTERS_MAX, .data = dots };
	struct unimapdesc map = { .entry_ct = PAIRS_MAX, .entries = pairs };

	if (ioctl(fd, KDFONTOP, &op))
		fails("KD_FONT_OP_GET");
	if (ioctl(fd, GIO_UNIMAP, &map))
		fails("GIO_UNIMAP");
	printf("letters=%u\nheight=%u\ndots=%08x\npairs=%u\nmap=%08x\nplanes=%u\n", op.charcount, op.height,
	       sum(dots, op.charcount * ROWS), map.entry_ct, sum(pairs, map.entry_ct * sizeof(*pairs)), planes());
}

int main(int argc, char **argv)
{
	int fd = open("/dev/tty0", O_RDWR | O_NOCTTY);

	if (fd < 0)
		fails("/dev/tty0");
	if (argc == 4 && !strcmp(argv[1], "load"))
		load(fd, (unsigned int)atoi(argv[2]), (unsigned int)atoi(argv[3]));
	else if (argc == 2 && !strcmp(argv[1], "show"))
		show(fd);
	else
		return 2;
	return 0;
}
