/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "kexec/bootparams.h"
#include "kexec/corehdr.h"
#include "kernel/memmap.h"
#include "base/report.h"

void plan_add(struct plan *plan, const char *name, const struct blob *buf, size_t from, uint64_t start, uint64_t end)
{
	plan->name[plan->count] = name;
	plan->segment[plan->count++] = (struct kexec_segment){
		.buf = buf ? buf->data + from : NULL,
		.bufsz = buf ? buf->size - from : 0,
		.mem = (void *)(uintptr_t)start,
		.memsz = (size_t)(end - start),
	};
}

int plan_check(const struct plan *plan, uint64_t most)
{
	uint64_t end = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct kexec_segment *s = &plan->segment[i];
		uint64_t start = (uintptr_t)s->mem;

		if ((start | s->memsz) % PAGE_BYTES)
			return fail("segments", 0, "%s, %#" PRIx64 "+%#zx, is not of whole pages", plan->name[i], start, s->memsz);
		if (start < end)
			return fail("segments", 0, "%s begins at %#" PRIx64 ", before the end of %s", plan->name[i], start, plan->name[i - 1]);
		if (s->bufsz > s->memsz)
			return fail("segments", 0, "%s has %zu bytes, and room for %zu", plan->name[i], s->bufsz, s->memsz);
		if (s->memsz > most)
			return fail("segments", 0, "%s takes %zu MiB, more than half of this machine's memory", plan->name[i], s->memsz >> 20);
		end = start + s->memsz;
	}
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

/* What B needs beyond its kernel and its initrd: the unpacked initrd, drivers, makedumpfile. */
#define WORK_ROOM MIB(20)

/* Where the parts of `setup` and what follows it lie, physical addresses. */
struct places {
	uint64_t core, bp, purgatory, cmdline, kernel, initrd;
};

static int place_all(const struct plan_input *in, uint64_t core_size, size_t purgatory_size,
		     struct places *at)
{
	uint64_t initrd_end;

	at->core = in->window.start;
	at->bp = at->core + core_size;
	at->purgatory = at->bp + page_up(sizeof(struct boot_params));
	at->cmdline = at->purgatory + page_up(purgatory_size);
	at->kernel = align_up(at->cmdline + page_up(in->cmdline->length + 1), in->kernel->alignment);
	if (at->kernel < in->kernel->preferred)
		at->kernel = align_up(in->kernel->preferred, in->kernel->alignment);
	at->initrd = at->kernel + in->kernel->init_size;
	initrd_end = page_up(at->initrd + in->initrd->size);
	if (initrd_end + WORK_ROOM > in->window.end)
		return fail("window", 0, "%" PRIu64 " MiB are too few: %" PRIu64 " MiB are needed",
			    (in->window.end - in->window.start) >> 20,
			    (initrd_end + WORK_ROOM - in->window.start + MIB(1) - 1) >> 20);
	if (initrd_end - 1 > in->kernel->initrd_max)
		return fail("window", 0, "it lies above %#" PRIx64 ", where this kernel takes no initrd",
			    in->kernel->initrd_max);
	return 0;
}

static int fill_setup(const struct plan_input *in, const struct places *at,
		      const struct range *hole, const struct blob *purgatory, struct blob *setup)
{
	struct boot_places places = { at->cmdline, at->initrd, in->initrd->size };
	struct ranges e820 = { 0 };
	int ret = -1;

	setup->size = (size_t)(at->cmdline + page_up(in->cmdline->length + 1) - at->core);
	setup->data = calloc(1, setup->size);
	if (!setup->data)
		return fail("layout", ENOMEM, "%zu bytes", setup->size);
	if (in->kcore) {
		struct blob header;

		if (corehdr_build(in->ram, in->kcore, at->core, &header))
			return -1;
		memcpy(setup->data, header.data, header.size);
		free(header.data);
	}
	if (bootparams_e820(in->firmware, &in->window, &in->low, hole, &e820))
		goto out;
	for (size_t i = 0; i < e820.count; i++)
		debug("e820: %016" PRIx64 "-%016" PRIx64 " type %u", e820.item[i].start,
		      e820.item[i].end, e820.item[i].type);
	if (bootparams_fill(in->root, in->kernel, &places, &e820,
			    (struct boot_params *)(setup->data + (at->bp - at->core))))
		goto out;
	memcpy(setup->data + (at->purgatory - at->core), purgatory->data, purgatory->size);
	memcpy(setup->data + (at->cmdline - at->core), in->cmdline->text, in->cmdline->length);
	ret = 0;
out:
	ranges_free(&e820);
	return ret;
}

int plan_kernel(const struct plan_input *in, struct plan *out)
{
	bool preserve = in->kcore != NULL;
	uint64_t core_size = preserve ? corehdr_size(in->ram, in->kcore) : 0;
	struct range hole = { in->window.start, in->window.start + core_size, 0 };
	struct blob purgatory = { 0 };
	struct places at;

	memset(out, 0, sizeof(*out));
	if (preserve && cmdline_add(in->cmdline, "elfcorehdr=%#" PRIx64, in->window.start))
		return -1;
	if (cmdline_check_length(in->cmdline, in->kernel->cmdline_max))
		return -1;
	/* Made twice, first for its size, which is always the same: where things lie depends on it, and the purgatory is told that. */
	if (arch_purgatory(0, 0, 0, in->permit, &purgatory))
		return -1;
	if (place_all(in, core_size, purgatory.size, &at))
		goto out;
	free(purgatory.data);
	if (arch_purgatory(at.kernel, at.bp, in->cmdline->slot ? at.cmdline + in->cmdline->slot : 0,
			   in->permit, &purgatory))
		return -1;
	if (fill_setup(in, &at, &hole, &purgatory, &out->setup))
		goto out;
	free(purgatory.data);
	out->entry = at.purgatory;

	if (preserve) {
		plan_add(out, "low memory", NULL, 0, in->low.start, in->low.end);
		plan_add(out, "setup", &out->setup, 0, in->window.start, at.kernel);
		plan_add(out, "kernel", &in->kernel->file, in->kernel->kernel_at, at.kernel, at.initrd);
		plan_add(out, "initrd", in->initrd, 0, at.initrd, in->window.end);
	} else {
		plan_add(out, "setup", &out->setup, 0, at.core, at.core + out->setup.size);
		plan_add(out, "kernel", &in->kernel->file, in->kernel->kernel_at, at.kernel,
			 at.kernel + page_up(in->kernel->kernel_size));
		plan_add(out, "initrd", in->initrd, 0, at.initrd, page_up(at.initrd + in->initrd->size));
	}
	debug("command line: %s", in->cmdline->text);
	return 0;
out:
	free(purgatory.data);
	plan_free(out);
	return -1;
}
