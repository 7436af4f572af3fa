/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mailbox: what is left in its page is read, and a place that cannot be a mailbox is refused before /dev/mem is opened. */
#include "kexec/mailbox.h"

#include "check.h"

#define PLACE "0x1000,0123456789abcdef"

/* A page as mailbox_open() makes it, with magic and nonce only. */
static void *new_page(void)
{
	char *page = calloc(1, PAGE_BYTES);

	if (page) {
		memcpy(page, "khibernate-mail", 15);
		memcpy(page + 16, "0123456789abcdef", 16);
	}
	return page;
}

static void malformed_places(void)
{
	static const char *const places[] = {
		"", ",", "0x1000", "0x1000,", ",0123456789abcdef", "0x1000,0123456789abcde", "0x1000,0123456789abcdef0",
		"0x1001,0123456789abcdef", "0x800,0123456789abcdef", "-1000,0123456789abcdef", "garbage,0123456789abcdef",
		"0x1000 ,0123456789abcdef", " 0x1000,0123456789abcdef", "0x10000000000000000,0123456789abcdef",
		"0x00000000000000000000000000000000000000001000,0123456789abcdef", "0x1000,0123456789abcdef,x",
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!CHECK_FAILS(mailbox_write(places[i], REASON_NONE, "text"), "not ADDRESS,NONCE"))
			printf("  the place was \"%s\"\n", places[i]);
}

static void every_code(void)
{
	struct mailbox box = { .page = new_page() };
	enum reason got;
	const char *text;

	if (!CHECK(box.page))
		return;
	CHECK(!mailbox_read(&box, &got, &text));
	CHECK_STR(text, "");
	for (enum reason reason = 0; reason < REASON_COUNT; reason++) {
		CHECK_OK(mailbox_put(box.page, PLACE, reason, reason_name(reason)));
		CHECK(mailbox_read(&box, &got, &text));
		CHECK_EQ(got, reason);
		CHECK_STR(text, reason_name(reason));
	}
	free(box.page);
}

/* The page was written by another version, or by something else. */
static void strange_content(void)
{
	struct mailbox box = { .page = new_page() };
	char *page = (char *)box.page, longest[MAIL_TEXT_MAX + 10];
	enum reason got;
	const char *text;

	if (!CHECK(page))
		return;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CHECK_OK(mailbox_put(page, PLACE, REASON_SAVE, longest));
	CHECK(mailbox_read(&box, &got, &text));
	CHECK_EQ(strlen(text), MAIL_TEXT_MAX - 1);
	CHECK_OK(mailbox_put(page, PLACE, REASON_SAVE, "two\nlines\033[m"));
	CHECK(mailbox_read(&box, &got, &text));
	CHECK_STR(text, "two?lines?[m");
	/* Behind the magic and the nonce all is 0xff, so that neither the code nor the text has an end. */
	memset(page + 33, 0xff, PAGE_BYTES - 33);
	CHECK(mailbox_read(&box, &got, &text));
	CHECK_EQ(got, REASON_OTHER);
	free(page);
}

static void another_page(void)
{
	char *page = new_page();

	if (!CHECK(page))
		return;
	CHECK_FAILS(mailbox_put(page, "0x1000,0123456789abcdee", REASON_NONE, "text"), "mailbox: none at 0x1000");
	page[0] = 'K';
	CHECK_FAILS(mailbox_put(page, PLACE, REASON_NONE, "text"), "mailbox: none at 0x1000");
	for (size_t i = 33; i < PAGE_BYTES; i++)
		if (!CHECK_EQ(page[i], 0))
			break;
	free(page);
}

RUN_TESTS(malformed_places, every_code, strange_content, another_page)
