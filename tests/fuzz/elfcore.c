/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reader of an ELF core: headers, notes, and krestore's check of a dump. */
#include "elf/elfcore.h"

#include <elf.h>

#include "arch/arch.h"
#include "base/keyvalue.h"
#include "fuzz.h"
#include "kernel/kcore.h"
#include "restore/restore.h"

static void read_notes(int fd, const struct elfcore *core)
{
	struct blob info;
	char value[24];

	if (elfcore_note(fd, "core", core, "VMCOREINFO", &info))
		return;
	(void)keyvalue_get(&info, "CONFIG_X86_PAE", value, sizeof(value));
	(void)arch_paging(&info);
	free(info.data);
}

static void check(struct elfcore *core, uint64_t size)
{
	struct range all = { PAGE_BYTES, UINT64_MAX - PAGE_BYTES + 1, 0 };
	const struct meta meta = { .ram = { &all, 1, 1 } };

	if (restore_check(core, &meta, size, ARCH_ELF_MACHINE))
		return;
	for (size_t i = 1; i < core->count; i++)
		PROMISE(core->segment[i - 1].offset <= core->segment[i].offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fixture_fd(data, size);

	/* It is read as a dump, whose size is known, and as /proc/kcore, whose size is not. */
	for (int known = 0; known < 2; known++) {
		struct elfcore core;

		if (elfcore_read(fd, "core", known ? size : 0, &core))
			continue;
		for (size_t i = 0; i < core.count; i++) {
			const struct core_segment *s = &core.segment[i];

			PROMISE(!known || s->offset + s->filesz <= size);
			PROMISE(s->paddr + s->memsz >= s->paddr || (!known && (s->type != PT_LOAD || s->paddr == UINT64_MAX)));
			PROMISE(s->type != PT_LOAD || s->filesz <= s->memsz);
		}
		read_notes(fd, &core);
		if (known)
			check(&core, size);
		elfcore_free(&core);
	}
	close(fd);
	return 0;
}
