/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes what of a kernel command line is reused for B, and the readers of its parameters' texts. */
#include "kexec/cmdline.h"

#include <ctype.h>

#include "base/number.h"
#include "image/codec.h"
#include "fuzz.h"
#include "kernel/free_pages.h"
#include "kexec/window.h"

/* The next parameter as the kernel cuts it (next_arg() in lib/cmdline.c, Linux 6.12), without the quotes around it. */
static char *next_parameter(char **at)
{
	char *start = *at, *end;
	bool quoted = false;

	while (isspace((unsigned char)*start))
		start++;
	if (!*start)
		return NULL;
	for (end = start; *end && (quoted || !isspace((unsigned char)*end)); end++)
		quoted ^= *end == '"';
	*at = *end ? end + 1 : end;
	*end = '\0';
	if (*start != '"')
		return start;
	if (end > start + 1 && end[-1] == '"')
		end[-1] = '\0';
	return start + 1;
}

/* However they are written, B must not get the parameters that say which root or which RAM A has. */
static void check_reused(const char *text)
{
	static const char *const dropped[] = { "root=", "mem=", "rdinit=", "elfcorehdr=", "panic=", "khibernate.", "panic_on_oops=",
					       "kernelcore=", "movablecore=", "hugepages=", "swiotlb=" };
	char *copy = strdup(text), *at = copy, *word;

	while ((word = next_parameter(&at))) {
		PROMISE(strcmp(word, "--"));
		for (char *c = word; *c && *c != '='; c++)
			if (*c == '-')
				*c = '_';
		for (size_t i = 0; i < sizeof(dropped) / sizeof(*dropped); i++)
			PROMISE(strncmp(word, dropped[i], strlen(dropped[i])));
	}
	free(copy);
}

static void reuse(const char *own)
{
	struct cmdline once = { 0 }, twice = { 0 };
	char *again;

	if (cmdline_reuse(&once, own) || !once.text)
		return;
	PROMISE(strlen(once.text) == once.length);
	check_reused(once.text);
	/* Reusing what was reused, as B's /proc/cmdline shows it, changes nothing. */
	PROMISE(asprintf(&again, "%s\n", once.text) >= 0);
	PROMISE(!cmdline_reuse(&twice, again) && !strcmp(once.text, twice.text));
	free(again);
	PROMISE(!cmdline_check_length(&once, once.length) && cmdline_check_length(&once, once.length - 1));
	PROMISE(!cmdline_add_slot(&once) && once.slot + SLOT_DIGITS == once.length);
	free(once.text);
	free(twice.text);
}

static uint64_t no_obstacle(void *context, uint64_t start, uint64_t end)
{
	(void)context;
	(void)start;
	(void)end;
	return 0;
}

static void window(const char *text)
{
	struct range ram[] = { { 0x1000, 0x9f000, 0 }, { 0x100000, 0x7ffe0000, 0 }, { 0x100000000, 0x480000000, 0 } }, got;
	const struct ranges list = { ram, 3, 3 };
	struct window_request request = { 0 };

	if (window_parse(text, &request) || window_choose(&request, &list, no_obstacle, NULL, &got))
		return;
	PROMISE(ranges_contain(&list, got.start, got.end) && got.start >= WINDOW_LOWEST && got.end <= ram[1].end);
	PROMISE(got.end - got.start == request.size && (!request.at || request.at == got.start));
}

static void numbers(const char *text)
{
	struct ranges list = { 0 };
	enum codec codec;
	const char *rest;
	uint64_t number;

	(void)codec_parse(text, &codec);
	(void)number_parse_sized(text, '@', &rest, &number);
	if (!ranges_parse(&list, text) && !ranges_normalize(&list)) {
		char *again = ranges_text(&list, true);

		PROMISE(again);
		free(again);
	}
	ranges_free(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob text = fixture_blob(data, size);

	reuse((char *)text.data);
	(void)free_pages_judge(&(struct free_pages_seen){ 0 }, (char *)text.data);
	window((char *)text.data);
	numbers((char *)text.data);
	free(text.data);
	return 0;
}
