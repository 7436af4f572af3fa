/* The way back into A, laid out; and what all plans share. */
#include "kexec/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "kernel/memmap.h"
#include "base/report.h"

void plan_add(struct plan *plan, const struct blob *buf, size_t from, uint64_t start, uint64_t end)
{
	plan->segment[plan->count++] = (struct kexec_segment){
		.buf = buf ? buf->data + from : NULL,
		.bufsz = buf ? buf->size - from : 0,
		.mem = (void *)(uintptr_t)start,
		.memsz = (size_t)(end - start),
	};
}

int trampoline_plan(const struct ranges *ram, uint64_t entry, const char *paging, struct plan *out)
{
	uint64_t at = 0;

	memset(out, 0, sizeof(*out));
	/* The size does not depend on where it lies. */
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
	plan_add(out, &out->setup, 0, at, at + page_up(out->setup.size));
	return 0;
}

/* The trampoline that lies at `at`, with room for the moves behind it, which begin at a page. */
static int copying_trampoline(uint64_t at, uint64_t end, uint64_t entry, const char *paging, size_t count, struct blob *out)
{
	struct arch_copy_list where = { at, count, end };

	/* The first only tells the size of its code and tables. */
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

int trampoline_copying(const struct range *place, uint64_t end, uint64_t entry, const char *paging, const struct copy_list *moves,
		       struct plan *out)
{
	size_t list = moves->count * sizeof(*moves->item), code;
	struct blob blob;

	memset(out, 0, sizeof(*out));
	if (copying_trampoline(place->start, end, entry, paging, moves->count, &blob))
		return -1;
	code = (size_t)page_up(blob.size);
	out->setup.size = code + list;
	out->setup.data = out->setup.size <= place->end - place->start ? realloc(blob.data, out->setup.size) : NULL;
	if (!out->setup.data) {
		free(blob.data);
		return fail("trampoline", out->setup.size > place->end - place->start ? 0 : ENOMEM, "no room for %zu moves", moves->count);
	}
	memset(out->setup.data + blob.size, 0, code - blob.size);
	memcpy(out->setup.data + code, moves->item, list);
	out->entry = place->start;
	plan_add(out, &out->setup, 0, place->start, place->start + page_up(out->setup.size));
	return 0;
}

void plan_free(struct plan *plan)
{
	free(plan->setup.data);
	memset(plan, 0, sizeof(*plan));
}

uint64_t plan_size(const struct plan *plan)
{
	uint64_t total = 0;

	for (size_t i = 0; i < plan->count; i++)
		total += plan->segment[i].memsz;
	return total;
}
