/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the GDT check. The input: /proc/kallsyms, /proc/kcore. */
#include "kexec/gdt_check.h"

#include "arch/arch.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const starts[] = { "relocate_kernel", "relocate_range", NULL };
	struct input rest = { data, size }, symbols = input_part(&rest);
	char kallsyms[32], kcore[32];
	int fd[2];

	input_path(symbols.data, symbols.size, &fd[0], kallsyms);
	input_path(rest.data, rest.size, &fd[1], kcore);
	(void)gdt_check(kallsyms, kcore, &(struct arch_jump_code){ starts, "relocate_end" });
	(void)gdt_check(kallsyms, kcore, &arch_jump_code);
	close(fd[0]);
	close(fd[1]);
	return 0;
}
