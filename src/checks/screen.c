/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/screen.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "kernel/consoles.h"

#define PATH_SIZE 512
#define NAME_SIZE 80
/* What input devices can do (include/uapi/linux/input-event-codes.h, Linux 6.12): only keyboards repeat keys, and buttons do not. */
#define EV_KEY_BIT (UINT64_C(1) << 0x01)
#define EV_REP_BIT (UINT64_C(1) << 0x14)

struct keyboards {
	bool known;
	bool driven;          /* there is one that the appliance drives */
	char other[NAME_SIZE]; /* one that it does not, "" if there is none */
};

static bool is_there(const char *root, const char *name)
{
	char path[PATH_SIZE];

	return snprintf(path, sizeof(path), "%s%s", root, name) < (int)sizeof(path) && !access(path, F_OK);
}

/* A device of /proc/bus/input/devices has lines N: Name="...", P: Phys=... and B: EV=... (input_devices_seq_show(), Linux 6.12). */
static void find_keyboards(const char *root, struct keyboards *found)
{
	char path[PATH_SIZE], line[512], name[NAME_SIZE] = "";
	bool port = false;
	FILE *from;

	*found = (struct keyboards){ 0 };
	if (snprintf(path, sizeof(path), "%s/proc/bus/input/devices", root) >= (int)sizeof(path))
		return;
	from = fopen(path, "re");
	if (!from)
		return;
	found->known = true;
	while (fgets(line, sizeof(line), from)) {
		uint64_t can;

		if (!strncmp(line, "N: Name=\"", 9)) {
			snprintf(name, sizeof(name), "%.*s", (int)strcspn(line + 9, "\"\n"), line + 9);
			port = false;
		} else if (!strncmp(line, "P: Phys=", 8)) {
			/* The keyboard's port, i8042, as in isa0060/serio0/input0; the appliance has a driver for no other one. */
			port = strstr(line, "/serio") != NULL;
		} else if (!strncmp(line, "B: EV=", 6)) {
			can = strtoull(line + 6, NULL, 16);
			if (~can & (EV_KEY_BIT | EV_REP_BIT))
				continue;
			if (port)
				found->driven = true;
			else
				snprintf(found->other, sizeof(found->other), "%s", name);
		}
	}
	fclose(from);
}

/* Is there a screen that is not in VGA's text mode? With UEFI it never is, whether this kernel has a driver for it or not. */
static bool is_dark(const char *root)
{
	return !consoles_vga_text(root) && (is_there(root, "/sys/firmware/efi") || is_there(root, "/sys/class/graphics/fb0") ||
					    is_there(root, "/sys/class/drm/card0") || is_there(root, "/sys/class/drm/card1"));
}

bool screen_look(const char *root, char *text, size_t room)
{
	char serial[128] = "", other[128] = "";
	bool screen = false, dark, good = true;
	struct keyboards keyboards;
	struct consoles consoles;

	consoles_list(root, &consoles);
	for (size_t i = 0; i < consoles.count; i++) {
		const char *name = consoles.name[i];

		if (!strncmp(name, "ttyS", 4))
			text_add(serial, sizeof(serial), " %s", name);
		else if (!strncmp(name, "tty", 3) && isdigit((unsigned char)name[3]))
			screen = true;
		else
			text_add(other, sizeof(other), " %s", name);
	}
	dark = screen && is_dark(root);
	find_keyboards(root, &keyboards);

	*text = '\0';
	if (dark) {
		good = false;
		text_add(text, room, "the screen stays dark %s, as it drives VGA's text mode only; ",
		    is_there(root, "/sys/firmware/efi") ? "in the appliance" : "while the appliance saves");
	}
	if (*other) {
		good = false;
		text_add(text, room, "the appliance has no driver for the console%s; ", other);
	}
	if (screen && !keyboards.driven && (!keyboards.known || *keyboards.other)) {
		const char *it = good ? "the appliance" : "it";

		good = false;
		if (keyboards.known)
			text_add(text, room, "%s has no driver for the keyboard \"%s\", so Esc while it saves and the choice at a boot are not to be "
			    "had there; ", it, keyboards.other);
		else
			text_add(text, room, "whether %s has a driver for the keyboard is not known; ", it);
	}
	if (!consoles.count) {
		good = false;
		text_add(text, room, "there is no console; ");
	}
	if (good) {
		text_add(text, room, "%s%s", screen ? "screen" : serial + 1, screen ? serial : "");
		return true;
	}
	if (*serial)
		text_add(text, room, "look, and type, at%s", serial);
	else
		text_add(text, room, "where the machine has a serial port, console=ttyS0,115200 on the kernel command lines, here and for the "
		    "appliance, gives a console that works");
	return false;
}
