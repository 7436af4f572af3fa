/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way back into A, laid out. */
#include "kexec/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "kernel/memmap.h"
#include "base/report.h"

int trampoline_plan(const struct ranges *ram, uint64_t entry, const char *paging, struct plan *out)
{
	uint64_t at = 0;

	memset(out, 0, sizeof(*out));
	/* Made twice, first for its size, which is the same wherever it lies. */
	if (arch_return_trampoline(0, entry, paging, &out->setup))
		return -1;
	for (size_t i = 0; i < ram->count; i++)
		if (ram->item[i].start >= MIB_1 && ram->item[i].end <= 1ULL << 32 &&
		    ram->item[i].end - ram->item[i].start >= out->setup.size)
			at = ram->item[i].end - page_up(out->setup.size);
	plan_free(out);
	if (!at)
		return fail("trampoline", 0, "no room for it below 4 GiB");
	if (arch_return_trampoline(at, entry, paging, &out->setup))
		return -1;
	out->entry = at;
	plan_add(out, "trampoline", &out->setup, 0, at, at + page_up(out->setup.size));
	return 0;
}

/* The code and page tables of the trampoline that lies at `at`; its copy list, of `count` items, begins at the next page. */
static int copying_trampoline(uint64_t at, uint64_t end, uint64_t entry, const char *paging, size_t count, struct blob *out)
{
	struct arch_copy_list where = { at, count, end };

	/* Made twice, first for its size, which is the same both times: the list begins behind it, and the code is told where. */
	if (arch_copying_trampoline(at, entry, paging, &where, out))
		return -1;
	where.list = at + page_up(out->size);
	free(out->data);
	return arch_copying_trampoline(at, entry, paging, &where, out);
}

uint64_t trampoline_copying_size(uint64_t end, uint64_t entry, const char *paging, size_t count)
{
	struct blob blob;

	if (copying_trampoline(0, end, entry, paging, count, &blob))
		return 0;
	free(blob.data);
	return page_up(blob.size) + page_up((uint64_t)count * sizeof(struct copy_item));
}

int trampoline_copying(const struct range *place, uint64_t end, uint64_t entry, const char *paging,
		       const struct copy_list *copies, struct plan *out)
{
	size_t list = copies->count * sizeof(*copies->item), code;
	struct blob blob;

	memset(out, 0, sizeof(*out));
	if (copying_trampoline(place->start, end, entry, paging, copies->count, &blob))
		return -1;
	code = (size_t)page_up(blob.size);
	out->setup.size = code + list;
	out->setup.data = out->setup.size <= place->end - place->start ? realloc(blob.data, out->setup.size) : NULL;
	if (!out->setup.data) {
		free(blob.data);
		return fail("trampoline", out->setup.size > place->end - place->start ? 0 : ENOMEM,
			    "no room for a copy list of %zu items", copies->count);
	}
	memset(out->setup.data + blob.size, 0, code - blob.size);
	memcpy(out->setup.data + code, copies->item, list);
	out->entry = place->start;
	plan_add(out, "trampoline", &out->setup, 0, place->start, place->start + page_up(out->setup.size));
	return 0;
}
