/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/gdt_check.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/kcore.h"
#include "base/report.h"

/* KEXEC_CONTROL_CODE_MAX_SIZE (arch/x86/include/asm/kexec.h, Linux 6.12). */
#define CODE_BYTES 2048

/* Is there an `lgdt` of a memory operand (0f 01 /2) in `code`? */
static bool loads_gdt(const unsigned char *code, size_t size)
{
	for (size_t i = 0; i + 2 < size; i++)
		if (code[i] == 0x0f && code[i + 1] == 0x01 && (code[i + 2] & 0x38) == 0x10 &&
		    (code[i + 2] & 0xc0) != 0xc0)
			return true;
	return false;
}

int gdt_check(const char *kallsyms, const char *kcore, const struct arch_jump_code *jump_code)
{
	const char *const *start = jump_code->start;
	unsigned char code[CODE_BYTES];
	size_t size = CODE_BYTES;
	uint64_t at = 0;

	while (!at && *start)
		at = kallsyms_address(kallsyms, *start++, 0);
	if (!at)
		return fail("kernel", 0, "%s does not show relocate_kernel: whether this kernel survives a jump back is unknown", kallsyms);
	if (jump_code->end) {
		uint64_t end_at = kallsyms_address(kallsyms, jump_code->end, at);

		if (end_at && end_at - at < size)
			size = (size_t)(end_at - at);
	}
	if (kcore_read_memory(kcore, at, code, size))
		return -1;
	if (!loads_gdt(code, size))
		return fail("kernel", 0, "the running kernel does not restore its GDT after a jump back and would reset the machine: "
			    "it needs a fix (docs/limits.md)");
	return 0;
}
