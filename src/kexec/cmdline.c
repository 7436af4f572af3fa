#include "kexec/cmdline.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"

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

/* Is `name` how the `length` characters of `word` begin? The kernel takes - for _ (parameqn(), Linux 6.12). */
static bool begins_with(const char *word, size_t length, const char *name)
{
	size_t i = 0;

	while (name[i] && i < length && (word[i] == '-' ? '_' : word[i]) == name[i])
		i++;
	return !name[i];
}

static int belongs_to_one_boot(const char *word, size_t length)
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
		size_t n = strlen(names[i]);
		char last = names[i][n - 1];
		int prefix = last == '=' || last == '.';

		if (begins_with(word, length, names[i]) && (prefix || length == n))
			return 1;
	}
	return 0;
}

/* The length of the word at `own`, as next_arg() (lib/cmdline.c, Linux 6.12) cuts it: at any white space outside of quotes. */
static size_t word_length(const char *own)
{
	bool quoted = false;
	size_t length = 0;

	/* The newline at the very end is none of the command line's: /proc/cmdline adds it. */
	while (own[length] && (quoted || !isspace((unsigned char)own[length])) && (own[length] != '\n' || own[length + 1]))
		quoted ^= own[length++] == '"';
	return length;
}

int cmdline_reuse(struct cmdline *line, const char *own)
{
	for (size_t length; *own; own += length) {
		size_t quote, end_quote;

		while (isspace((unsigned char)*own))
			own++;
		length = word_length(own);
		if (!length)
			continue;
		/* The quotes may stand around the whole of it. */
		quote = *own == '"';
		end_quote = quote && length > 1 && own[length - 1] == '"';
		/* What follows "--" is for A's init. */
		if (length - quote - end_quote == 2 && !memcmp(own + quote, "--", 2))
			break;
		if (!belongs_to_one_boot(own + quote, length - quote - end_quote) &&
		    cmdline_add(line, "%.*s", (int)length, own))
			return -1;
	}
	return 0;
}

int cmdline_add_slot(struct cmdline *line)
{
	if (cmdline_add(line, "kexec_jump_back_entry=0x%0*d", SLOT_DIGITS, 0))
		return -1;
	line->slot = line->length - SLOT_DIGITS;
	return 0;
}
