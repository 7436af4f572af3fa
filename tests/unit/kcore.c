/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/kcore tells: VMCOREINFO, the direct map, the kernel's image, memory and symbols. */
#include "kernel/kcore.h"

#include <elf.h>

#include "addresses.h"
#include "arch/arch.h"
#include "check.h"
#include "corefile.h"
#include "fixture.h"

#define NOTE_AT 0x1000
/* How VMCOREINFO begins in Linux 6.12.117 for x86_64, in QEMU with OVMF and 1 GiB, and 256 MiB more that were plugged in. */
#define INFO "OSRELEASE=6.12.117-distribution\nBUILD-ID=7cb98d693bb7e51c9c23c20099155b897bcd1834\nPAGESIZE=4096\n" \
	"SYMBOL(init_uts_ns)=ffffffffb6cd0900\nOFFSET(uts_namespace.name)=0\nSYMBOL(node_online_map)=ffffffffb6cd4b08\n" \
	"SYMBOL(swapper_pg_dir)=ffffffffb6c15000\nSYMBOL(_stext)=ffffffffb6200000\nNUMBER(VMALLOC_START)=0xffffa93040000000\n"

/* Makes a kcore of `machine` with these segments after its PT_NOTE, and reads it. */
static int read_core_of(uint16_t machine, const char *note_name, const struct core_segment *loads, size_t count,
			struct kcore *out)
{
	/* What comes before it there: a struct elf_prstatus, a struct elf_prpsinfo and a task_struct. */
	static const char prstatus[336], prpsinfo[136], task[5256];
	struct core_segment segments[24] = { { .type = PT_NOTE, .offset = NOTE_AT } };
	const char *root = fixture_root();
	struct blob notes = { 0 }, file;
	char path[512];

	corefile_add_note(&notes, "CORE", prstatus, sizeof(prstatus));
	corefile_add_note(&notes, "CORE", prpsinfo, sizeof(prpsinfo));
	corefile_add_note(&notes, "CORE", task, sizeof(task));
	corefile_add_note(&notes, note_name, INFO, strlen(INFO));
	segments[0].filesz = notes.size;
	memcpy(segments + 1, loads, count * sizeof(*loads));
	file = corefile_build(ARCH_ELF_CLASS, machine, segments, count + 1, 0);
	memcpy(file.data + NOTE_AT, notes.data, notes.size);
	fixture_write(root, "kcore", file.data, file.size);
	free(notes.data);
	free(file.data);
	snprintf(path, sizeof(path), "%s/kcore", root);
	return kcore_read(path, out);
}

static int read_core(const char *note_name, const struct core_segment *loads, size_t count, struct kcore *out)
{
	return read_core_of(ARCH_ELF_MACHINE, note_name, loads, count, out);
}

static const struct core_segment usual[] = {
	/* The segments of vsyscall, vmalloc space and the kernel's text do not say where the direct map is. */
	{ .type = PT_LOAD, .vaddr = UINTPTR_MAX - 0x9fffff, .paddr = UINTPTR_MAX, .memsz = 0x1000 },
	{ .type = PT_LOAD, .vaddr = VMALLOC, .paddr = UINTPTR_MAX, .memsz = 0x1000 },
	{ .type = PT_LOAD, .vaddr = KERNEL_TEXT, .paddr = 0x1000000, .memsz = 0x1000 },
	{ .type = PT_LOAD, .vaddr = DIRECT_MAP + 0x1000, .paddr = 0x1000, .memsz = 0x9e000 },
	{ .type = PT_LOAD, .vaddr = DIRECT_MAP + UPPER_START, .paddr = UPPER_START, .memsz = UPPER_END - UPPER_START },
	{ .type = PT_LOAD, .vaddr = DIRECT_MAP + 0x100000, .paddr = 0x100000, .memsz = 0x1ff00000 },
};

/* How many of these come before the first that is in the direct map; on i386 the kernel's text is in it. */
#define NO_DIRECT_MAP (KERNEL_TEXT < ARCH_KERNEL_TEXT ? 2 : 3)

static void direct_map(void)
{
	struct kcore kcore;

	if (CHECK_OK(read_core("VMCOREINFO", usual, 6, &kcore))) {
		CHECK_EQ(kcore.direct_map, DIRECT_MAP);
		CHECK_EQ(kcore.direct_map_end, UPPER_END);
		CHECK_EQ(kcore.vmcoreinfo.size, strlen(INFO));
	}
	kcore_free(&kcore);
	CHECK(!kcore.vmcoreinfo.data);
}

/* The segments of that kernel. The places in the file are left out: each is its virtual address, less its highest bit, and the headers. */
static void as_captured(void)
{
	static const struct { uint64_t vaddr, paddr, memsz; } captured[] = {
		{ 0xffffffffb6200000, 0x5e00000, 0x1220000 }, { 0xffffa93040000000, UINT64_MAX, 0x1fffffffffff },
		{ 0xffffffffc0000000, UINT64_MAX, 0x3f000000 }, { 0xffff9a0380001000, 0x1000, 0x9f000 },
		{ 0xffffce2640000000, UINT64_MAX, 0x3000 }, { 0xffff9a0380100000, 0x100000, 0x700000 },
		{ 0xffffce2640004000, UINT64_MAX, 0x1c000 }, { 0xffff9a0380808000, 0x808000, 0x3000 },
		{ 0xffffce2640020000, UINT64_MAX, 0x1000 }, { 0xffff9a038080c000, 0x80c000, 0x4000 },
		{ 0xffff9a0380900000, 0x900000, 0x3d3ad000 }, { 0xffffce2640024000, UINT64_MAX, 0xf4f000 },
		{ 0xffff9a03bdcae000, 0x3dcae000, 0x8000 }, { 0xffff9a03bdcb7000, 0x3dcb7000, 0x11ea000 },
		{ 0xffff9a03bef62000, 0x3ef62000, 0x98b000 }, { 0xffffce2640fbd000, UINT64_MAX, 0x27000 },
		{ 0xffff9a03bfbff000, 0x3fbff000, 0x341000 }, { 0xffffce2640fef000, UINT64_MAX, 0xe000 },
		{ 0xffff9a0480000000, 0x100000000, 0x10000000 }, { 0xffffce2644000000, UINT64_MAX, 0x400000 },
	};
	enum { COUNT = sizeof(captured) / sizeof(*captured) };
	struct core_segment loads[COUNT];
	struct kcore kcore;

	for (size_t i = 0; i < COUNT; i++)
		loads[i] = (struct core_segment){ .type = PT_LOAD, .flags = PF_R | PF_W | PF_X, .vaddr = captured[i].vaddr,
						  .paddr = captured[i].paddr, .memsz = captured[i].memsz };
	if (ARCH_ELF_MACHINE != EM_X86_64 || !CHECK_OK(read_core("VMCOREINFO", loads, COUNT, &kcore)))
		return;
	CHECK_EQ(kcore.direct_map, 0xffff9a0380000000);
	CHECK_EQ(kcore.direct_map_end, 0x110000000);
	CHECK_EQ(kcore.image.start, 0x5e00000);
	CHECK_EQ(kcore.image.end, 0x7020000);
	CHECK_EQ(kcore.image_map, 0xffffffffb6200000);
	kcore_free(&kcore);
}

/* The kernel's image is where its symbols are mapped. There is none where that is the direct map, or where the segment makes no sense. */
static void kernel_image(void)
{
	static const struct core_segment odd[] = {
		{ .vaddr = KERNEL_TEXT, .paddr = UINTPTR_MAX, .memsz = 0x1000 },
		{ .vaddr = KERNEL_TEXT, .paddr = UPPER_END, .memsz = 0x1000 },
		{ .vaddr = KERNEL_TEXT, .paddr = 0x1000000, .memsz = MIB(1025) },
		{ .vaddr = KERNEL_TEXT, .paddr = 0x1000010, .memsz = 0x1000 },
		{ .vaddr = KERNEL_TEXT, .paddr = 0x1000000, .memsz = 0 },
	};
	const bool apart = KERNEL_TEXT >= ARCH_KERNEL_TEXT;
	struct core_segment two[] = { usual[4], usual[2] };
	struct kcore kcore;

	if (CHECK_OK(read_core("VMCOREINFO", usual, 6, &kcore))) {
		CHECK_EQ(kcore.image.start, apart ? 0x1000000 : 0);
		CHECK_EQ(kcore.image.end, apart ? 0x1001000 : 0);
		CHECK_EQ(kcore.image_map, apart ? KERNEL_TEXT : 0);
	}
	kcore_free(&kcore);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd) && apart; i++) {
		two[1] = odd[i];
		two[1].type = PT_LOAD;
		if (CHECK_OK(read_core("VMCOREINFO", two, 2, &kcore)))
			CHECK_EQ(kcore.image.end, 0);
		kcore_free(&kcore);
	}
	/* Pages of which the image has only a part belong to it. */
	two[1] = (struct core_segment){ .type = PT_LOAD, .vaddr = KERNEL_TEXT + 0x10, .paddr = 0x1000010, .memsz = 0x1ff0 };
	if (apart && CHECK_OK(read_core("VMCOREINFO", two, 2, &kcore))) {
		CHECK_EQ(kcore.image.start, 0x1000000);
		CHECK_EQ(kcore.image.end, 0x1002000);
		CHECK_EQ(kcore.image_map, KERNEL_TEXT);
		kcore_free(&kcore);
	}
}

static void refusals(void)
{
	struct core_segment two[2] = { usual[3], usual[5] };
	struct kcore kcore;

	CHECK_FAILS(read_core("VMCOREINF", usual, 6, &kcore), "no VMCOREINFO");
	CHECK_FAILS(read_core("VMCOREINFO", usual, NO_DIRECT_MAP, &kcore), "no direct map");
	two[1].vaddr += 0x1000;
	CHECK_FAILS(read_core("VMCOREINFO", two, 2, &kcore), "not one piece");
	CHECK(!kcore.vmcoreinfo.data);
	CHECK_FAILS(kcore_read("/none", &kcore), "open");
}

/* A segment without memory says nothing about the direct map, and memory that is not in the file cannot be read. */
static void empty_segments(void)
{
	struct core_segment one = usual[3];
	const char *root = fixture_root();
	unsigned char byte;
	struct blob file;
	struct kcore_memory memory;
	struct kcore kcore;
	char path[512];

	one.memsz = 0;
	CHECK_FAILS(read_core("VMCOREINFO", &one, 1, &kcore), "no direct map");
	one = (struct core_segment){ .type = PT_LOAD, .offset = 0x2000, .vaddr = KERNEL_TEXT, .filesz = 0x100, .memsz = 0x1000 };
	file = corefile_build(ARCH_ELF_CLASS, ARCH_ELF_MACHINE, &one, 1, 0);
	file.data = realloc(file.data, file.size + 0x1000);
	memset(file.data + file.size, 0, 0x1000);
	fixture_write(root, "kcore", file.data, file.size + 0x1000);
	snprintf(path, sizeof(path), "%s/kcore", root);
	if (CHECK_OK(kcore_memory_open(&memory, path))) {
		CHECK_OK(kcore_memory_read(&memory, KERNEL_TEXT + 0xff, &byte, 1));
		CHECK_FAILS(kcore_memory_read(&memory, KERNEL_TEXT + 0x100, &byte, 1), "nothing at");
		kcore_memory_close(&memory);
	}
	free(file.data);
}

static void another_architecture(void)
{
	struct kcore kcore;

	CHECK_FAILS(read_core_of(ARCH_ELF_MACHINE == EM_386 ? EM_X86_64 : EM_386, "VMCOREINFO", usual, 6, &kcore),
		    "this kjump for " ARCH_NAME);
	CHECK(!kcore.vmcoreinfo.data);
	CHECK_FAILS(read_core_of(EM_AARCH64, "VMCOREINFO", usual, 6, &kcore), "of ELF machine 183");
}

/* Memory is read by its virtual address, in the kernel's text and in the direct map. */
static void memory(void)
{
	static const struct core_segment loads[] = {
		{ .type = PT_LOAD, .offset = 0x2000, .vaddr = KERNEL_TEXT, .filesz = 0x1000, .memsz = 0x1000 },
		{ .type = PT_LOAD, .offset = 0x3000, .vaddr = DIRECT_MAP, .filesz = 0x800, .memsz = 0x800 },
	};
	struct blob file = corefile_build(ARCH_ELF_CLASS, ARCH_ELF_MACHINE, loads, 2, 0);
	const char *root = fixture_root();
	char path[512], buf[16] = "", refusal[64];
	struct kcore_memory opened;

	memcpy(file.data + 0x2ffc, "last", 4);
	memcpy(file.data + 0x3010, "direct", 6);
	fixture_write(root, "kcore", file.data, file.size);
	free(file.data);
	snprintf(path, sizeof(path), "%s/kcore", root);
	CHECK_FAILS(kcore_memory_open(&opened, "/none"), "open");
	if (!CHECK_OK(kcore_memory_open(&opened, path)))
		return;
	CHECK_OK(kcore_memory_read(&opened, KERNEL_TEXT + 0xffc, buf, 4));
	CHECK_STR(buf, "last");
	CHECK_OK(kcore_memory_read(&opened, DIRECT_MAP + 0x10, buf, 6));
	CHECK_STR(buf, "direct");
	snprintf(refusal, sizeof(refusal), "nothing at %#llx", KERNEL_TEXT + 0xffdULL);
	CHECK_FAILS(kcore_memory_read(&opened, KERNEL_TEXT + 0xffd, buf, 4), refusal);
	CHECK_FAILS(kcore_memory_read(&opened, KERNEL_TEXT - 1, buf, 4), "nothing at");
	CHECK_FAILS(kcore_memory_read(&opened, KERNEL_TEXT + 0x1000, buf, 1), "nothing at");
	CHECK_FAILS(kcore_memory_read(&opened, UINT64_MAX, buf, 4), "nothing at");
	kcore_memory_close(&opened);
}

RUN_TESTS(direct_map, as_captured, kernel_image, refusals, empty_segments, another_architecture, memory)
