#include "window.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch.h"
#include "index.h"
#include "report.h"

/* Parses a number and its suffix, up to `stop`. 0 or -1, no fail(). */
static int parse_sized(const char *text, char stop, const char **rest, uint64_t *out)
{
	unsigned int shift = 0;
	char *end;

	if (!isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	*out = strtoull(text, &end, 0);
	if (errno)
		return -1;
	switch (*end) {
	case 'K': case 'k': shift = 10; break;
	case 'M': case 'm': shift = 20; break;
	case 'G': case 'g': shift = 30; break;
	default: break;
	}
	if (shift)
		end++;
	if ((*end && *end != stop) || *out > UINT64_MAX >> shift)
		return -1;
	*out <<= shift;
	*rest = end;
	return 0;
}

int window_parse_size(const char *text, uint64_t *out)
{
	const char *rest;

	if (parse_sized(text, '\0', &rest, out))
		return fail("options", 0, "no size or address: %.40s", text);
	return 0;
}

int window_parse(const char *text, struct window_request *request)
{
	const char *rest;

	if (parse_sized(text, '@', &rest, &request->size) || !request->size ||
	    (*rest && (parse_sized(rest + 1, '\0', &rest, &request->at) || !request->at)))
		return fail("window", 0, "not SIZE[@ADDR]: %.40s", text);
	if (request->size % PAGE_BYTES || request->at % WINDOW_ALIGN)
		return fail("window", 0, "%s: the size has to be whole pages and the address a multiple of 2 MiB",
			    text);
	return 0;
}

uint64_t window_usual(uint64_t ram)
{
	if (ram <= WINDOW_LARGE_RAM)
		return WINDOW_DEFAULT;
	if (ram <= WINDOW_HUGE_RAM)
		return WINDOW_DEFAULT_LARGE;
	return WINDOW_DEFAULT_LARGE + align_up((ram - WINDOW_HUGE_RAM) / PAGE_BYTES, WINDOW_ALIGN);
}

uint64_t window_work(uint64_t ram)
{
	uint64_t bitmap = ram / PAGE_BYTES / 8;
	uint64_t verdict = 3 * bitmap, save = 2 * bitmap + 2 * (ram / CHUNK_BYTES * sizeof(struct chunk));

	return verdict > save ? verdict : save;
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
