/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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
