/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "latch.h"

#include <stdarg.h>
#include <stdio.h>

void latch(struct latch *latch, const char *format, ...)
{
	va_list arguments;

	if (latch->text[0])
		return;
	va_start(arguments, format);
	vsnprintf(latch->text, sizeof(latch->text), format, arguments);
	va_end(arguments);
}
