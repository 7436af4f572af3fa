/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory map and the boot_params of B and C'. */
#include "kexec/bootparams.h"

#include "kexec/bzimage.h"
#include "check.h"
#include "fixture.h"
#include "kernelfile.h"
#include "kernel/memmap.h"

#define FIRMWARE "0-9fc00:1,9fc00-a0000:2,f0000-100000:2,100000-7ffe0000:1,7ffe0000-80000000:3,100000000-180000000:1"

static struct range span(uint64_t start, uint64_t end)
{
	return (struct range){ start, end, 0 };
}

static int make_e820(const char *firmware_text, struct range window, struct range low, struct range hole, char **out)
{
	struct ranges firmware = fixture_ranges(firmware_text), e820 = { 0 };
	int ret = bootparams_e820(&firmware, &window, &low, &hole, &e820);

	*out = ret ? NULL : ranges_text(&e820, true);
	ranges_free(&firmware);
	ranges_free(&e820);
	return ret;
}

static void check_e820(const char *firmware, struct range window, struct range low, struct range hole,
		       const char *want, int line)
{
	char *text;

	check_forget_failure();
	check_success(make_e820(firmware, window, low, hole, &text), __FILE__, line, "bootparams_e820");
	check_text(text, want, __FILE__, line, "e820");
	free(text);
}

#define CHECK_E820(firmware, window, low, hole, want) \
	check_e820(firmware, window, low, hole, want, __LINE__)

static void hole_at_the_start(void)
{
	/* The pages of the core header are reserved like the RAM before the window, which is A's, and form one range with it. */
	CHECK_E820(FIRMWARE, span(0x4000000, 0x8000000), span(0x1000, 0x9f000), span(0x4000000, 0x4002000),
		   "0-1000:2,1000-9f000:1,9f000-a0000:2,f0000-4002000:2,4002000-8000000:1,8000000-7ffe0000:2,"
		   "7ffe0000-80000000:3,100000000-180000000:2");
}

static void hole_elsewhere(void)
{
	CHECK_E820(FIRMWARE, span(0x4000000, 0x8000000), span(0x1000, 0x9f000), span(0x5000000, 0x5001000),
		   "0-1000:2,1000-9f000:1,9f000-a0000:2,f0000-4000000:2,4000000-5000000:1,5000000-5001000:2,5001000-8000000:1,"
		   "8000000-7ffe0000:2,7ffe0000-80000000:3,100000000-180000000:2");
	CHECK_E820(FIRMWARE, span(0x4000000, 0x8000000), span(0x1000, 0x9f000), span(0x7fff000, 0x8000000),
		   "0-1000:2,1000-9f000:1,9f000-a0000:2,f0000-4000000:2,4000000-7fff000:1,7fff000-7ffe0000:2,"
		   "7ffe0000-80000000:3,100000000-180000000:2");
}

static void no_hole(void)
{
	CHECK_E820(FIRMWARE, span(0x4000000, 0x8000000), span(0x1000, 0x9f000), span(0x4000000, 0x4000000),
		   "0-1000:2,1000-9f000:1,9f000-a0000:2,f0000-4000000:2,4000000-8000000:1,8000000-7ffe0000:2,"
		   "7ffe0000-80000000:3,100000000-180000000:2");
	CHECK_E820(FIRMWARE, span(0x4000000, 0x8000000), span(0x1000, 0x9f000), span(0x8000000, 0x8001000),
		   "0-1000:2,1000-9f000:1,9f000-a0000:2,f0000-4000000:2,4000000-8000000:1,8000000-7ffe0000:2,"
		   "7ffe0000-80000000:3,100000000-180000000:2");
}

static void window_edges(void)
{
	/* The window is at the end of a range of RAM, and at its start. */
	CHECK_E820("0-9f000:1,100000-8000000:1,8000000-8001000:4", span(0x4000000, 0x8000000), span(0x1000, 0x9f000), span(0x4000000, 0x4001000),
		   "0-1000:2,1000-9f000:1,100000-4001000:2,4001000-8000000:1,8000000-8001000:4");
	CHECK_E820("0-9f000:1,4000000-9000000:1", span(0x4000000, 0x8000000), span(0x1000, 0x9f000), span(0x4000000, 0x4001000),
		   "0-1000:2,1000-9f000:1,4000000-4001000:2,4001000-8000000:1,8000000-9000000:2");
	/* Low memory and the window are in one range of RAM. */
	CHECK_E820("0-8000000:1", span(0x4000000, 0x8000000), span(0x1000, 0xa0000), span(0, 0),
		   "0-1000:2,1000-a0000:1,a0000-4000000:2,4000000-8000000:1");
}

static void other_types_are_kept(void)
{
	CHECK_E820("0-9f000:1,100000-8000000:1,8000000-8001000:3,8001000-8002000:4,8002000-8003000:5,8003000-8004000:7",
		   span(0x4000000, 0x8000000), span(0x1000, 0x9f000), span(0, 0),
		   "0-1000:2,1000-9f000:1,100000-4000000:2,4000000-8000000:1,8000000-8001000:3,8001000-8002000:4,8002000-8003000:5,"
		   "8003000-8004000:7");
}

/* Low memory that is one of several pieces, of a map that begins as kexec-tools writes one; and one that is no RAM. */
static void low_memory(void)
{
	char *text = NULL;

	CHECK_E820("400-58000:1,58000-59000:2,59000-9fc00:1,100000-8000000:1", span(0x4000000, 0x8000000), span(0x59000, 0x9f000), span(0, 0),
		   "400-59000:2,59000-9f000:1,9f000-9fc00:2,100000-4000000:2,4000000-8000000:1");
	CHECK_FAILS(make_e820(FIRMWARE, span(0x4000000, 0x8000000), span(0x1000, 0xa0000), span(0, 0), &text), "low memory, 1000-a0000, is not RAM");
	free(text);
}

/* As many ranges as firmware may have; B's kernel needs some more, and is told less of what it may not use. */
static void more_ranges_than_fit(void)
{
	struct ranges firmware = fixture_ranges("1000-9f000:1,100000-8000000:1"), e820 = { 0 }, usable = { 0 }, more = { 0 };
	const struct range window = span(0x4000000, 0x8000000), low = span(0x1000, 0x9f000), hole = span(0x4000000, 0x4001000);
	char *text;

	for (uint64_t i = 0; i < E820_RANGES_MAX - 2; i++)
		CHECK_OK(ranges_add(&firmware, 0x10000000 + i * 0x100000, 0x10000000 + i * 0x100000 + 0x1000 * (i % 8 + 1), i % 3 + 2));
	CHECK_OK(bootparams_e820(&firmware, &window, &low, &hole, &e820));
	CHECK_EQ(e820.count, E820_RANGES_MAX);
	CHECK_OK(ranges_of_type(&e820, E820_USABLE, &usable));
	text = ranges_text(&usable, false);
	CHECK_STR(text, "1000-9f000,4001000-8000000");
	free(text);
	/* Nothing that firmware named is forgotten. */
	CHECK_OK(ranges_append(&more, &firmware));
	CHECK_OK(ranges_subtract(&more, &e820));
	CHECK_EQ(more.count, 0);
	ranges_free(&firmware);
	ranges_free(&e820);
	ranges_free(&usable);
}

static void window_not_in_ram(void)
{
	static const struct range windows[] = {
		{ 0x7c000000, 0x80000000, 0 }, /* over the end of RAM */
		{ 0x80000000, 0x84000000, 0 }, /* in no RAM */
		{ 0xc0000, 0x4000000, 0 },     /* over its start */
		{ 0x7ffe0000, 0x80000000, 0 }, /* in memory of another type */
		{ 0x80000, 0x90000, 0 },       /* in low memory */
	};
	const struct range hole = { 0 };

	for (size_t i = 0; i < sizeof(windows) / sizeof(*windows); i++) {
		char *text = NULL;

		CHECK_FAILS(make_e820(FIRMWARE, windows[i], span(0x1000, 0x9f000), hole, &text), "not inside one range of RAM");
		free(text);
	}
}

/* Fills *bp from a made-up kernel, a made-up machine's boot_params, and its EFI systab, NULL for none. */
static int fill(const struct ranges *e820, uint64_t own_rsdp, const char *systab, struct boot_params *bp)
{
	const struct boot_places places = { 0x4321000, 0x5432000, 0x12345 };
	struct bzimage bz = { .file = kernelfile_build() };
	const char *root = fixture_root();
	struct boot_params own;
	int ret;

	memset(&own, 0x5a, sizeof(own));
	own.screen_info.orig_video_lines = 77;
	own.acpi_rsdp_addr = own_rsdp;
	fixture_write(root, "sys/kernel/boot_params/data", &own, sizeof(own));
	if (systab)
		fixture_text(root, "sys/firmware/efi/systab", systab);
	ret = bzimage_parse("bzImage", &bz) || bootparams_fill(root, &bz, &places, e820, bp) ? -1 : 0;
	bzimage_free(&bz);
	return ret;
}

static void filled(void)
{
	struct ranges e820 = fixture_ranges("0-9f000:1,4000000-8000000:1,8000000-180000000:2");
	static struct boot_params bp;
	const unsigned char *page = (const unsigned char *)&bp;

	CHECK_EQ(sizeof(bp), PAGE_BYTES);
	memset(&bp, 0xee, sizeof(bp));
	if (CHECK_OK(fill(&e820, 0xf5a20, NULL, &bp))) {
		CHECK_EQ(bp.hdr.header, 0x53726448);
		CHECK_EQ(bp.hdr.setup_sects, KERNELFILE_SETUP_SECTS);
		CHECK_EQ(bp.hdr.init_size, 0x800001);
		CHECK_EQ(bp.hdr.type_of_loader, 0xff);
		CHECK_EQ(bp.hdr.loadflags & CAN_USE_HEAP, 0);
		CHECK_EQ(bp.hdr.loadflags & LOADED_HIGH, LOADED_HIGH);
		CHECK_EQ(bp.hdr.setup_data, 0);
		CHECK_EQ(bp.hdr.cmd_line_ptr, 0x4321000);
		CHECK_EQ(bp.hdr.ramdisk_image, 0x5432000);
		CHECK_EQ(bp.hdr.ramdisk_size, 0x12345);
		CHECK_EQ(bp.ext_cmd_line_ptr, 0);
		CHECK_EQ(bp.ext_ramdisk_image, 0);
		CHECK_EQ(bp.ext_ramdisk_size, 0);
		/* These are taken from A's boot_params, and nothing else is. */
		CHECK_EQ(bp.screen_info.orig_video_lines, 77);
		CHECK_EQ(bp.acpi_rsdp_addr, 0xf5a20);
		CHECK_EQ(bp.efi_info.efi_systab, 0);
		/* Of the kernel's file only the setup header is copied, from 0x1f1 to 0x26c. */
		CHECK_EQ(page[0x1ef], 0);
		CHECK_EQ(page[0x26c], 0);
		CHECK_EQ(bp.e820_entries, 3);
		CHECK_EQ(bp.e820_table[1].addr, 0x4000000);
		CHECK_EQ(bp.e820_table[1].size, 0x4000000);
		CHECK_EQ(bp.e820_table[1].type, E820_USABLE);
		CHECK_EQ(bp.e820_table[2].type, E820_KEEP_OUT);
		CHECK_EQ(bp.e820_table[3].size, 0);
	}
	ranges_free(&e820);
}

static void rsdp_from_efi(void)
{
	/* The first is what Linux 6.12.117 shows of OVMF; one before 5.7 may begin with the line of MPS. */
	static const struct {
		uint64_t own;
		const char *systab;
		uint64_t want;
	} cases[] = {
		{ 0, "ACPI20=0x3fb7e014\nACPI=0x3fb7e000\nSMBIOS=0x3f918000\n", 0x3fb7e014 },
		{ 0, "MPS=0x1000\nACPI20=0x7fb7e014\nACPI=0x7fb7e000\nSMBIOS=0x7f9c1000\n", 0x7fb7e014 },
		{ 0, "ACPI=0x7fb7e000\nACPI20=0x7fb7e014\n", 0x7fb7e014 },
		{ 0, "ACPI=0x7fb7e000\n", 0x7fb7e000 },
		{ 0, "SMBIOS=0x7f9c1000\n", 0 },
		{ 0, "", 0 },
		{ 0, NULL, 0 },
		{ 0xf5a20, "ACPI20=0x7fb7e014\n", 0xf5a20 },
	};
	struct ranges e820 = fixture_ranges("0-9f000:1");
	static struct boot_params bp;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK_OK(fill(&e820, cases[i].own, cases[i].systab, &bp));
		CHECK_EQ(bp.acpi_rsdp_addr, cases[i].want);
	}
	ranges_free(&e820);
}

static void as_many_ranges_as_fit(void)
{
	static struct boot_params bp;
	struct ranges e820 = { 0 };

	for (uint64_t i = 0; i < E820_MAX_ENTRIES_ZEROPAGE; i++)
		ranges_add(&e820, i * 0x2000, i * 0x2000 + 0x1000, E820_USABLE);
	CHECK_OK(fill(&e820, 0, NULL, &bp));
	CHECK_EQ(bp.e820_entries, 128);
	CHECK_EQ(bp.e820_table[127].addr, 127 * 0x2000);
	ranges_add(&e820, 1ULL << 32, 1ULL << 33, E820_USABLE);
	CHECK_FAILS(fill(&e820, 0, NULL, &bp), "129 ranges");
	ranges_free(&e820);
}

static void own_boot_params_missing(void)
{
	struct bzimage bz = { .file = kernelfile_build() };
	const struct boot_places places = { 0 };
	const struct ranges e820 = { 0 };
	const char *root = fixture_root();
	static struct boot_params bp;

	CHECK_OK(bzimage_parse("bzImage", &bz));
	CHECK_FAILS(bootparams_fill(root, &bz, &places, &e820, &bp), "boot_params/data");
	fixture_write(root, "sys/kernel/boot_params/data", &bp, sizeof(bp) - 1);
	CHECK_FAILS(bootparams_fill(root, &bz, &places, &e820, &bp), "4095 bytes");
	bzimage_free(&bz);
}

RUN_TESTS(hole_at_the_start, hole_elsewhere, no_hole, window_edges, other_types_are_kept, low_memory, more_ranges_than_fit,
	  window_not_in_ram, filled, rsdp_from_efi, as_many_ranges_as_fit, own_boot_params_missing)
