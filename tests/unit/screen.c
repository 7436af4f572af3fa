/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user can expect of screen and keyboard while the appliance runs. */
#include "checks/screen.h"

#include "check.h"
#include "fixture.h"

/* What machines in QEMU show: Linux 6.12.117 (the appliance's) the consoles and the first two devices, Debian's 6.1.192 the USB keyboard. */
#define BUTTON "I: Bus=0019 Vendor=0000 Product=0001 Version=0000\nN: Name=\"Power Button\"\nP: Phys=LNXPWRBN/button/input0\n" \
	"S: Sysfs=/devices/LNXSYSTM:00/LNXPWRBN:00/input/input0\nU: Uniq=\nH: Handlers=kbd \nB: PROP=0\nB: EV=3\nB: KEY=8000 10000000000000 0\n\n"
#define PS2 "I: Bus=0011 Vendor=0001 Product=0001 Version=ab41\nN: Name=\"AT Translated Set 2 keyboard\"\n" \
	"P: Phys=isa0060/serio0/input0\nS: Sysfs=/devices/platform/i8042/serio0/input/input1\nU: Uniq=\nH: Handlers=sysrq kbd \n" \
	"B: PROP=0\nB: EV=120013\nB: KEY=402000002 3803078f800d001 feffffdfffefffff fffffffffffffffe\nB: MSC=10\nB: LED=7\n\n"
#define USB "I: Bus=0003 Vendor=0627 Product=0001 Version=0111\nN: Name=\"QEMU QEMU USB Keyboard\"\n" \
	"P: Phys=usb-0000:00:03.0-1/input0\nS: Sysfs=/devices/pci0000:00/0000:00:03.0/usb1/1-1/1-1:1.0/0003:0627:0001.0001/input/input0\n" \
	"U: Uniq=68284-0000:00:03.0-1\nH: Handlers=sysrq kbd leds \nB: PROP=0\nB: EV=120013\n" \
	"B: KEY=1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe\nB: MSC=10\nB: LED=1f\n\n"
#define TTY0 "tty0                 -WU (E   p  )    4:1\n"
#define TTYS0 "ttyS0                -W- (EC  p a)    4:64\n"

static char text[800];

static const char *machine(const char *consoles, const char *keyboards, const char *driver)
{
	const char *root = fixture_root();

	fixture_text(root, "proc/consoles", consoles);
	fixture_text(root, "proc/bus/input/devices", keyboards);
	fixture_text(root, "sys/class/vtconsole/vtcon0/bind", "1\n");
	fixture_text(root, "sys/class/vtconsole/vtcon0/name", driver);
	return root;
}

static bool look(const char *root)
{
	return screen_look(root, text, sizeof(text));
}

static void all_is_well(void)
{
	CHECK(look(machine(TTY0, BUTTON PS2 USB, "(S) VGA+\n")));
	CHECK_STR(text, "screen");
	CHECK(look(machine(TTYS0 TTY0, BUTTON PS2, "(S) VGA+\n")));
	CHECK_STR(text, "screen ttyS0");
	/* Who has told the kernel to talk to a serial line only does not look at the screen. */
	CHECK(look(machine(TTYS0, BUTTON USB, "(M) frame buffer device\n")));
	CHECK_STR(text, "ttyS0");
	/* A machine without a screen or keyboard. */
	CHECK(look(machine(TTY0 TTYS0, BUTTON, "(S) dummy device\n")));
}

static void dark(void)
{
	const char *root = machine(TTY0, BUTTON USB, "(M) frame buffer device\n");

	fixture_text(root, "sys/class/graphics/fb0/name", "bochs-drmdrmfb\n");
	CHECK(!look(root));
	CHECK_STR(text, "the screen stays dark while the appliance saves, as it drives VGA's text mode only; it has no driver for the keyboard "
		  "\"QEMU QEMU USB Keyboard\", so Esc while it saves and the choice at a boot are not to be had there; where the machine has a "
		  "serial port, console=ttyS0,115200 on the kernel command lines, here and for the appliance, gives a console that works");
	CHECK(!look(machine(TTYS0 TTY0, USB, "(S) VGA+\n")));
	CHECK_STR(text, "the appliance has no driver for the keyboard \"QEMU QEMU USB Keyboard\", so Esc while it saves and the choice at a boot "
		  "are not to be had there; look, and type, at ttyS0");
	/* VGA's text mode, which was before. */
	fixture_text(root, "sys/class/vtconsole/vtcon1/bind", "0\n");
	fixture_text(root, "sys/class/vtconsole/vtcon1/name", "(S) VGA+\n");
	CHECK(!look(root));
	/* With UEFI there is none at the next boot, either; this is how the appliance's own kernel sees it. */
	root = machine(TTY0 TTYS0, BUTTON PS2, "(S) dummy device\n");
	fixture_text(root, "sys/firmware/efi/fw_platform_size", "64\n");
	CHECK(!look(root));
	CHECK_STR(text, "the screen stays dark in the appliance, as it drives VGA's text mode only; look, and type, at ttyS0");
}

static void consoles_of_others(void)
{
	CHECK(!look(machine("hvc0                 -W- (EC  p  )  229:0\n" TTYS0, "", "(S) dummy device\n")));
	CHECK_STR(text, "the appliance has no driver for the console hvc0; look, and type, at ttyS0");
	CHECK(!look(machine("netcon0              -W- (E      )\n", "", "(S) dummy device\n")));
	CHECK(strstr(text, "there is no console; where the machine has a serial port"));
}

/* What cannot be known is not taken for well. */
static void unknown(void)
{
	const char *root = fixture_root();

	fixture_text(root, "proc/consoles", TTY0);
	CHECK(!look(root));
	CHECK(strstr(text, "whether the appliance has a driver for the keyboard is not known; "));
}

RUN_TESTS(all_is_well, dark, consoles_of_others, unknown)
