/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codefile.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"
#include "arch/arch.h"
#include "corefile.h"
#include "fixture.h"

#define CODE_AT (KERNEL_TEXT + 0x233000)
#define CODE_OFFSET 0x1000

struct codefile codefile_build(const struct code_symbol *symbols, const char *instruction, size_t offset)
{
	static const struct core_segment code = { .type = PT_LOAD, .offset = CODE_OFFSET, .vaddr = CODE_AT,
						  .filesz = CODEFILE_SIZE, .memsz = CODEFILE_SIZE };
	struct blob kcore = corefile_build(ARCH_ELF_CLASS, ARCH_ELF_MACHINE, &code, 1, 0);
	const char *root = fixture_root();
	struct codefile files;
	char lines[1024] = "";
	size_t length = 0;

	for (; symbols->name; symbols++)
		length += (size_t)snprintf(lines + length, sizeof(lines) - length, "%" PRIx64 " T %s\n",
					   (uint64_t)CODE_AT + symbols->offset, symbols->name);
	memcpy(kcore.data + CODE_OFFSET + offset, instruction, 3);
	fixture_text(root, "kallsyms", lines);
	fixture_write(root, "kcore", kcore.data, kcore.size);
	free(kcore.data);
	snprintf(files.kallsyms, sizeof(files.kallsyms), "%s/kallsyms", root);
	snprintf(files.kcore, sizeof(files.kcore), "%s/kcore", root);
	return files;
}
