/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/kcore.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "elf/elfcore.h"
#include "base/report.h"
#include "base/number.h"

static int find_direct_map(const struct elfcore *core, struct kcore *out)
{
	int found = 0;

	for (size_t i = 0; i < core->count; i++) {
		const struct core_segment *s = &core->segment[i];

		/* p_paddr is -1 where physical addresses mean nothing; the kernel's text is not the direct map. */
		if (s->type != PT_LOAD || !s->memsz || s->paddr == UINT64_MAX || s->paddr == UINT32_MAX ||
		    s->vaddr >= ARCH_KERNEL_TEXT || s->vaddr < s->paddr)
			continue;
		if (found && s->vaddr - s->paddr != out->direct_map)
			return fail("kcore", 0, "the direct map is not one piece");
		out->direct_map = s->vaddr - s->paddr;
		if (s->paddr + s->memsz > out->direct_map_end)
			out->direct_map_end = s->paddr + s->memsz;
		found = 1;
	}
	return found ? 0 : fail("kcore", 0, "no direct map of RAM");
}

/* A kernel image is no larger: KERNEL_IMAGE_SIZE is 1 GiB at most (arch/x86/include/asm/page_64_types.h, Linux 6.12). */
#define IMAGE_MAX MIB(1024)

static void find_image(const struct elfcore *core, struct kcore *out)
{
	for (size_t i = 0; i < core->count; i++) {
		const struct core_segment *s = &core->segment[i];

		if (s->type == PT_LOAD && s->vaddr >= ARCH_KERNEL_TEXT && s->memsz && s->memsz <= IMAGE_MAX &&
		    s->paddr <= out->direct_map_end && s->memsz <= out->direct_map_end - s->paddr &&
		    (s->paddr - s->vaddr) % PAGE_BYTES == 0) {
			out->image = (struct range){ page_down(s->paddr), page_up(s->paddr + s->memsz), 0 };
			out->image_map = page_down(s->vaddr);
			return;
		}
	}
}

int kcore_read(const char *path, struct kcore *out)
{
	struct elfcore core;
	int ret, fd = open(path, O_RDONLY | O_CLOEXEC);

	memset(out, 0, sizeof(*out));
	if (fd < 0)
		return fail("open", errno, "%s", path);
	ret = elfcore_read(fd, path, 0, &core);
	if (!ret) {
		/* A process can be made to see another architecture in uname(2) (setarch(8)), but not in this file. */
		if (core.machine != ARCH_ELF_MACHINE)
			ret = fail("architecture", 0, "the running kernel is of ELF machine %u, this kjump for %s",
				   core.machine, ARCH_NAME);
		else
			ret = elfcore_note(fd, path, &core, "VMCOREINFO", &out->vmcoreinfo);
		if (!ret)
			ret = find_direct_map(&core, out);
		if (!ret)
			find_image(&core, out);
		elfcore_free(&core);
	}
	close(fd);
	if (ret)
		kcore_free(out);
	return ret;
}

int kcore_memory_open(struct kcore_memory *memory, const char *path)
{
	memory->path = path;
	memory->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (memory->fd < 0)
		return fail("open", errno, "%s", path);
	if (!elfcore_read(memory->fd, path, 0, &memory->core))
		return 0;
	close(memory->fd);
	return -1;
}

int kcore_memory_read(const struct kcore_memory *memory, uint64_t vaddr, void *buf, size_t size)
{
	const struct core_segment *s = elfcore_at_vaddr(&memory->core, vaddr, size);

	return s ? pread_exact(memory->fd, buf, size, s->offset + (vaddr - s->vaddr), memory->path) :
		   fail("kcore", 0, "nothing at %#llx", (unsigned long long)vaddr);
}

void kcore_memory_close(struct kcore_memory *memory)
{
	elfcore_free(&memory->core);
	close(memory->fd);
}

void kcore_free(struct kcore *kcore)
{
	free(kcore->vmcoreinfo.data);
	memset(kcore, 0, sizeof(*kcore));
}
