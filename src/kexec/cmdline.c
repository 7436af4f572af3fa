/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/cmdline.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"
#include "base/words.h"

int cmdline_add(struct cmdline *line, const char *fmt, ...)
{
	size_t room;
	char *grown;
	va_list ap;
	int length;

	va_start(ap, fmt);
	length = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (length <= 0)
		return length ? fail("command line", errno, "%s", fmt) : 0;
	room = line->length + (size_t)length + 2;
	grown = realloc(line->text, room);
	if (!grown)
		return fail("command line", ENOMEM, "%zu bytes", room);
	line->text = grown;
	if (line->length)
		line->text[line->length++] = ' ';
	va_start(ap, fmt);
	vsnprintf(line->text + line->length, room - line->length, fmt, ap);
	va_end(ap);
	line->length += (size_t)length;
	return 0;
}

static bool belongs_to_one_boot(const struct word *word)
{
	static const char *const names[] = {
		"BOOT_IMAGE=", "initrd=", "root=", "rootfstype=", "rootflags=", "rootwait", "ro", "rw",
		"init=", "rdinit=", "resume=", "resume_offset=", "noresume", "hibernate=",
		"elfcorehdr=", "crashkernel=", "kexec_jump_back_entry=", "khibernate.", "mem=",
		"memmap=", "maxcpus=", "nr_cpus=", "nosmp", "hugepages=", "hugepagesz=",
		"default_hugepagesz=", "isolcpus=", "nohz_full=", "cma=", "nokaslr", "kaslr",
		/* What would reboot B for a mere warning, with A unsaved, or take a part of B's little memory. */
		"panic=", "panic_on_warn", "panic_on_warn=", "oops=", "softlockup_panic=",
		"hardlockup_panic=", "hung_task_panic=", "sysctl.", "log_buf_len=", "trace_buf_size=",
		"swiotlb=", "panic_on_oops=",
		/* What would keep B's watchdog from ending a B that hangs. */
		"nowatchdog", "nosoftlockup", "watchdog_thresh=",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t length = strlen(names[i]);
		char last = names[i][length - 1];
		bool has_value = last == '=';

		length -= has_value;
		if (word_begins(word, names[i], length) &&
		    (last == '.' || (word->name_length == length && !word->value == !has_value)))
			return true;
	}
	return false;
}

/* Those of the last word may not be: what is added behind it would become a part of it. */
static bool quotes_are_closed(const struct word *word)
{
	bool closed = true;

	for (size_t i = 0; i < word->length; i++)
		closed ^= word->text[i] == '"';
	return closed;
}

int cmdline_reuse(struct cmdline *line, const char *own)
{
	struct word word;

	/* What follows "--" is for A's init. */
	while (words_next(&own, &word))
		if (!belongs_to_one_boot(&word) &&
		    cmdline_add(line, "%.*s%s", (int)word.length, word.text, quotes_are_closed(&word) ? "" : "\""))
			return -1;
	return 0;
}

int cmdline_add_slot(struct cmdline *line)
{
	if (cmdline_add(line, "kexec_jump_back_entry=0x%0*d", SLOT_DIGITS, 0))
		return -1;
	line->slot = line->length - SLOT_DIGITS;
	return 0;
}
