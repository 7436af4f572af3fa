/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the mailbox. The input: the parameter that says where it is; the page, as another kernel has left it. */
#include "../../src/kexec/mailbox.c"

#include <ctype.h>

#include "fuzz.h"

static void read_page(const struct input *in)
{
	struct mail_page *page = calloc(1, sizeof(*page));
	struct mailbox box = { .page = page };
	enum reason reason;
	const char *text;
	bool came;

	PROMISE(page);
	memcpy(page, in->data, in->size < sizeof(*page) ? in->size : sizeof(*page));
	came = mailbox_read(&box, &reason, &text);
	PROMISE(came == (*page->code != '\0') && reason < REASON_COUNT && strlen(text) < MAIL_TEXT_MAX);
	for (const char *c = text; *c; c++)
		PROMISE(!iscntrl((unsigned char)*c));
	free(page);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input rest = { data, size }, part = input_part(&rest);
	struct blob place = fixture_blob(part.data, part.size);
	uint64_t address;
	const char *nonce;

	if (!parse_place((char *)place.data, &address, &nonce))
		PROMISE(address % PAGE_BYTES == 0 && strlen(nonce) == NONCE_DIGITS);
	free(place.data);
	if (rest.size)
		read_page(&rest);
	return 0;
}
