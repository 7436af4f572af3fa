/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which memory map of another boot a saved system can go on with. */
#include "checks/memory_map.h"

#include "check.h"
#include "fixture.h"

/* A machine with UEFI; its RAM, and the map of the boot that saved. */
#define SAVED "0-a0000:1,100000-800000:1,800000-808000:4,808000-3eeb7000:1,3eeb7000-3ef78000:2,3ef78000-3f8ed000:1," \
	"3f8ed000-3fb6d000:2,3fb6d000-3fb7f000:3,3fb7f000-3fbff000:4,3fbff000-3ff58000:1,b0000000-c0000000:2"
#define NEEDED "1000-a0000,100000-800000,808000-3eeb7000,3ef78000-3f8ed000,3fbff000-3ff58000"

/* Checks that the map `now` fits when `why` is NULL, and else that this is what is in the way. */
static void check_fits(const char *saved_text, const char *acpi, const char *needed_text, const char *now_text, const char *efi,
		       const char *why, int line)
{
	struct memory_map saved, now;
	struct ranges needed = fixture_ranges(needed_text);
	char said[MEMORY_MAP_WHY_SIZE] = "";
	int ret;

	CHECK_OK(memory_map_parse(saved_text, "3eeb7000-3eec0000:5,3eec0000-3ef00000:6", acpi, &saved));
	CHECK_OK(memory_map_parse(now_text, efi, NULL, &now));
	ret = memory_map_fits(&saved, &needed, &now, said);
	check_result(ret == (why != NULL), __FILE__, line, said);
	check_text(said, why ? why : "", __FILE__, line, "why");
	memory_map_free(&saved);
	memory_map_free(&now);
	ranges_free(&needed);
}

#define CHECK_FITS(saved, needed, now) check_fits(saved, "f59d0-f59e0", needed, now, NULL, NULL, __LINE__)
#define CHECK_MISFIT(saved, needed, now, why) check_fits(saved, NULL, needed, now, NULL, why, __LINE__)

static void the_same(void)
{
	struct memory_map a, b;

	CHECK_FITS(SAVED, NEEDED, SAVED);
	CHECK_OK(memory_map_parse(SAVED, NULL, NULL, &a));
	CHECK_OK(memory_map_parse(SAVED, "1000-2000:5", NULL, &b));
	CHECK(memory_map_same(&a, &b));
	memory_map_free(&a);
	CHECK_OK(memory_map_parse(SAVED, "1000-3000:5", NULL, &a));
	CHECK(!memory_map_same(&a, &b));
	memory_map_free(&a);
	CHECK_OK(memory_map_parse("0-a0000:1", "1000-2000:5", NULL, &a));
	CHECK(!memory_map_same(&a, &b));
	memory_map_free(&a);
	memory_map_free(&b);
	CHECK_FAILS(memory_map_parse("0-a0000:1,x", NULL, NULL, &a), "no range");
	CHECK_FAILS(memory_map_parse(SAVED, NULL, "x", &a), "no range");
}

static void what_does_not_matter(void)
{
	/* The first page; how a range that is no RAM ends inside of a page. */
	CHECK_FITS("0-9fc00:1,9fc00-a0000:2,100000-1ffe0000:1", "1000-9f000,100000-1ffe0000", "400-9f800:1,9f800-a0000:2,100000-1ffe0000:1");
	CHECK_FITS("400-9fc00:1,100000-1ffe0000:1", "1000-9f000,100000-1ffe0000", "0-9fc00:1,9fc00-a0000:2,100000-1ffe0000:1");
	CHECK_FITS("0-1000:2,1000-9f000:1,100000-1ffe0000:1", "1000-9f000,100000-1ffe0000", "0-9fc00:1,100000-1ffe0000:1");
	/* What is kept out, in one piece or several, or not named at all. */
	CHECK_FITS("0-a0000:1,100000-200000:1,200000-300000:2", "1000-a0000,100000-200000", "0-a0000:1,100000-200000:1");
	CHECK_FITS("0-a0000:1,100000-200000:1", "1000-a0000,100000-200000",
		   "0-a0000:1,100000-200000:1,200000-280000:2,280000-300000:5,f0000000-f1000000:2");
	/* RAM that the system was told not to use (mem=), now ACPI's or nobody's. */
	CHECK_FITS("0-a0000:1,100000-40000000:1", "1000-a0000,100000-10000000", "0-a0000:1,100000-3ff00000:1,3ff00000-3ff80000:4");
	/* What was reserved, and has none of ACPI's tables; so it may be where a boot loader reserved it; and a hole in low memory. */
	CHECK_FITS("0-1000:2,1000-58000:1,59000-a0000:1,f0000-100000:2,100000-200000:1,200000-201000:2,201000-300000:1",
		   "1000-58000,59000-a0000,100000-200000,201000-300000", "0-a0000:1,f0000-100000:2,100000-300000:1");
	/* ACPI has got more, of what was kept out. */
	CHECK_FITS("0-a0000:1,100000-200000:1,200000-210000:2,210000-220000:3", "1000-a0000,100000-200000",
		   "0-a0000:1,100000-200000:1,200000-220000:3");
}

static void what_does(void)
{
	/* Firmware's part has moved by a page, in both directions. */
	CHECK_MISFIT("0-a0000:1,100000-200000:1,200000-210000:2,210000-300000:1", "1000-a0000,100000-200000,210000-300000",
		     "0-a0000:1,100000-201000:1,201000-211000:2,211000-300000:1", "4 KiB at 0x210000 were RAM, and are not now");
	CHECK_MISFIT("0-a0000:1,100000-200000:1,200000-210000:2,210000-300000:1", "1000-a0000,100000-200000,210000-300000",
		     "0-a0000:1,100000-1ff000:1,1ff000-20f000:2,20f000-300000:1", "4 KiB at 0x1ff000 were RAM, and are not now");
	CHECK_MISFIT("0-a0000:1,100000-200000:1,200000-210000:2,210000-300000:1", "1000-a0000,100000-200000,210000-300000",
		     "0-a0000:1,100000-200000:1,200000-20f000:2,20f000-300000:1", "4 KiB at 0x20f000 were no RAM, and are now");
	/* Less memory, and more of it. */
	CHECK_MISFIT("0-a0000:1,100000-300000:1", "1000-a0000,100000-300000", "0-a0000:1,100000-200000:1",
		     "1 MiB at 0x200000 were RAM, and are not now");
	CHECK_MISFIT("0-a0000:1,100000-300000:1", "1000-a0000,100000-300000", "0-a0000:1,100000-400000:1",
		     "1 MiB at 0x300000 were no RAM, and are now");
	/* The end of RAM, where a BIOS reserves its tables. */
	check_fits("0-a0000:1,100000-2fe000:1,2fe000-300000:2", "2fe040-2ff000", "1000-a0000,100000-2fe000", "0-a0000:1,100000-400000:1", NULL,
		   "1 MiB at 0x2fe000 were no RAM, and are now", __LINE__);
	/* Low memory, in which a hole has come. */
	CHECK_MISFIT("0-a0000:1,100000-300000:1", "1000-a0000,100000-300000", "0-58000:1,58000-59000:2,59000-a0000:1,100000-300000:1",
		     "4 KiB at 0x58000 were RAM, and are not now");
	/* ACPI's tables and storage. */
	CHECK_MISFIT("0-a0000:1,100000-200000:1,200000-210000:3,210000-220000:4", "1000-a0000,100000-200000",
		     "0-a0000:1,100000-200000:1,200000-20f000:3,20f000-220000:4",
		     "4 KiB at 0x20f000 were ACPI's, and are not now, or of another kind");
	CHECK_MISFIT("0-a0000:1,100000-200000:1,210000-220000:4", "1000-a0000,100000-200000",
		     "0-a0000:1,100000-200000:1,210000-21f000:4,21f000-220000:2",
		     "4 KiB at 0x21f000 were ACPI's, and are not now, or of another kind");
	check_fits(SAVED, NULL, NEEDED, SAVED, "3eeb7000-3eec1000:5,3eec1000-3ef00000:6", "EFI's runtime services are not where they were", __LINE__);
	check_fits(SAVED, NULL, NEEDED, SAVED, "3eeb7000-3eec0000:5,3eec0000-3ef00000:6", NULL, __LINE__);
}

static void moves(void)
{
	static const struct { const char *a, *b; bool may; } cases[] = {
		{ "0-a0000:1,100000-20000000:1", "0-a0000:1,100000-20000000:1", true },
		{ "0-a0000:1,100000-20000000:1", "0-a0000:1,100000-21f00000:1", true },
		{ "0-a0000:1,100000-21f00000:1,30000000-40000000:2", "0-a0000:1,100000-20000000:1", true },
		{ "0-a0000:1,100000-20000000:1", "0-a0000:1,100000-22000000:1", false },
		{ "0-a0000:1,100000-28000000:1", "0-a0000:1,100000-20000000:1", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct memory_map a, b;

		CHECK_OK(memory_map_parse(cases[i].a, NULL, NULL, &a));
		CHECK_OK(memory_map_parse(cases[i].b, NULL, NULL, &b));
		CHECK_EQ(memory_map_may_move(&a, &b), cases[i].may);
		memory_map_free(&a);
		memory_map_free(&b);
	}
}

static void of_this_boot(void)
{
	const char *root = fixture_root();
	struct memory_map map;
	struct ranges ram = { 0 };
	char *text;

	CHECK_FAILS(memory_map_read(root, &map), "CONFIG_FIRMWARE_MEMMAP");
	fixture_text(root, "sys/firmware/memmap/0/start", "0x400\n");
	fixture_text(root, "sys/firmware/memmap/0/end", "0x1fffff\n");
	fixture_text(root, "sys/firmware/memmap/0/type", "System RAM\n");
	/* The attributes of QEMU's OVMF, as Linux 6.12 shows them. */
	fixture_text(root, "sys/firmware/efi/runtime-map/1/phys_addr", "0x3f8ed000\n");
	fixture_text(root, "sys/firmware/efi/runtime-map/1/num_pages", "0x100\n");
	fixture_text(root, "sys/firmware/efi/runtime-map/1/type", "0x6\n");
	fixture_text(root, "sys/firmware/efi/runtime-map/0/phys_addr", "0x3eeb7000\n");
	fixture_text(root, "sys/firmware/efi/runtime-map/0/num_pages", "0x2\n");
	fixture_text(root, "sys/firmware/efi/runtime-map/0/type", "0x5\n");
	if (CHECK_OK(memory_map_read(root, &map))) {
		text = ranges_text(&map.efi, true);
		CHECK_STR(text, "3eeb7000-3eeb9000:5,3f8ed000-3f9ed000:6");
		free(text);
		CHECK_OK(memory_map_ram(&map, false, &ram));
		CHECK_OK(memory_map_ram(&map, true, &ram));
		text = ranges_text(&ram, false);
		CHECK_STR(text, "1000-200000,1000-a0000");
		free(text);
		ranges_free(&ram);
		memory_map_free(&map);
	}
	fixture_text(root, "sys/firmware/efi/runtime-map/0/num_pages", "0xfffffffffffffff\n");
	CHECK_FAILS(memory_map_read(root, &map), "no range");
	fixture_text(root, "sys/firmware/efi/runtime-map/0/num_pages", "many\n");
	CHECK_FAILS(memory_map_read(root, &map), "no number");
}

/*
 * Heads of FACPs, and the addresses in them. Firecracker's was captured (Linux 6.18); the others have the form of ACPI 6.5, 5.2.9, in the versions
 * and sizes that QEMU 7.2 has for a BIOS (pc) and for UEFI (q35), and with both addresses of each table.
 */
static void acpi(void)
{
	static const char firecracker[36] = "FACP\x14\x01\x00\x00\x06" "fFIRECKFCVMFADT\x00\x00\x00\x00" "FCAT\x19\x01$ ";
	static const char bochs_1[36] = "FACP\x74\x00\x00\x00\x01\x00" "BOCHS BXPC    \x01\x00\x00\x00" "BXPC\x01\x00\x00";
	static const char bochs_3[36] = "FACP\xf4\x00\x00\x00\x03\x00" "BOCHS BXPC    \x01\x00\x00\x00" "BXPC\x01\x00\x00";
	static const struct { const char *head; size_t size; uint32_t facs, dsdt; uint64_t wide_facs, wide_dsdt; const char *places; } kinds[] = {
		{ firecracker, 276, 0, 0, 0, 0x9fd44, "9fd44-9fd48" },
		{ bochs_1, 116, 0x1ffe0000, 0x1ffe1000, 0x1234, 0x5678, "1ffe0000-1ffe0040,1ffe1000-1ffe1004" },
		{ bochs_3, 244, 0, 0, 0x3fbdd000, 0x3fb7a000, "3fb7a000-3fb7a004,3fbdd000-3fbdd040" },
		{ bochs_3, 244, 0x3fbdd000, 0x3fb7a000, 0x123456000, 0x123450000, "3fbdd000-3fbdd040,123450000-123450004" },
		/* Cut off, as no firmware has it. */
		{ bochs_3, 40, 0x3fbdd000, 0x3fb7a000, 0, 0, "3fbdd000-3fbdd040" },
		{ bochs_3, 30, 0x3fbdd000, 0x3fb7a000, 0, 0, "" },
	};
	const char *root = fixture_root();

	fixture_text(root, "sys/firmware/memmap/0/start", "0x400\n");
	fixture_text(root, "sys/firmware/memmap/0/end", "0x1fffff\n");
	fixture_text(root, "sys/firmware/memmap/0/type", "System RAM\n");
	fixture_text(root, "sys/firmware/acpi/tables/DSDT", "code");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		unsigned char facp[276] = { 0 };
		struct memory_map map;
		char *text;

		memcpy(facp, kinds[i].head, 36);
		memcpy(facp + 36, &kinds[i].facs, 4);
		memcpy(facp + 40, &kinds[i].dsdt, 4);
		memcpy(facp + 132, &kinds[i].wide_facs, 8);
		memcpy(facp + 140, &kinds[i].wide_dsdt, 8);
		fixture_write(root, "sys/firmware/acpi/tables/FACP", facp, kinds[i].size);
		CHECK_OK(memory_map_read(root, &map));
		text = ranges_text(&map.acpi, false);
		CHECK_STR(text, kinds[i].places);
		free(text);
		memory_map_free(&map);
	}
}

RUN_TESTS(the_same, what_does_not_matter, what_does, moves, of_this_boot, acpi)
