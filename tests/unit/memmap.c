/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware's memory map and the running kernel's, in a made-up /sys and /proc. The files have the form of drivers/firmware/memmap.c and
 * kernel/resource.c (r_show()), with the names of arch/x86/kernel/e820.c, Linux 6.12.
 */
#include "kernel/memmap.h"

#include "check.h"
#include "fixture.h"
#include "folder.h"
#include "meminfo.h"

static void add_entry(const char *root, const char *entry, const char *start, const char *end, const char *type)
{
	static const char *const names[] = { "start", "end", "type" };
	const char *const values[] = { start, end, type };

	for (size_t i = 0; i < 3; i++) {
		char path[128], line[128];

		if (!values[i])
			continue;
		snprintf(path, sizeof(path), "sys/firmware/memmap/%s/%s", entry, names[i]);
		snprintf(line, sizeof(line), "%s\n", values[i]);
		fixture_text(root, path, line);
	}
}

static void firmware(void)
{
	const char *root = fixture_root();
	struct ranges map = { 0 };
	char *text;

	/* The entries are sorted by their numbers, which is not the order in which readdir() returns them. */
	add_entry(root, "0", "0x0", "0x9fbff", "System RAM");
	add_entry(root, "1", "0x9fc00", "0x9ffff", "Reserved");
	add_entry(root, "2", "0xf0000", "0xfffff", "Reserved");
	add_entry(root, "3", "0x100000", "0x7ffdffff", "System RAM");
	add_entry(root, "4", "0x7ffe0000", "0x7fffefff", "ACPI Tables");
	add_entry(root, "5", "0x7ffff000", "0x7fffffff", "ACPI Non-volatile Storage");
	add_entry(root, "6", "0x80000000", "0x80000fff", "Unusable memory");
	add_entry(root, "7", "0x80001000", "0x80001fff", "Persistent Memory");
	add_entry(root, "8", "0x80002000", "0x80002fff", "Soft Reserved");
	add_entry(root, "9", "0x80003000", "0x80003fff", "Persistent Memory (legacy)");
	add_entry(root, "10", "0x100000000", "0x13fffffff", "System RAM");
	add_entry(root, "11", "0x140000000", "0x17fffffff", "System RAM");
	CHECK_OK(memmap_firmware(root, &map));
	text = ranges_text(&map, true);
	CHECK_STR(text, "0-9fc00:1,9fc00-a0000:2,f0000-100000:2,100000-7ffe0000:1,7ffe0000-7ffff000:3,"
			"7ffff000-80000000:4,80000000-80001000:5,80001000-80002000:7,80002000-80004000:2,"
			"100000000-180000000:1");
	free(text);
	ranges_free(&map);
}

static void malformed_firmware(void)
{
	static const struct {
		const char *start, *end, *type, *says;
	} entries[] = {
		{ NULL, "0x2fff", "System RAM", "start" },
		{ "0x1000", NULL, "System RAM", "end" },
		{ "0x1000", "0x2fff", NULL, "type" },
		{ "", "0x2fff", "System RAM", "no range" },
		{ "0x1000", "", "System RAM", "no range" },
		{ "garbage", "0x2fff", "System RAM", "no range" },
		{ "0x1000", "0x2fffz", "System RAM", "no range" },
		{ "-1", "0x2fff", "System RAM", "no range" },
		{ "0x3000", "0x2fff", "System RAM", "no range" },
		{ "0x0", "0xffffffffffffffff", "Reserved", "no range" },
		{ "0x10000000000000000", "0x10000000000000001", "Reserved", "no range" },
	};

	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		const char *root = fixture_root();
		struct ranges map = { 0 };

		add_entry(root, "0", "0x1000", "0x1fff", "Reserved");
		add_entry(root, "1", entries[i].start, entries[i].end, entries[i].type);
		CHECK_FAILS(memmap_firmware(root, &map), entries[i].says);
		ranges_free(&map);
	}
}

/* Of what lies in two entries the higher type holds, and their order does not matter. */
static void entries_overlap(void)
{
	const char *root = fixture_root();
	struct ranges map = { 0 };
	char *text;

	add_entry(root, "0", "0x100000", "0x7ffdffff", "System RAM");
	add_entry(root, "1", "0x0", "0x9ffff", "System RAM");
	add_entry(root, "2", "0x7ff00000", "0x7fffffff", "Reserved");
	add_entry(root, "3", "0x9fc00", "0x100fff", "ACPI Tables");
	CHECK_OK(memmap_firmware(root, &map));
	text = ranges_text(&map, true);
	CHECK_STR(text, "0-9fc00:1,9fc00-101000:3,101000-7ff00000:1,7ff00000-80000000:2");
	free(text);
	ranges_free(&map);
}

static void no_firmware_map(void)
{
	const char *root = fixture_root();
	struct ranges map = { 0 };

	CHECK_FAILS(memmap_firmware(root, &map), "CONFIG_FIRMWARE_MEMMAP");
	/* A hidden file is no entry. */
	fixture_text(root, "sys/firmware/memmap/.hidden", "");
	CHECK_FAILS(memmap_firmware(root, &map), "empty");
	ranges_free(&map);
	/* A map that is not read to its end is an error, since it would be that of another machine. */
	add_entry(root, "0", "0x0", "0x9fbff", "System RAM");
	add_entry(root, "1", "0x100000", "0x7ffdffff", "System RAM");
	for (int entries = 0; entries < 6; entries++) {
		folder_fails_after(entries);
		CHECK_FAILS(memmap_firmware(root, &map), "/sys/firmware/memmap (Input/output error)");
		folder_fails_after(-1);
		ranges_free(&map);
	}
}

static void check_running(const char *iomem, const char *want_ram, const char *want_kernel, int line)
{
	const char *root = fixture_root();
	struct ranges ram = { 0 }, kernel = { 0 };

	fixture_text(root, "proc/iomem", iomem);
	check_forget_failure();
	if (check_success(memmap_running(root, &ram, &kernel), __FILE__, line, "memmap_running")) {
		char *text = ranges_text(&ram, false);

		check_text(text, want_ram, __FILE__, line, "ram");
		free(text);
		text = ranges_text(&kernel, false);
		check_text(text, want_kernel, __FILE__, line, "kernel");
		free(text);
	}
	ranges_free(&ram);
	ranges_free(&kernel);
}

#define CHECK_RUNNING(iomem, ram, kernel) check_running(iomem, ram, kernel, __LINE__)

static void running(void)
{
	CHECK_RUNNING("00000000-00000fff : Reserved\n"
		      "00001000-0009fbff : System RAM\n"
		      "0009fc00-0009ffff : Reserved\n"
		      "000a0000-000bffff : PCI Bus 0000:00\n"
		      "000f0000-000fffff : System ROM\n"
		      "00100000-7ffdffff : System RAM\n"
		      "  1ae00000-1bdfffff : Kernel code\n"
		      "  1be00000-1c6f0fff : Kernel rodata\n"
		      "  1c800000-1cad5fbf : Kernel data\n"
		      "  1d0de000-1d5fffff : Kernel bss\n"
		      "  70000000-77ffffff : Crash kernel\n"
		      "7ffe0000-7fffffff : ACPI Tables\n"
		      "c0000000-febfffff : PCI Bus 0000:00\n"
		      "100000000-17fffffff : System RAM\n",
		      "1000-9f000,100000-7ffe0000,100000000-180000000",
		      "1ae00000-1be00000,1be00000-1c6f1000,1c800000-1cad6000,1d0de000-1d600000");
}

/* Of Linux 6.12.117 in QEMU (q35, OVMF) with 1 GiB, and a DIMM of 256 MiB that was plugged in; some devices are left out. */
static void as_captured(void)
{
	CHECK_RUNNING("00000000-00000fff : Reserved\n"
		      "00001000-0009ffff : System RAM\n"
		      "000a0000-000bffff : PCI Bus 0000:00\n"
		      "000f0000-000fffff : System ROM\n"
		      "00100000-007fffff : System RAM\n"
		      "00800000-00807fff : ACPI Non-volatile Storage\n"
		      "00808000-0080afff : System RAM\n"
		      "0080b000-0080bfff : ACPI Non-volatile Storage\n"
		      "0080c000-0080ffff : System RAM\n"
		      "00810000-008fffff : ACPI Non-volatile Storage\n"
		      "00900000-3dcad017 : System RAM\n"
		      "  05e00000-065fffff : Kernel code\n"
		      "  06600000-067dbfff : Kernel rodata\n"
		      "  06800000-068da2bf : Kernel data\n"
		      "  06c33000-06ffffff : Kernel bss\n"
		      "3dcad018-3dcb6c57 : System RAM\n"
		      "3dcb6c58-3eea0fff : System RAM\n"
		      "3eea1000-3ef61fff : Reserved\n"
		      "3ef62000-3f8ecfff : System RAM\n"
		      "3f8ed000-3fb6cfff : Reserved\n"
		      "3fb6d000-3fb7efff : ACPI Tables\n"
		      "3fb7f000-3fbfefff : ACPI Non-volatile Storage\n"
		      "3fbff000-3ff3ffff : System RAM\n"
		      "3ff40000-3ff5ffff : Reserved\n"
		      "3ff60000-3fffffff : ACPI Non-volatile Storage\n"
		      "40000000-afffffff : PCI Bus 0000:00\n"
		      "  40000000-4000ffff : 0000:00:01.0\n"
		      "b0000000-bfffffff : Reserved\n"
		      "  b0000000-bfffffff : pnp 00:06\n"
		      "c0000000-febfffff : PCI Bus 0000:00\n"
		      "  c0000000-c0ffffff : 0000:00:01.0\n"
		      "  c1010000-c1010fff : 0000:00:1f.2\n"
		      "    c1010000-c1010fff : ahci\n"
		      "100000000-10fffffff : System RAM\n"
		      "e000000000-e7ffffffff : PCI Bus 0000:00\n",
		      "1000-a0000,100000-800000,808000-80b000,80c000-810000,900000-3eea1000,3ef62000-3f8ed000,3fbff000-3ff40000,"
		      "100000000-110000000",
		      "5e00000-6600000,6600000-67dc000,6800000-68db000,6c33000-7000000");
}

/* RAM of a CXL device that firmware had set up lies below the device's window (drivers/cxl/acpi.c, Linux 6.12). */
static void at_any_depth(void)
{
	CHECK_RUNNING("00100000-7fffffff : System RAM\n"
		      "  01000000-01ffffff : Kernel code\n"
		      "100000000-4ffffffff : CXL Window 0\n"
		      "  100000000-1ffffffff : region0\n"
		      "    100000000-13fffffff : System RAM\n"
		      "    140000000-17fffffff : System RAM\n"
		      "      150000000-150ffffff : Kernel data\n"
		      "  400000000-43fffffff : System RAM\n",
		      "100000-80000000,100000000-180000000,400000000-440000000", "1000000-2000000,150000000-151000000");
}

/* /proc/iomem of a kernel that was started with UEFI and two PCI cards' ROMs, and of one that kexec -l started. */
static void split_inside_of_pages(void)
{
	CHECK_RUNNING("00000000-00000fff : Reserved\n"
		      "00001000-0009ffff : System RAM\n"
		      "00900000-3ddb4017 : System RAM\n"
		      "3ddb4018-3ddf1057 : System RAM\n"
		      "3ddf1058-3e27d017 : System RAM\n"
		      "3e27d018-3e286c57 : System RAM\n"
		      "3e286c58-3eeb6fff : System RAM\n"
		      "3eeb7000-3ef77fff : Reserved\n",
		      "1000-a0000,900000-3eeb7000", "");
	CHECK_RUNNING("00000400-00000fff : Reserved\n"
		      "00001000-0009fbff : System RAM\n"
		      "00100000-0010000f : System RAM\n"
		      "00100010-1ffdffff : System RAM\n"
		      "  1ec00000-1f3fffff : Kernel code\n",
		      "1000-9f000,100000-1ffe0000", "1ec00000-1f400000");
	/* The first range ends where the second begins, inside of a page, and both are Reserved in part of another one. */
	CHECK_RUNNING("00100000-001fffff : System RAM\n"
		      "3decd000-3decd017 : System RAM\n"
		      "3decd018-3ded6c57 : System RAM\n"
		      "3ded6c58-3ded6fff : Reserved\n", "100000-200000,3decd000-3ded6000", "");
}

/* These numbers are beyond all addresses. */
static void beyond_all_addresses(void)
{
	CHECK_RUNNING("00001000-0009ffff : System RAM\n"
		      "fffffffffffff001-fffffffffffff7ff : System RAM\n"
		      "00200000-ffffffffffffffff : System RAM\n"
		      "fffffffffffff001-ffffffffffffffff : Kernel code\n",
		      "1000-a0000", "");
}

static void odd_alignment(void)
{
	/* A page that is not RAM in whole is no RAM. A page of which the kernel has a part is the kernel's. */
	CHECK_RUNNING("00001001-00003ffe : System RAM\n"
		      "00100000-001fffff : System RAM\n"
		      "  00150001-00150002 : Kernel code\n"
		      "00200800-002017ff : System RAM\n",
		      "2000-3000,100000-200000", "150000-151000");
}

/* In kernels that have no "Kernel rodata" (such as 5.4), "Kernel data" begins in the page in which "Kernel code" ends. */
static void kernel_parts_share_a_page(void)
{
	CHECK_RUNNING("00100000-3fffffff : System RAM\n"
		      "  01000000-01e011d0 : Kernel code\n"
		      "  01e011d1-025619bf : Kernel data\n",
		      "100000-40000000", "1000000-1e02000,1e01000-2562000");
}

static void malformed_lines_are_no_ram(void)
{
	CHECK_RUNNING("garbage\n\n"
		      "00200000-001fffff : System RAM\n"
		      "00100000-001fffff : System RAM\n"
		      "00300000-003fffff System RAM\n"
		      "00400000 : System RAM\n"
		      "00600000-006fffff : \n"
		      "00700000-007fffff : System RAM",
		      "100000-200000,700000-800000", "");
}

/* RAM that a driver has added is refused: firmware's map does not have it, so C would not know of it. */
static void added_by_a_driver(void)
{
	const char *root = fixture_root();
	struct ranges ram = { 0 }, kernel = { 0 };

	fixture_text(root, "proc/iomem", "00100000-3fffffff : System RAM\n"
					 "100000000-13fffffff : virtio0\n"
					 "  100000000-107ffffff : System RAM (virtio_mem)\n");
	CHECK_FAILS(memmap_running(root, &ram, &kernel), "not supported");
	ranges_free(&ram);
	ranges_free(&kernel);
}

static void hidden_addresses(void)
{
	static const char *const texts[] = {
		"00000000-00000000 : Reserved\n"
		"00000000-00000000 : System RAM\n"
		"  00000000-00000000 : Kernel code\n"
		"  00000000-00000000 : Kernel data\n"
		"00000000-00000000 : System RAM\n",
		"00000000-00000fff : System RAM\n",
		"00001000-00001fff : Reserved\n",
		"",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *root = fixture_root();
		struct ranges ram = { 0 }, kernel = { 0 };

		fixture_text(root, "proc/iomem", texts[i]);
		CHECK_FAILS(memmap_running(root, &ram, &kernel), "not root?");
		ranges_free(&ram);
		ranges_free(&kernel);
	}
}

static void running_overlap(void)
{
	struct ranges ram = { 0 }, kernel = { 0 };

	CHECK_RUNNING("00100000-003fffff : System RAM\n00300000-004fffff : System RAM\n", "100000-500000", "");
	CHECK_FAILS(memmap_running(fixture_root(), &ram, &kernel), "proc/iomem");
}

/* The appliance's kernel takes nothing below 64 KiB, so what lies there does not count. */
static void low(void)
{
	static const struct {
		const char *ram;
		uint64_t start, end;
		const char *why;
	} maps[] = {
		{ "1000-9f000,100000-40000000", 0x1000, 0x9f000, NULL },
		{ "0-a0000,100000-40000000", 0x1000, 0xa0000, NULL },
		{ "0-40000000", 0x1000, 0xa0000, NULL },
		{ "2000-9f000,100000-40000000", 0x2000, 0x9f000, NULL },
		{ "1000-58000,59000-9f000,100000-40000000", 0x1000, 0x58000, NULL },
		{ "1000-20000,21000-9f000,100000-40000000", 0x21000, 0x9f000, NULL },
		{ "1000-18000,100000-40000000", 0x1000, 0x18000, NULL },
		{ "1000-17000,100000-40000000", 0, 0, "needs 32 KiB of RAM in one piece between 64 and 640 KiB, the largest has 28" },
		{ "1000-10000,100000-40000000", 0, 0, "the largest has 0" },
		{ "1000-17000,18000-1f000,98000-9f000,a0000-40000000", 0, 0, "the largest has 28" },
		{ "100000-40000000", 0, 0, "the largest has 0" },
		{ "", 0, 0, "the largest has 0" },
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		struct ranges ram = fixture_ranges(maps[i].ram);
		struct range found;

		if (maps[i].why)
			CHECK_FAILS(memmap_low(&ram, &found), maps[i].why);
		else if (CHECK_OK(memmap_low(&ram, &found)))
			CHECK(found.start == maps[i].start && found.end == maps[i].end);
		ranges_free(&ram);
	}
}

static void meminfo(void)
{
	const char *root = fixture_root();
	uint64_t bytes = 7;

	CHECK_FAILS(memmap_available(root, &bytes), "memory: open: ");
	meminfo_write(root, &(struct meminfo){ .total = 500000, .free = 400, .available = 300000, .active_anon = 7 });
	CHECK_OK(memmap_meminfo(root, "MemTotal", &bytes));
	CHECK_EQ(bytes, 500000ULL << 10);
	CHECK_OK(memmap_available(root, &bytes));
	CHECK_EQ(bytes, 300000ULL << 10);
	/* Some names are the beginning or the end of others. */
	CHECK_OK(memmap_meminfo(root, "Active", &bytes));
	CHECK_EQ(bytes, 2764ULL << 10);
	CHECK_OK(memmap_meminfo(root, "Active(anon)", &bytes));
	CHECK_EQ(bytes, 7ULL << 10);
	CHECK_OK(memmap_meminfo(root, "Cached", &bytes));
	CHECK_EQ(bytes, 2948ULL << 10);
	/* A number may be wider than its column. */
	CHECK_OK(memmap_meminfo(root, "VmallocTotal", &bytes));
	CHECK_EQ(bytes, 34359738367ULL << 10);
	bytes = 7;
	CHECK_FAILS(memmap_meminfo(root, "Mem", &bytes), "does not tell Mem");
	CHECK_FAILS(memmap_meminfo(root, "HugePages_Total", &bytes), "memory: ");
	fixture_text(root, "proc/meminfo", "MemTotal: 99999999999999999999999 kB\nMemAvailable: none\n");
	CHECK_FAILS(memmap_meminfo(root, "MemTotal", &bytes), "memory: ");
	CHECK_FAILS(memmap_available(root, &bytes), "does not tell MemAvailable");
	CHECK_EQ(bytes, 7);
}

RUN_TESTS(meminfo,
	  firmware, malformed_firmware, no_firmware_map, running, as_captured, beyond_all_addresses, odd_alignment, kernel_parts_share_a_page,
	  malformed_lines_are_no_ram, added_by_a_driver, hidden_addresses, running_overlap, low, at_any_depth,
	  split_inside_of_pages, entries_overlap)
