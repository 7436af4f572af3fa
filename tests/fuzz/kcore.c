/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reader of /proc/kcore (VMCOREINFO, direct map, memory), and makes the core header for B of what it found. */
#include "kernel/kcore.h"

#include "arch/arch.h"
#include "kexec/corehdr.h"
#include "elf/elfcore.h"
#include "fuzz.h"

static void header(const struct kcore *kcore)
{
	struct range range[] = { { 0x1000, 0x9f000, 0 }, { 0x100000, 0x4000000, 0 } };
	const struct ranges ram = { range, 2, 2 };
	struct elfcore core;
	struct blob out;
	int fd;

	PROMISE(!corehdr_build(&ram, kcore, 0x4000000, &out) && out.size <= corehdr_size(&ram, kcore));
	fd = fixture_fd(out.data, out.size);
	PROMISE(!elfcore_read(fd, "header", 0, &core) && core.count == 3);
	elfcore_free(&core);
	close(fd);
	free(out.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char memory[64];
	struct kcore kcore;
	char path[32];
	int fd;

	input_path(data, size, &fd, path);
	if (!kcore_read(path, &kcore)) {
		PROMISE(kcore.direct_map_end);
		header(&kcore);
		(void)kcore_read_memory(path, kcore.direct_map, memory, sizeof(memory));
		(void)kcore_read_memory(path, kcore.direct_map + kcore.direct_map_end - sizeof(memory), memory, sizeof(memory));
		kcore_free(&kcore);
	}
	(void)kcore_read_memory(path, ARCH_KERNEL_TEXT, memory, sizeof(memory));
	close(fd);
	return 0;
}
