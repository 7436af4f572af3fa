/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is typed on consoles: keys, the sequences that terminals send, and consoles that go away. */
#include "kernel/keys.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"

/* The keys that the parser finds in `bytes`, one character each; Esc is E, ^C is C. */
static const char *parse(const char *bytes, struct key_parser *parser)
{
	static char keys[64];
	size_t n = 0;

	for (; *bytes && n < sizeof(keys) - 1; bytes++) {
		int key = key_take(parser, (unsigned char)*bytes);

		if (key)
			keys[n++] = key == KEY_ESCAPE ? 'E' : key == KEY_INTERRUPT ? 'C' : (char)key;
	}
	keys[n] = '\0';
	return keys;
}

static void parser(void)
{
	static const struct {
		const char *bytes, *keys;
		int settled;
	} cases[] = {
		{ "rbk", "rbk", 0 },
		{ "\x1b", "", KEY_ESCAPE },
		{ "\x1b\x1b", "E", 0 },
		{ "\x03", "C", 0 },
		{ "\x1b\x03", "C", 0 },
		{ "\x1b[A", "", 0 },        /* an arrow key */
		{ "\x1b[15~r", "r", 0 },    /* F5, r */
		{ "\x1bOPr", "r", 0 },      /* F1, r */
		{ "\x1b[24;80Rb", "b", 0 }, /* a terminal's answer */
		{ "\x1b[2", "", 0 },        /* a sequence that was cut */
		{ "\x1b[2\x03", "C", 0 },
		{ "\x1bx" "y", "y", 0 },    /* Alt-x */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct key_parser parser = { KEY_PLAIN };

		CHECK_STR(parse(cases[i].bytes, &parser), cases[i].keys);
		CHECK_EQ(key_settle(&parser), cases[i].settled);
		CHECK_EQ(parser.state, KEY_PLAIN);
	}
}

/* Makes a terminal, which is /dev/NAME below root. Returns the end at which a user types. */
static int terminal(const char *root, const char *name)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);
	char link[512];

	CHECK(fd >= 0 && !grantpt(fd) && !unlockpt(fd));
	snprintf(link, sizeof(link), "%s/dev/%s", root, name);
	CHECK(!symlink(ptsname(fd), link));
	return fd;
}

static void type(int fd, const char *text)
{
	CHECK_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static int wait_ms(struct keys *keys, int ms, const char **name)
{
	return keys_wait(keys, keys_now() + ms, NULL, name);
}

static void consoles(void)
{
	const char *root = fixture_root(), *name = "";
	struct termios t;
	struct keys keys;
	int serial, screen, held;
	int64_t before;

	fixture_text(root, "proc/consoles",
		     "ttyS0                -W- (EC    a)    4:64\nnetcon0              -W- (E      )\n"
		     "plain                -W- (E      )    1:1\ntty0                 -WU (E   p  )    4:1\n");
	/* This console is there, but is no terminal. */
	fixture_text(root, "dev/plain", "rrr");
	serial = terminal(root, "ttyS0");
	screen = terminal(root, "tty0");
	/* A console is kept open, as the kernel does it. */
	held = open(ptsname(serial), O_RDWR | O_NOCTTY);
	CHECK(held >= 0);
	/* A key counts that was pressed before anybody looked, and without a newline. */
	type(serial, "k");
	keys_open(root, &keys);
	CHECK_EQ(keys.count, 2);
	CHECK_EQ(wait_ms(&keys, 0, &name), 'k');
	CHECK_STR(name, "ttyS0");
	CHECK(!tcgetattr(held, &t) && !(t.c_lflag & (ICANON | ECHO | ISIG)) && !(t.c_iflag & IXON) && t.c_oflag & OPOST);
	CHECK_EQ(wait_ms(&keys, 0, &name), 0);

	type(screen, "\x1b");
	CHECK_EQ(keys_wait(&keys, KEYS_FOREVER, NULL, &name), KEY_ESCAPE);
	CHECK_STR(name, "tty0");
	type(screen, "\x1b[Ab");
	CHECK_EQ(wait_ms(&keys, 5000, &name), 'b');
	before = keys_now();
	CHECK_EQ(wait_ms(&keys, 300, &name), 0);
	CHECK(keys_now() - before >= 300);

	/* The terminal is as it was, and a key that is pressed while nobody waits is for the next one who does. */
	keys_close(&keys);
	CHECK(!tcgetattr(held, &t) && (t.c_lflag & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG) && t.c_iflag & IXON);
	type(serial, "r");
	keys_open(root, &keys);
	CHECK_EQ(wait_ms(&keys, 1000, &name), 'r');

	/* A console that has hung up is left out. */
	close(held);
	close(serial);
	type(screen, "\x03");
	CHECK_EQ(wait_ms(&keys, 5000, &name), KEY_INTERRUPT);
	close(screen);
	before = keys_now();
	CHECK_EQ(wait_ms(&keys, 5000, &name), 0);
	CHECK(keys_now() - before < 4000);
	keys_close(&keys);
}

static void none(void)
{
	const char *root = fixture_root(), *name = "";
	struct keys keys;

	keys_open(root, &keys);
	CHECK_EQ(keys.count, 0);
	CHECK_EQ(wait_ms(&keys, 5000, &name), 0);
	keys_close(&keys);
}

/* The kernel was told of a console for which it has no driver. */
static void screen_instead(void)
{
	const char *root = fixture_root(), *name = "";
	struct keys keys;
	int screen;

	fixture_text(root, "proc/consoles", "");
	/* This makes the folder of the devices. */
	fixture_text(root, "dev/plain", "");
	screen = terminal(root, "tty0");
	keys_open(root, &keys);
	CHECK_EQ(keys.count, 1);
	type(screen, "k");
	CHECK_EQ(wait_ms(&keys, 5000, &name), 'k');
	CHECK_STR(name, "tty0");
	keys_close(&keys);
	close(screen);
}

RUN_TESTS(parser, consoles, none, screen_instead)
