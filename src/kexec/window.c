/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/window.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "base/report.h"
#include "base/sized.h"

int window_parse(const char *text, struct window_request *request)
{
	if (sized_parse(text, &request->size, &request->at))
		return fail("window", 0, "not SIZE[@ADDR]: %.40s", text);
	if (request->size % PAGE_BYTES || request->at % WINDOW_ALIGN)
		return fail("window", 0, "%s: the size has to be whole pages and the address a multiple of 2 MiB",
			    text);
	return 0;
}

void window_text(const struct range *window, char text[WINDOW_TEXT_SIZE])
{
	snprintf(text, WINDOW_TEXT_SIZE, "%#" PRIx64 "@%#" PRIx64, window->end - window->start, window->start);
}

int window_range_parse(const char *text, struct range *window)
{
	struct ranges list = { 0 };
	bool good = !ranges_parse(&list, text) && list.count == 1 && list.item->end <= 1ULL << 32 &&
		    (list.item->start | list.item->end) % PAGE_BYTES == 0 && !list.item->type;

	if (good)
		*window = *list.item;
	ranges_free(&list);
	return good ? 0 : fail("window", 0, "not START-END of whole pages below 4 GiB, hexadecimal: %.40s", text);
}

void window_range_text(const struct range *window, char text[WINDOW_TEXT_SIZE])
{
	snprintf(text, WINDOW_TEXT_SIZE, "%" PRIx64 "-%" PRIx64, window->start, window->end);
}

uint64_t window_usual(uint64_t ram)
{
	if (ram <= WINDOW_LARGE_RAM)
		return WINDOW_DEFAULT;
	if (ram <= WINDOW_HUGE_RAM)
		return WINDOW_DEFAULT_LARGE;
	return WINDOW_DEFAULT_LARGE + align_up((ram - WINDOW_HUGE_RAM) / PAGE_BYTES, WINDOW_ALIGN);
}

int window_choose(const struct window_request *request, const struct ranges *ram,
		  window_obstacle obstacle, void *context, struct range *window)
{
	uint64_t size = request->size ? request->size : window_usual(ranges_total(ram));
	uint64_t min = request->at ? request->at : request->min;
	uint64_t max = request->at ? request->at + size : request->max;
	uint64_t blocked = 0;

	if (min < WINDOW_LOWEST)
		min = WINDOW_LOWEST;
	if (min > ARCH_WINDOW_HIGHEST)
		min = ARCH_WINDOW_HIGHEST;
	if (!max || max > ARCH_WINDOW_HIGHEST)
		max = ARCH_WINDOW_HIGHEST;
	if (request->at && (request->at < min || request->at + size > max))
		return fail("window", 0, "%" PRIx64 "+%" PRIx64 " is not between 16 MiB and %d MiB",
			    request->at, size, (int)(ARCH_WINDOW_HIGHEST >> 20));
	for (size_t i = 0; i < ram->count; i++) {
		const struct range *r = &ram->item[i];
		uint64_t at = align_up(r->start > min ? r->start : min, WINDOW_ALIGN);

		while (at < r->end && r->end - at >= size && at + size <= max) {
			uint64_t end = obstacle(context, at, at + size);

			if (end == UINT64_MAX)
				return -1;
			if (!end) {
				*window = (struct range){ at, at + size, 0 };
				return 0;
			}
			blocked = end;
			at = align_up(end, WINDOW_ALIGN);
		}
	}
	if (request->at && blocked)
		return fail("window", 0, "%" PRIx64 "-%" PRIx64 " holds memory of the kernel that runs, up to %" PRIx64,
			    request->at, request->at + size, blocked);
	return fail("window", 0, "no %" PRIu64 " MiB of RAM between %" PRIx64 " and %" PRIx64
		    " are free of the running kernel's own memory", size >> 20, min, max);
}
