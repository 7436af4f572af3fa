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

static void read_memory(const char *path, uint64_t vaddr)
{
	unsigned char bytes[64];
	struct kcore_memory memory;

	if (kcore_memory_open(&memory, path))
		return;
	(void)kcore_memory_read(&memory, vaddr, bytes, sizeof(bytes));
	(void)kcore_memory_read(&memory, vaddr - sizeof(bytes), bytes, sizeof(bytes));
	kcore_memory_close(&memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kcore kcore;
	char path[32];
	int fd;

	input_path(data, size, &fd, path);
	if (!kcore_read(path, &kcore)) {
		PROMISE(kcore.direct_map_end);
		header(&kcore);
		read_memory(path, kcore.direct_map);
		read_memory(path, kcore.direct_map + kcore.direct_map_end);
		kcore_free(&kcore);
	}
	read_memory(path, ARCH_KERNEL_TEXT);
	close(fd);
	return 0;
}
