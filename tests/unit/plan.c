/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plans for B, for C' and for the way back: where everything is loaded, and what it contains. */
#include "kexec/plan.h"

#include <unistd.h>

#include "addresses.h"
#include "arch/arch.h"
#include "kexec/bootparams.h"
#include "check.h"
#include "kexec/corehdr.h"
#include "elf/elfcore.h"
#include "fixture.h"
#include "kernelfile.h"
#include "kernel/memmap.h"

#define FIRMWARE "0-9fc00:1,9fc00-a0000:2,100000-7ffe0000:1,7ffe0000-80000000:3,100000000-180000000:1"
#define WINDOW_START 0x4000000
#define WINDOW_END 0x8000000
#define LOW_END 0x9f000 /* of RAM, in FIRMWARE */
#define INITRD_SIZE 1234567
/* Where a kernel is entered: by Linux' boot.rst a 64-bit one at this offset, and a 32-bit one at its start. */
#define KERNEL_ENTRY (ARCH_ELF_CLASS == ELFCLASS64 ? 0x200 : 0)
/* A re-entry point of A that is about as high as one can be. */
#define RE_ENTRY (ARCH_RAM_END / 64 + 0x789)

/* All that a plan is made of. set_up() fills it, tear_down() frees it. */
struct setting {
	struct ranges firmware, ram;
	struct kcore kcore;
	struct bzimage kernel;
	struct blob initrd;
	struct cmdline cmdline;
	struct plan_input in;
};

static void set_up(struct setting *s)
{
	static const struct boot_params own = { .acpi_rsdp_addr = 0xf5a20 };
	const char *root = fixture_root();

	*s = (struct setting){
		.firmware = fixture_ranges(FIRMWARE),
		.ram = fixture_ranges("100000-4000000,8000000-18000000," UPPER_RAM),
		.kcore = { fixture_blob("OSRELEASE=6.12\n", 15), DIRECT_MAP, UPPER_END },
		.kernel = { .file = kernelfile_build() },
		.initrd = { calloc(1, INITRD_SIZE), INITRD_SIZE },
	};
	fixture_write(root, "sys/kernel/boot_params/data", &own, sizeof(own));
	CHECK_OK(bzimage_parse("bzImage", &s->kernel));
	CHECK_OK(cmdline_add(&s->cmdline, "maxcpus=1"));
	CHECK_OK(cmdline_add_slot(&s->cmdline));
	s->in = (struct plan_input){
		.root = root, .firmware = &s->firmware, .ram = &s->ram, .kcore = &s->kcore,
		.window = { WINDOW_START, WINDOW_END, 0 }, .low = { LOW_START, LOW_END, 0 }, .kernel = &s->kernel,
		.initrd = &s->initrd, .cmdline = &s->cmdline,
	};
}

static void tear_down(struct setting *s)
{
	ranges_free(&s->firmware);
	ranges_free(&s->ram);
	kcore_free(&s->kcore);
	bzimage_free(&s->kernel);
	free(s->initrd.data);
	free(s->cmdline.text);
}

static uint64_t start_of(const struct plan *plan, size_t i)
{
	return (uintptr_t)plan->segment[i].mem;
}

static uint64_t end_of(const struct plan *plan, size_t i)
{
	return start_of(plan, i) + plan->segment[i].memsz;
}

/* Checks what kexec_load(2) demands of segments. */
static void check_segments(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		CHECK_EQ(start_of(plan, i) % PAGE_BYTES, 0);
		CHECK_EQ(plan->segment[i].memsz % PAGE_BYTES, 0);
		CHECK(plan->segment[i].memsz > 0);
		CHECK(plan->segment[i].bufsz <= plan->segment[i].memsz);
		if (i)
			CHECK(end_of(plan, i - 1) <= start_of(plan, i));
	}
}

/* What the plan puts at physical address `address`, NULL if nothing. */
static const unsigned char *loaded(const struct plan *plan, uint64_t address)
{
	for (size_t i = 0; i < plan->count; i++)
		if (address >= start_of(plan, i) && address - start_of(plan, i) < plan->segment[i].bufsz)
			return (const unsigned char *)plan->segment[i].buf + (address - start_of(plan, i));
	return NULL;
}

static struct ranges e820_of(const struct boot_params *bp, unsigned int type)
{
	struct ranges list = { 0 };

	for (size_t i = 0; i < bp->e820_entries; i++)
		if (bp->e820_table[i].type == type)
			ranges_add(&list, bp->e820_table[i].addr, bp->e820_table[i].addr + bp->e820_table[i].size, 0);
	return list;
}

/* The boot_params that the purgatory is told. Checks its other parameters, and leaves where the re-entry point's digits go in *slot. */
static const struct boot_params *follow_entry(const struct plan *plan, uint64_t kernel_at, uint64_t *slot)
{
	const unsigned char *purgatory = loaded(plan, plan->entry);
	uintptr_t params[4]; /* as wide as the architecture's addresses */

	if (!CHECK(purgatory != NULL))
		return NULL;
	memcpy(params, purgatory, sizeof(params));
	CHECK_EQ(params[1], kernel_at + KERNEL_ENTRY);
	CHECK_EQ(params[2] % PAGE_BYTES, 0);
	*slot = params[3];
	CHECK(loaded(plan, params[2]) != NULL);
	return (const struct boot_params *)loaded(plan, params[2]);
}

static void b_covers_all_it_uses(void)
{
	struct setting s;
	struct plan plan;

	set_up(&s);
	if (CHECK_OK(plan_kernel(&s.in, &plan)) && CHECK_EQ(plan.count, 4)) {
		check_segments(&plan);
		/* Nothing is loaded into low memory; it is in the plan so that A's kernel gives it backup pages. */
		CHECK_EQ(start_of(&plan, 0), LOW_START);
		CHECK_EQ(end_of(&plan, 0), LOW_END);
		CHECK(!plan.segment[0].buf && !plan.segment[0].bufsz);
		CHECK_EQ(start_of(&plan, 1), WINDOW_START);
		CHECK_EQ(end_of(&plan, 1), start_of(&plan, 2));
		CHECK_EQ(end_of(&plan, 2), start_of(&plan, 3));
		CHECK_EQ(end_of(&plan, 3), WINDOW_END);
		CHECK_EQ(plan_size(&plan), LOW_END - LOW_START + WINDOW_END - WINDOW_START);
		/* The kernel is aligned, not below its preferred address, and has room for what it unpacks to. */
		CHECK_EQ(start_of(&plan, 2) % s.kernel.alignment, 0);
		CHECK(start_of(&plan, 2) >= s.kernel.preferred);
		CHECK(plan.segment[2].memsz >= s.kernel.init_size);
		CHECK_EQ(plan.segment[2].bufsz, KERNELFILE_KERNEL_SIZE);
		CHECK(plan.segment[2].buf == s.kernel.file.data + KERNELFILE_KERNEL_AT);
		CHECK_EQ(plan.segment[3].bufsz, INITRD_SIZE);
		CHECK(plan.segment[3].buf == s.initrd.data);
	}
	plan_free(&plan);
	CHECK_EQ(plan.count, 0);
	tear_down(&s);
}

static void b_boot_params(void)
{
	const struct boot_params *bp;
	struct setting s;
	struct plan plan;
	uint64_t slot;

	set_up(&s);
	if (CHECK_OK(plan_kernel(&s.in, &plan)) && (bp = follow_entry(&plan, start_of(&plan, 2), &slot))) {
		struct ranges usable = e820_of(bp, E820_USABLE);
		uint64_t header = corehdr_size(&s.ram, &s.kcore);
		const char *line = (const char *)loaded(&plan, bp->hdr.cmd_line_ptr);

		CHECK_STR(line, "maxcpus=1 kexec_jump_back_entry=0x0000000000000000 elfcorehdr=0x4000000");
		CHECK_EQ(slot, bp->hdr.cmd_line_ptr + strlen("maxcpus=1 kexec_jump_back_entry=0x"));
		CHECK_EQ(bp->hdr.ramdisk_image, start_of(&plan, 3));
		CHECK_EQ(bp->hdr.ramdisk_size, INITRD_SIZE);
		CHECK_EQ(bp->acpi_rsdp_addr, 0xf5a20);
		/* RAM for B is what has backup pages, without the core header, and nothing else. */
		if (CHECK_EQ(usable.count, 2)) {
			CHECK_EQ(usable.item[0].start, LOW_START);
			CHECK_EQ(usable.item[0].end, LOW_END);
			CHECK_EQ(usable.item[1].start, WINDOW_START + header);
			CHECK_EQ(usable.item[1].end, WINDOW_END);
		}
		/* All that B reads lies in its RAM. */
		CHECK(ranges_contain(&usable, bp->hdr.cmd_line_ptr, bp->hdr.cmd_line_ptr + s.cmdline.length + 1));
		CHECK(ranges_contain(&usable, plan.entry, plan.entry + PAGE_BYTES));
		CHECK(ranges_contain(&usable, start_of(&plan, 2), end_of(&plan, 3)));
		ranges_free(&usable);
	}
	plan_free(&plan);
	tear_down(&s);
}

static void b_core_header(void)
{
	struct elfcore core = { 0 };
	struct setting s;
	struct plan plan;
	int fd;

	set_up(&s);
	if (CHECK_OK(plan_kernel(&s.in, &plan))) {
		fd = fixture_fd(loaded(&plan, WINDOW_START), corehdr_size(&s.ram, &s.kcore));
		if (CHECK_OK(elfcore_read(fd, "header", 0, &core)) && CHECK_EQ(core.count, 4)) {
			CHECK(core.segment[0].offset > WINDOW_START);
			CHECK(core.segment[0].offset + core.segment[0].filesz <= WINDOW_START + corehdr_size(&s.ram, &s.kcore));
			CHECK_EQ(core.segment[2].paddr, WINDOW_END);
			CHECK_EQ(core.segment[3].paddr, UPPER_START);
		}
		elfcore_free(&core);
		close(fd);
	}
	plan_free(&plan);
	tear_down(&s);
}

static void c_loads_only_what_it_needs(void)
{
	const struct boot_params *bp;
	struct setting s;
	struct plan plan;
	uint64_t slot;

	set_up(&s);
	s.in.ram = NULL;
	s.in.kcore = NULL;
	free(s.cmdline.text);
	s.cmdline = (struct cmdline){ 0 };
	CHECK_OK(cmdline_add(&s.cmdline, "maxcpus=1"));
	if (CHECK_OK(plan_kernel(&s.in, &plan)) && CHECK_EQ(plan.count, 3)) {
		check_segments(&plan);
		CHECK(start_of(&plan, 0) >= WINDOW_START);
		CHECK(end_of(&plan, 2) <= WINDOW_END);
		CHECK(end_of(&plan, 1) <= start_of(&plan, 1) + s.kernel.init_size);
		CHECK(start_of(&plan, 2) >= start_of(&plan, 1) + s.kernel.init_size);
		bp = follow_entry(&plan, start_of(&plan, 1), &slot);
		if (bp) {
			struct ranges usable = e820_of(bp, E820_USABLE);

			CHECK_EQ(slot, 0);
			CHECK_STR((const char *)loaded(&plan, bp->hdr.cmd_line_ptr), "maxcpus=1");
			CHECK_EQ(bp->hdr.ramdisk_image, start_of(&plan, 2));
			CHECK(ranges_contain(&usable, WINDOW_START, WINDOW_END));
			CHECK_EQ(ranges_total(&usable), LOW_END - LOW_START + WINDOW_END - WINDOW_START);
			ranges_free(&usable);
		}
	}
	plan_free(&plan);
	tear_down(&s);
}

static void preferred_address(void)
{
	struct setting s;
	struct plan plan;

	set_up(&s);
	s.kernel.preferred = WINDOW_START + MIB(8) + 1;
	if (CHECK_OK(plan_kernel(&s.in, &plan))) {
		check_segments(&plan);
		CHECK_EQ(start_of(&plan, 2), WINDOW_START + MIB(10));
		CHECK_EQ(end_of(&plan, 1), start_of(&plan, 2));
	}
	plan_free(&plan);
	tear_down(&s);
}

static void too_small_a_window(void)
{
	uint64_t smallest = 0;

	for (uint64_t size = MIB(2); size <= MIB(64); size += MIB(2)) {
		struct setting s;
		struct plan plan;
		int ret;

		set_up(&s);
		s.in.window.end = WINDOW_START + size;
		ret = plan_kernel(&s.in, &plan);
		if (!ret) {
			check_segments(&plan);
			CHECK_EQ(end_of(&plan, 3), s.in.window.end);
			if (!smallest)
				smallest = size;
		} else {
			CHECK_EQ(smallest, 0);
			CHECK(strstr(fail_text(), "MiB are needed") != NULL);
			CHECK_EQ(plan.count, 0);
		}
		plan_free(&plan);
		tear_down(&s);
	}
	/* In MiB: 2 for what comes before the kernel, 8 and a page for the kernel, 2 for the initramfs, and 20 for B to work with. */
	CHECK_EQ(smallest, MIB(32));
}

static void refusals(void)
{
	struct setting s;
	struct plan plan;

	set_up(&s);
	s.kernel.initrd_max = WINDOW_START + MIB(8);
	CHECK_FAILS(plan_kernel(&s.in, &plan), "takes no initrd");
	tear_down(&s);

	set_up(&s);
	s.kernel.cmdline_max = 60;
	CHECK_FAILS(plan_kernel(&s.in, &plan), "the appliance's kernel takes 60");
	tear_down(&s);

	set_up(&s);
	s.in.window = (struct range){ 0x80000000, 0x84000000, 0 };
	s.kernel.initrd_max = UINT32_MAX;
	CHECK_FAILS(plan_kernel(&s.in, &plan), "not inside one range of RAM");
	tear_down(&s);

	set_up(&s);
	s.in.root = "/none";
	CHECK_FAILS(plan_kernel(&s.in, &plan), "boot_params/data");
	tear_down(&s);
}

/* On i386 this is not the default mode, so that it shows if the argument gets lost. */
static const char *paging(void)
{
	static const char text[] = "CONFIG_X86_PAE=y\n";

	return arch_paging(&(struct blob){ (unsigned char *)text, strlen(text) });
}

static int plan_way_back(const char *ram_text, uint64_t entry, struct plan *plan)
{
	struct ranges ram = fixture_ranges(ram_text);
	int ret = trampoline_plan(&ram, entry, paging(), plan);

	ranges_free(&ram);
	return ret;
}

static void way_back(void)
{
	static const struct {
		const char *ram;
		uint64_t end;
	} cases[] = {
		{ "1000-9f000,4002000-8000000", 0x8000000 },
		{ "1000-9f000,4002000-8000000,100000000-180000000", 0x8000000 },
		{ "4002000-8000000,9000000-9000fff", 0x8000000 },
		{ "4002000-8000000,9000000-a000000", 0xa000000 },
		{ "fc000000-100000000", 0x100000000 },
	};
	struct blob trampoline;
	struct plan plan;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (CHECK_OK(plan_way_back(cases[i].ram, RE_ENTRY, &plan)) && CHECK_EQ(plan.count, 1)) {
			check_segments(&plan);
			CHECK_EQ(end_of(&plan, 0), cases[i].end);
			CHECK_EQ(plan.entry, start_of(&plan, 0));
			CHECK_EQ(plan.segment[0].bufsz, plan.setup.size);
			CHECK(loaded(&plan, plan.entry) == plan.setup.data);
			if (CHECK_OK(arch_return_trampoline(plan.entry, RE_ENTRY, paging(), &trampoline))) {
				CHECK_EQ(plan.setup.size, trampoline.size);
				CHECK(!memcmp(plan.setup.data, trampoline.data, trampoline.size));
				free(trampoline.data);
			}
			plan_free(&plan);
		}
	CHECK_FAILS(plan_way_back("1000-9f000,100000000-180000000", RE_ENTRY, &plan), "no room");
	CHECK_FAILS(plan_way_back("", RE_ENTRY, &plan), "no room");
	CHECK_FAILS(plan_way_back("4000000-8000000", 0, &plan), "no re-entry point");
}

static void just_room_for_the_way_back(void)
{
	char ram[64];
	struct blob trampoline;
	struct plan plan;

	if (!CHECK_OK(arch_return_trampoline(0, RE_ENTRY, paging(), &trampoline)))
		return;
	free(trampoline.data);
	snprintf(ram, sizeof(ram), "1000-9f000,4000000-%zx", 0x4000000 + trampoline.size);
	CHECK_OK(plan_way_back(ram, RE_ENTRY, &plan));
	CHECK_EQ(plan.entry, 0x4000000);
	plan_free(&plan);
	snprintf(ram, sizeof(ram), "1000-9f000,4000000-%zx", 0x4000000 + trampoline.size - 1);
	CHECK_FAILS(plan_way_back(ram, RE_ENTRY, &plan), "no room");
}

/* The trampoline lies at the start of its place, and is told where the copy list is, which follows it. */
static void moving_way_back(void)
{
	const struct range place = { 0x3000000, 0x3800000, 0 };
	struct copy_list moves = { 0 };
	struct plan plan;
	uint64_t size;

	for (uint32_t i = 0; i < 1000; i++)
		CHECK_OK(copy_list_clear(&moves, 0x10000 + 2 * i, 1));
	size = trampoline_copying_size(3ULL << 30, RE_ENTRY, paging(), moves.count);
	CHECK(size >= 1000 * sizeof(struct copy_item));
	if (CHECK_OK(trampoline_copying(&place, 3ULL << 30, RE_ENTRY, paging(), &moves, &plan)) && CHECK_EQ(plan.count, 1)) {
		struct arch_copy_list where = { 0, moves.count, 3ULL << 30 };
		struct blob trampoline;

		CHECK_EQ(start_of(&plan, 0), place.start);
		CHECK_EQ(end_of(&plan, 0), place.start + size);
		CHECK_EQ(plan.entry, place.start);
		where.list = place.start + plan.setup.size - moves.count * sizeof(struct copy_item);
		CHECK_EQ(where.list % PAGE_BYTES, 0);
		CHECK(!memcmp(plan.setup.data + (where.list - place.start), moves.item, moves.count * sizeof(struct copy_item)));
		if (CHECK_OK(arch_copying_trampoline(place.start, RE_ENTRY, paging(), &where, &trampoline))) {
			CHECK(trampoline.size <= where.list - place.start && !memcmp(plan.setup.data, trampoline.data, trampoline.size));
			free(trampoline.data);
		}
		plan_free(&plan);
	}
	CHECK_FAILS(trampoline_copying(&(struct range){ 0x3000000, 0x3002000, 0 }, 3ULL << 30, RE_ENTRY, paging(), &moves, &plan),
		    "no room for a copy list of 1000 items");
	CHECK_FAILS(trampoline_copying(&place, 3ULL << 30, 0, paging(), &moves, &plan), "no re-entry point");
	CHECK_EQ(trampoline_copying_size(3ULL << 30, 0, paging(), 1), 0);
	copy_list_free(&moves);
}

/* Each fault that the kernel would only call EINVAL gets a message that names the segment. */
static void named_segments(void)
{
	struct blob content = { (unsigned char *)"12345678", 8 };
	struct plan plan = { 0 };

	plan_add(&plan, "first", &content, 0, 0x1000, 0x3000);
	plan_add(&plan, "second", NULL, 0, 0x3000, 0x4000);
	CHECK_OK(plan_check(&plan, 0x2000));
	CHECK_FAILS(plan_check(&plan, 0x1fff), "first takes 0 MiB, more than half of this machine's memory");
	plan_add(&plan, "third", &content, 4, 0x3000, 0x5000);
	CHECK_FAILS(plan_check(&plan, UINT64_MAX), "third begins at 0x3000, before the end of second");
	plan.count = 2;
	plan_add(&plan, "third", &content, 4, 0x5000, 0x6800);
	CHECK_FAILS(plan_check(&plan, UINT64_MAX), "third, 0x5000+0x1800, is not of whole pages");
	plan.count = 2;
	content.size = 0x1004;
	plan_add(&plan, "third", &content, 3, 0x5000, 0x6000);
	CHECK_FAILS(plan_check(&plan, UINT64_MAX), "third has 4097 bytes, and room for 4096");
}

RUN_TESTS(named_segments,
	  moving_way_back, b_covers_all_it_uses, b_boot_params, b_core_header, c_loads_only_what_it_needs, preferred_address,
	  too_small_a_window, refusals, way_back, just_room_for_the_way_back)
