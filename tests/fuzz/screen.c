/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes what is said of consoles, screen and keyboard. The input: /proc/consoles, a console's name in /sys, and /proc/bus/input/devices. */
#include "checks/screen.h"
#include "kernel/consoles.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *root;
	struct input rest = { data, size }, part;
	struct consoles consoles;
	char text[800];

	if (!root) {
		root = fixture_root();
		fixture_text(root, "sys/class/vtconsole/vtcon0/bind", "1\n");
		fixture_text(root, "sys/class/graphics/fb0/name", "a frame buffer\n");
	}
	part = input_part(&rest);
	fixture_write(root, "proc/consoles", part.data, part.size);
	part = input_part(&rest);
	fixture_write(root, "sys/class/vtconsole/vtcon0/name", part.data, part.size);
	fixture_write(root, "proc/bus/input/devices", rest.data, rest.size);
	consoles_list(root, &consoles);
	PROMISE(consoles.count <= CONSOLES_MAX);
	for (size_t i = 0; i < consoles.count; i++)
		PROMISE(*consoles.name[i] && strlen(consoles.name[i]) < CONSOLE_NAME_MAX);
	screen_look(root, text, sizeof(text));
	PROMISE(*text && strlen(text) < sizeof(text));
	return 0;
}
