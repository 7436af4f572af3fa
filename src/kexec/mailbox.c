/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/io.h"
#include "base/number.h"
#include "kernel/pageflags.h"
#include "base/report.h"

#define NONCE_DIGITS 16
#define CODE_SIZE 24

struct mail_page {
	char magic[16];
	char nonce[NONCE_DIGITS + 1];
	char code[CODE_SIZE]; /* the name of a code (base/reason.h); "" as long as nothing was left here */
	char text[MAIL_TEXT_MAX];
	uint64_t permit; /* of this kjump only; whoever enters A leaves it alone */
};

static const char magic[16] = "khibernate-mail";

int mailbox_open(const struct range *window, struct mailbox *box)
{
	uint64_t nonce;

	if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce))
		return fail("mailbox", errno, "getrandom");
	box->window = *window;
	/* While B runs, B is in the window's pages and their content is elsewhere, so the mailbox has to be a page outside of it. */
	for (int tries = 0; tries < 65536; tries++) {
		void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (page == MAP_FAILED)
			return fail("mailbox", errno, "mmap");
		if (mlock(page, PAGE_BYTES))
			return fail("mailbox", errno, "mlock");
		/* A child would share it, and the next write would get a copy somewhere else. */
		if (madvise(page, PAGE_BYTES, MADV_DONTFORK))
			return fail("mailbox", errno, "madvise");
		box->page = page;
		memcpy(box->page->magic, magic, sizeof(magic));
		box->address = physical_address(page);
		if (!box->address)
			return -1;
		/* The low memory is B's, too. */
		if (box->address >= MIB(1) && (box->address >= window->end || box->address + PAGE_BYTES <= window->start)) {
			box->page->permit = nonce;
			snprintf(box->page->nonce, sizeof(box->page->nonce), "%0*" PRIx64, NONCE_DIGITS, nonce);
			snprintf(box->place, sizeof(box->place), "0x%" PRIx64 ",%s", box->address,
				 box->page->nonce);
			return 0;
		}
	}
	return fail("mailbox", 0, "no page outside the window");
}

struct arch_permit mailbox_permit(const struct mailbox *box, const char *paging)
{
	return (struct arch_permit){ box->address + offsetof(struct mail_page, permit), box->page->permit, paging };
}

void mailbox_forbid(struct mailbox *box)
{
	/* Read by the purgatory, which the compiler cannot know. */
	*(volatile uint64_t *)&box->page->permit = 0;
}

int mailbox_check(const struct mailbox *box)
{
	uint64_t now = physical_address(box->page);

	if (!now)
		return -1;
	if (now != box->address)
		return fail("mailbox", 0, "its page moved from %#" PRIx64 " to %#" PRIx64, box->address, now);
	return 0;
}

bool mailbox_read(struct mailbox *box, enum reason *reason, const char **text)
{
	struct mail_page *page = box->page;

	/* Another kernel wrote it, which the compiler cannot know. */
	__asm__ volatile("" : : "r"(page) : "memory");
	page->code[CODE_SIZE - 1] = '\0';
	page->text[MAIL_TEXT_MAX - 1] = '\0';
	make_one_line(page->text);
	*text = page->text;
	*reason = reason_of(page->code);
	if (*reason == REASON_COUNT)
		*reason = REASON_OTHER;
	return *page->code;
}

/* Takes "ADDRESS,NONCE" apart; the nonce is a part of `place`. 0, or -1 and fail(). */
static int parse_place(const char *place, uint64_t *address, const char **nonce)
{
	char address_text[32];
	const char *comma = strchr(place, ',');

	if (comma && (size_t)(comma - place) < sizeof(address_text)) {
		memcpy(address_text, place, (size_t)(comma - place));
		address_text[comma - place] = '\0';
		*nonce = comma + 1;
		if (!number_parse(address_text, 16, address) && *address % PAGE_BYTES == 0 && strlen(*nonce) == NONCE_DIGITS)
			return 0;
	}
	return fail("mailbox", 0, "not ADDRESS,NONCE: %.60s", place);
}

int mailbox_address(const char *place, uint64_t *address)
{
	const char *nonce;

	return parse_place(place, address, &nonce);
}

int mailbox_put(void *memory, const char *place, enum reason reason, const char *text)
{
	struct mail_page *page = memory;
	const char *nonce = NULL;
	uint64_t address = 0;

	if (parse_place(place, &address, &nonce))
		return -1;
	if (memcmp(page->magic, magic, sizeof(magic)) || memcmp(page->nonce, nonce, NONCE_DIGITS))
		return fail("mailbox", 0, "none at %#" PRIx64, address);
	snprintf(page->text, sizeof(page->text), "%s", text);
	snprintf(page->code, sizeof(page->code), "%s", reason_name(reason));
	return 0;
}

int mailbox_write(const char *place, enum reason reason, const char *text)
{
	uint64_t address = 0;
	void *page;
	int fd, ret;

	if (mailbox_address(place, &address))
		return -1;
	fd = open("/dev/mem", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail("open", errno, "/dev/mem");
	page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)address);
	close(fd);
	if (page == MAP_FAILED)
		return fail("mailbox", errno, "mmap of /dev/mem at %#" PRIx64, address);
	ret = mailbox_put(page, place, reason, text);
	if (munmap(page, PAGE_BYTES) && !ret)
		ret = fail("mailbox", errno, "munmap");
	return ret;
}
