/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GDT check: whether the code by which a kernel returns from a jump loads a GDT, and which code that is. */
#include "kexec/gdt_check.h"

#include <unistd.h>

#include "addresses.h"
#include "arch/arch.h"
#include "check.h"
#include "corefile.h"
#include "fixture.h"

/* Where the made-up kernel's image lies, in physical memory, and how much of it there is. It is read a MiB at a time. */
#define IMAGE_AT 0x1000000
#define IMAGE_SIZE (MIB(2) + 0x3000)
#define IMAGE_OFFSET 0x1000

/* Code, as a string, and its length. */
struct code {
	const char *bytes;
	size_t size;
};
#define CODE(bytes) { bytes, sizeof(bytes) - 1 }

#if UINTPTR_MAX > UINT32_MAX
/* Of Linux 6.12.117: the end of virtual_mapped (relocate_kernel_64.S), from the load of the stack pointer on. */
#define LOADS_CRS "\x49\x8b\xa0\x00\x08\x00\x00\x49\x8b\x80\x18\x08\x00\x00\x0f\x22\xe0\x49\x8b\x80\x10\x08\x00\x00" \
	"\x4d\x8b\x80\x08\x08\x00\x00\x0f\x22\xd8\x41\x0f\x22\xc0"
/* mov $saved_context,%rax; lgdt 0x10a(%rax) */
#define LOADS_GDT "\x48\xc7\xc0\x80\x12\xa3\x82\x0f\x01\x90\x0a\x01\x00\x00"
#define RETURNS "\x48\x89\xe8\x9d\x41\x5f\x41\x5e\x41\x5d\x41\x5c\x5d\x5b"
/* Since Linux 6.14: all is addressed by %rip, and the way out begins with "lidt (%rsp)", "lgdt (%rsp)". */
#define LOADS_CRS_614 "\x48\x8b\x25\x11\x22\x33\x00\x48\x8b\x05\x11\x22\x33\x00\x0f\x22\xe0\x48\x8b\x05\x11\x22\x33\x00" \
	"\x4c\x8b\x05\x11\x22\x33\x00\x0f\x22\xd8\x41\x0f\x22\xc0"
#define WAY_OUT_614 "\x41\x57\x9c\x6a\x00\x6a\x00\x0f\x01\x1c\x24\x0f\x01\x14\x24\x48\x83\xc4\x08\x9d\x0f\x20\xd8" \
	"\x4c\x8b\x0d\x11\x22\x33\x00\x41\x0f\x22\xd9\x41\x0f\x20\xe5\xff\xe6"
/* pushq %rdx; a GDT and an IDT of its own; CR4 and CR0 of the way out; then a conditional jump. */
#define IDENTITY_614 "\x52\x48\x8d\x05\x11\x22\x33\x00\x50\x66\x6a\x27\x0f\x01\x14\x24\x48\x83\xc4\x0a\x0f\x20\xe0" \
	"\x48\x25\xff\xff\x7f\xff\x0f\x22\xe0\x41\x0f\x22\xd9\x0f\x20\xc0\x0f\x22\xc0\x48\x85\xc0\x74\x02\x5a\xff\xd2"
/* lgdt with the address in the instruction, relative to %rip, and with a short offset. */
#define OTHER_LGDT "\x0f\x01\x15\x11\x22\x33\x00"
#define SHORT_LGDT "\x48\xc7\xc0\x80\x12\xa3\x82\x0f\x01\x50\x7a"
/* mov of an immediate has the bytes of an lgdt in it, and is none. */
#define NO_LGDT "\x48\xc7\xc1\x90\x0f\x01\x12\x0f\x01\x58\x10"
#define NO_LGDT_BUT_MOV "\x48\xb9\x0f\x01\x90\x0f\x01\x90\x0f\x01"
#else
/* Of Linux 6.12.117 with our patch: virtual_mapped (relocate_kernel_32.S). */
#define LOADS_CRS "\x8b\x87\x0c\x08\x00\x00\x0f\x22\xe0\x8b\x87\x08\x08\x00\x00\x0f\x22\xd8\x8b\x87\x04\x08\x00\x00\x0f\x22\xc0"
/* lgdt 0x820(%edi) */
#define LOADS_GDT "\x0f\x01\x97\x20\x08\x00\x00"
#define RETURNS "\x8b\xa7\x00\x08\x00\x00\x89\xe8\x9d\x5d\x5f\x5e\x5b"
/* The way out of that kernel. */
#define LOADS_CRS_614 LOADS_CRS
#define WAY_OUT_614 "\x0f\x01\x87\x20\x08\x00\x00\x6a\x00\x6a\x00\x0f\x01\x14\x24\x83\xc4\x08"
#define IDENTITY_614 "\x0f\x20\xc0\x0f\x22\xc0\x31\xc0\x0f\x22\xe0\xff\xd2\x0f\x22\xd8\x0f\x20\xc0\x0d\x00\x00\x00\x80\x0f\x22\xc0" \
	"\x8d\xa7\x00\x10\x00\x00\x89\xf8\x81\xc0\x3e\x01\x00\x00\x50\xc3"
#define OTHER_LGDT "\x0f\x01\x15\x11\x22\x33\xc0"
#define SHORT_LGDT "\x0f\x01\x57\x7a"
#define NO_LGDT "\xc7\xc1\x90\x0f\x01\x12\x0f\x01\x5f\x10"
#define NO_LGDT_BUT_MOV "\xb9\x0f\x01\x90\x0f"
#endif
#define RET "\xc3"
#define RETURN_THUNK "\xe9\x11\x22\x33\x00"

/* A kernel with pieces of code in its image; released by the next one. */
static unsigned char *image;

static void put(size_t offset, struct code code)
{
	memcpy(image + offset, code.bytes, code.size);
}

/* A kernel without code, so of zeros. */
static void no_code(void)
{
	free(image);
	image = calloc(1, IMAGE_SIZE);
}

/* Looks at the kernel's image, of which /proc/iomem names the range [start, end). */
static int look(uint64_t start, uint64_t end)
{
	static const struct core_segment ram = { .type = PT_LOAD, .offset = IMAGE_OFFSET, .vaddr = DIRECT_MAP + IMAGE_AT,
						 .paddr = IMAGE_AT, .filesz = IMAGE_SIZE, .memsz = IMAGE_SIZE };
	struct range range = { IMAGE_AT + start, IMAGE_AT + end, 0 };
	struct blob kcore = corefile_build(ARCH_ELF_CLASS, ARCH_ELF_MACHINE, &ram, 1, 0);
	char path[32];
	int fd, ret;

	memcpy(kcore.data + IMAGE_OFFSET, image, IMAGE_SIZE);
	fd = fixture_fd(kcore.data, kcore.size);
	free(kcore.data);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = gdt_check(path, DIRECT_MAP, &(struct ranges){ &range, 1, 1 });
	close(fd);
	return ret;
}

static int check(struct code code)
{
	no_code();
	put(0x1200, code);
	return look(0, IMAGE_SIZE);
}

#define CHECK_CODE(bytes) CHECK_OK(check((struct code)CODE(bytes)))
#define CHECK_NO(bytes, text) CHECK_FAILS(check((struct code)CODE(bytes)), text)
#define WITHOUT "does not restore its GDT"
#define UNKNOWN_CODE "has a form that is not known"

static void known_kernels(void)
{
	CHECK_CODE(LOADS_CRS LOADS_GDT RETURNS RET);
	CHECK_NO(LOADS_CRS RETURNS RET, WITHOUT);
	CHECK_CODE(LOADS_CRS LOADS_GDT RETURNS RETURN_THUNK);
	CHECK_NO(LOADS_CRS RETURNS RETURN_THUNK, WITHOUT);
	CHECK_CODE(LOADS_CRS OTHER_LGDT RETURNS RET);
	CHECK_CODE(LOADS_CRS SHORT_LGDT RETURNS RET);
}

/* A kernel may load the control registers in another order, as CR4.CET needs CR0.WP, and the GDT between them. */
static void other_orders(void)
{
	CHECK_CODE("\x0f\x22\xc0\x0f\x22\xe0\x0f\x22\xd8" LOADS_GDT RETURNS RET);
	CHECK_CODE("\x0f\x22\xd8\x0f\x22\xc0" LOADS_GDT "\x0f\x22\xe0" RETURNS RET);
	CHECK_NO("\x0f\x22\xc0\x0f\x22\xd8\x0f\x22\xe0" RETURNS RET, WITHOUT);
}

/* Those that load a GDT on the way out, too: that is not the one that counts. */
static void own_gdt_on_the_way_out(void)
{
	CHECK_CODE(WAY_OUT_614 IDENTITY_614 LOADS_CRS_614 LOADS_GDT RETURNS RET);
	CHECK_NO(WAY_OUT_614 IDENTITY_614 LOADS_CRS_614 RETURNS RET, WITHOUT);
	CHECK_NO(WAY_OUT_614 IDENTITY_614 LOADS_CRS_614 RETURNS RET LOADS_GDT, WITHOUT);
	CHECK_NO(LOADS_GDT LOADS_CRS RETURNS RET OTHER_LGDT, WITHOUT);
	CHECK_NO(WAY_OUT_614 IDENTITY_614, UNKNOWN_CODE);
}

static void other_instructions(void)
{
	CHECK_NO(LOADS_CRS NO_LGDT RETURNS RET, WITHOUT);
	CHECK_NO(LOADS_CRS NO_LGDT_BUT_MOV RETURNS RET, WITHOUT);
}

/* What is no way back, although it has some of one. */
static void other_code(void)
{
	no_code();
	CHECK_FAILS(look(0, IMAGE_SIZE), UNKNOWN_CODE);
	CHECK_NO(LOADS_GDT RETURNS RET, UNKNOWN_CODE);
	CHECK_NO("\x0f\x22\xc0" LOADS_GDT RETURNS RET, UNKNOWN_CODE);
	CHECK_NO("\x0f\x22\xe0\x0f\x22\xc0" LOADS_GDT RETURNS RET, UNKNOWN_CODE);
	CHECK_NO("\x0f\x22\xd8\x0f\x22\xc0" LOADS_GDT RETURNS RET, UNKNOWN_CODE);
	CHECK_NO("\x0f\x22\xe0\x0f\x22\xd8" LOADS_GDT RETURNS RET, UNKNOWN_CODE);
	CHECK_NO(LOADS_CRS LOADS_GDT RET, UNKNOWN_CODE);
	CHECK_NO(LOADS_CRS LOADS_GDT "\x74\x00" RETURNS RET, UNKNOWN_CODE);
	CHECK_NO(LOADS_CRS LOADS_GDT "\xe8\x00\x00\x00\x00" RETURNS RET, UNKNOWN_CODE);
	CHECK_NO(LOADS_CRS LOADS_GDT RETURNS, UNKNOWN_CODE);
}

/* If a kernel had two, both would have to be good. */
static void two_of_them(void)
{
	no_code();
	put(0x100, (struct code)CODE(LOADS_CRS LOADS_GDT RETURNS RET));
	put(0x900, (struct code)CODE(LOADS_CRS OTHER_LGDT RETURNS RET));
	CHECK_OK(look(0, IMAGE_SIZE));
	put(0x600, (struct code)CODE(LOADS_CRS RETURNS RET));
	CHECK_FAILS(look(0, IMAGE_SIZE), WITHOUT);
}

/* Wherever it lies: at the ends of what is read at once, and of the image. Nothing is read behind that. */
static void places(void)
{
	static const struct code good = CODE(LOADS_CRS LOADS_GDT RETURNS RET), bad = CODE(LOADS_CRS RETURNS RET);

	for (size_t at = MIB(1) - good.size - 2; at <= MIB(1) + 2; at++) {
		no_code();
		put(at, good);
		if (!CHECK_OK(look(0, IMAGE_SIZE)))
			printf("  it was at %#zx\n", at);
		no_code();
		put(at, bad);
		if (!CHECK_FAILS(look(0, IMAGE_SIZE), WITHOUT))
			printf("  it was at %#zx\n", at);
	}
	no_code();
	put(0, good);
	CHECK_OK(look(0, 0x1000));
	no_code();
	put(IMAGE_SIZE - good.size, good);
	CHECK_OK(look(0, IMAGE_SIZE));
	CHECK_OK(look(IMAGE_SIZE - 0x1000, IMAGE_SIZE));
	CHECK_FAILS(look(0, IMAGE_SIZE - 0x1000), UNKNOWN_CODE);
	CHECK_FAILS(look(0, IMAGE_SIZE - 1), UNKNOWN_CODE);
	CHECK_FAILS(look(0, IMAGE_SIZE + 0x1000), "nothing at");
	CHECK_FAILS(gdt_check("/none", DIRECT_MAP, &(struct ranges){ 0 }), "open");
	free(image);
	image = NULL;
}

RUN_TESTS(known_kernels, other_orders, own_gdt_on_the_way_out, other_instructions, other_code, two_of_them, places)
