/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/report.h"

int code_copy(const unsigned char *start, const unsigned char *end, size_t size, struct blob *out)
{
	size_t code = (size_t)(end - start);

	out->size = size > code ? size : code;
	out->data = calloc(1, out->size);
	if (!out->data)
		return fail("purgatory", ENOMEM, "%zu bytes", out->size);
	memcpy(out->data, start, code);
	return 0;
}

int arch_return_trampoline(uint64_t at, uint64_t entry, const char *paging, struct blob *out)
{
	return arch_copying_trampoline(at, entry, paging, &(struct arch_copy_list){ 0 }, out);
}
