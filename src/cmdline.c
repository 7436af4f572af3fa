#include "cmdline.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

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

static int belongs_to_one_boot(const char *word, size_t length)
{
	static const char *const names[] = {
		"BOOT_IMAGE=", "initrd=", "root=", "rootfstype=", "rootflags=", "rootwait", "ro", "rw",
		"init=", "rdinit=", "resume=", "resume_offset=", "noresume", "hibernate=",
		"elfcorehdr=", "crashkernel=", "kexec_jump_back_entry=", "khibernate.", "mem=",
		"memmap=", "maxcpus=", "nr_cpus=", "nosmp", "hugepages=", "hugepagesz=",
		"default_hugepagesz=", "isolcpus=", "nohz_full=", "cma=", "nokaslr", "kaslr",
		/* What would make of a warning in B a reboot of an unsaved A, or of B's little memory less. */
		"panic=", "panic_on_warn", "panic_on_warn=", "oops=", "softlockup_panic=",
		"hardlockup_panic=", "hung_task_panic=", "sysctl.", "log_buf_len=", "trace_buf_size=",
		"swiotlb=", "panic_on_oops=",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i]);
		char last = names[i][n - 1];
		int prefix = last == '=' || last == '.';

		if (length >= n && !memcmp(word, names[i], n) && (prefix || length == n))
			return 1;
	}
	return 0;
}

int cmdline_reuse(struct cmdline *line, const char *own)
{
	while (*own) {
		size_t length = 0;
		int quoted = 0;

		own += strspn(own, " \n");
		while (own[length] && own[length] != '\n' && (quoted || own[length] != ' '))
			quoted ^= own[length++] == '"';
		/* What follows "--" is for A's init. */
		if (length == 2 && !memcmp(own, "--", 2))
			break;
		if (length && !belongs_to_one_boot(own, length) &&
		    cmdline_add(line, "%.*s", (int)length, own))
			return -1;
		own += length;
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
