/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is all of the kernel's memory known? /proc/iomem and /proc/zoneinfo of real kernels, and of such that hide something. */
#include "kernel/complete.h"

#include "arch/arch.h"
#include "check.h"
#include "fixture.h"
#include "kernel/memmap.h"

/* A populated zone as Linux 6.18 shows it, without most of its counters; they are the ones whose names are like those that are read. */
#define ZONE(NAME, START, SPANNED, PRESENT) \
	"Node 0, zone " NAME "\n  per-node stats\n      nr_inactive_anon 45281\n      nr_anon_transparent_hugepages 0\n" \
	"  pages free     3840\n        boost    0\n        min      17\n        low      21\n        high     25\n        promo    29\n" \
	"        spanned  " SPANNED "\n        present  " PRESENT "\n        managed  3840\n        cma      0\n" \
	"        protection: (0, 2999, 23990, 23990, 23990)\n      nr_free_pages 3840\n      nr_free_cma  0\n  pagesets\n    cpu: 0\n" \
	"              count:    0\n  vm stats threshold: 8\n  node_unreclaimable:  0\n  start_pfn:           " START "\n"
/* One without pages, which Linux shows without its start. */
#define NO_ZONE(NAME, SPANNED) \
	"Node 0, zone " NAME "\n  pages free     0\n        spanned  " SPANNED "\n        present  0\n        managed  0\n        cma      0\n" \
	"        protection: (0, 0, 0, 0, 0)\n"

#define NOPAGE (1ULL << 20)
#define RESERVED (1ULL << 32)

/* /proc/kpageflags with `frames` pages of which each is in use. */
static uint64_t *new_flags(size_t frames)
{
	uint64_t *flags = calloc(frames, sizeof(*flags));

	if (!flags)
		abort();
	return flags;
}

static void set(uint64_t *flags, size_t first, size_t end, uint64_t value)
{
	for (size_t i = first; i < end; i++)
		flags[i] = value;
}

static void put_firmware(const char *root, const char *map)
{
	struct ranges list = fixture_ranges(map);
	char path[64], text[64];

	for (size_t i = 0; i < list.count; i++) {
		snprintf(path, sizeof(path), "sys/firmware/memmap/%zu/start", i);
		snprintf(text, sizeof(text), "0x%llx\n", (unsigned long long)list.item[i].start);
		fixture_text(root, path, text);
		snprintf(path, sizeof(path), "sys/firmware/memmap/%zu/end", i);
		snprintf(text, sizeof(text), "0x%llx\n", (unsigned long long)list.item[i].end - 1);
		fixture_text(root, path, text);
		snprintf(path, sizeof(path), "sys/firmware/memmap/%zu/type", i);
		fixture_text(root, path, list.item[i].type == E820_USABLE ? "System RAM\n" : list.item[i].type == E820_ACPI_DATA ? "ACPI Tables\n" :
			     "Reserved\n");
	}
	ranges_free(&list);
}

/* memory_running() in such a machine; *text is the RAM, or NULL. */
static int running(const char *firmware_text, const char *iomem, const char *zoneinfo, const uint64_t *flags, size_t frames, char **text)
{
	struct ranges firmware = { 0 }, ram = { 0 }, kernel = { 0 };
	const char *root = fixture_root();
	int ret;

	put_firmware(root, firmware_text);
	fixture_text(root, "proc/iomem", iomem);
	fixture_text(root, "proc/zoneinfo", zoneinfo);
	if (flags)
		fixture_write(root, "proc/kpageflags", flags, frames * sizeof(*flags));
	CHECK_OK(memmap_firmware(root, &firmware));
	ret = memory_running(root, &firmware, &ram, &kernel);
	*text = ret ? NULL : ranges_text(&ram, false);
	ranges_free(&firmware);
	ranges_free(&ram);
	ranges_free(&kernel);
	return ret;
}

static void check_running(const char *firmware, const char *iomem, const char *zoneinfo, const uint64_t *flags, size_t frames,
			  const char *want, const char *why, int line)
{
	char *text = NULL;
	int ret;

	check_forget_failure();
	ret = running(firmware, iomem, zoneinfo, flags, frames, &text);
	if (why) {
		if (!check_result(ret && strstr(fail_text(), why), __FILE__, line, "memory_running"))
			printf(": expected \"%s\", got \"%s\"\n", why, fail_text());
	} else if (check_success(ret, __FILE__, line, "memory_running")) {
		check_text(text, want, __FILE__, line, "ram");
	}
	free(text);
}

#define CHECK_RUNNING(firmware, iomem, zoneinfo, flags, frames, want) \
	check_running(firmware, iomem, zoneinfo, flags, frames, want, NULL, __LINE__)
#define CHECK_REFUSED(firmware, iomem, zoneinfo, flags, frames, why) \
	check_running(firmware, iomem, zoneinfo, flags, frames, NULL, why, __LINE__)

/* All of these were read in QEMU, with Linux 6.12.117. No page is looked at where the amounts are the same. */
static void real_machines(void)
{
	/* x86_64, 5 GiB, with the hole below 4 GiB */
	if (ARCH_RAM_END > 1ULL << 32)
		CHECK_RUNNING("0-9fc00:1,9fc00-a0000:2,f0000-100000:2,100000-bffe0000:1,bffe0000-c0000000:2,100000000-180000000:1",
			      "00000000-00000fff : Reserved\n00001000-0009fbff : System RAM\n00100000-bffdffff : System RAM\n"
			      "  15c00000-163fffff : Kernel code\n100000000-17fffffff : System RAM\n",
			      ZONE("  DMA32", "1", "1048575", "786302") ZONE(" Normal", "1048576", "524288", "524288") NO_ZONE(" Movable", "0"),
			      NULL, 0, "1000-9f000,100000-bffe0000,100000000-180000000");
	/* x86_64, UEFI, with two cards' ROMs in the middle of RAM */
	CHECK_RUNNING("0-a0000:1,100000-800000:1,800000-808000:2,808000-80b000:1,80b000-80c000:2,80c000-810000:1,810000-900000:2,"
		      "900000-3eeb7000:1,3eeb7000-3ef78000:2,3ef78000-3f8ed000:1,3f8ed000-3fbff000:2,3fbff000-3ff58000:1,3ff58000-40000000:2",
		      "00001000-0009ffff : System RAM\n00100000-007fffff : System RAM\n00808000-0080afff : System RAM\n"
		      "0080c000-0080ffff : System RAM\n00900000-3ddb4017 : System RAM\n3ddb4018-3ddf1057 : System RAM\n"
		      "3ddf1058-3e27d017 : System RAM\n3e27d018-3e286c57 : System RAM\n3e286c58-3eeb6fff : System RAM\n"
		      "3ef78000-3f8ecfff : System RAM\n3fbff000-3ff57fff : System RAM\n",
		      ZONE("  DMA32", "1", "261975", "260651") NO_ZONE(" Normal", "0"), NULL, 0,
		      "1000-a0000,100000-800000,808000-80b000,80c000-810000,900000-3eeb7000,3ef78000-3f8ed000,3fbff000-3ff58000");
	/* the same architecture, started by kexec -l */
	CHECK_RUNNING("400-9fc00:1,9fc00-a0000:2,f0000-100000:2,100000-1ffe0000:1,1ffe0000-20000000:2",
		      "00001000-0009fbff : System RAM\n00100000-0010000f : System RAM\n00100010-1ffdffff : System RAM\n",
		      ZONE("  DMA32", "1", "131039", "130942"), NULL, 0, "1000-9f000,100000-1ffe0000");
	/* x86_64, mem=300M memmap=3M$0x5000123 */
	CHECK_RUNNING("0-9fc00:1,9fc00-a0000:2,100000-3ffe0000:1,3ffe0000-40000000:2",
		      "00001000-0009fbff : System RAM\n00100000-05000122 : System RAM\n05300123-12bfffff : System RAM\n",
		      ZONE("  DMA32", "1", "76799", "75933"), NULL, 0, "1000-9f000,100000-5000000,5301000-12c00000");
}

/* i386: 1.5 GiB, of which the kernel was told to leave highmem alone: it shows that RAM, and has no page of it. */
static void no_highmem(void)
{
	CHECK_RUNNING("0-9fc00:1,9fc00-a0000:2,100000-5ffe0000:1,5ffe0000-60000000:2",
		      "00001000-0009fbff : System RAM\n00100000-5ffdffff : System RAM\n",
		      ZONE(" Normal", "1", "224253", "224156") NO_ZONE(" HighMem", "0"), NULL, 0, "1000-9f000,100000-5ffe0000");
}

/* Frames 0 to 0x400 in small machines: RAM in 0x1 to 0x9f and 0x100 to 0x300, a hole between. */
#define SMALL_FIRMWARE "0-9f000:1,100000-300000:1,300000-400000:2"
#define SMALL_IOMEM "00001000-0009efff : System RAM\n00100000-002fffff : System RAM\n"

static void something_is_missing(void)
{
	uint64_t *flags = new_flags(0x400);

	set(flags, 0, 1, RESERVED);
	set(flags, 0x9f, 0x100, RESERVED);
	CHECK_RUNNING(SMALL_FIRMWARE, SMALL_IOMEM, ZONE("     DMA", "1", "767", "670"), NULL, 0, "1000-9f000,100000-300000");
	/* A page more than is known, in the hole that the zone spans. */
	set(flags, 0xa0, 0xa1, 0);
	CHECK_REFUSED(SMALL_FIRMWARE, SMALL_IOMEM, ZONE("     DMA", "1", "767", "671"), flags, 0x400,
		      "the kernel has 2684 KiB of memory (/proc/zoneinfo), of which only 2680 are in a range that is known to be RAM (/proc/iomem), "
		      "a page of it at 0xa0000: the rest would be lost");
	/* One that the kernel took for itself at boot is reserved, as a hole is. */
	set(flags, 0xa0, 0xa1, RESERVED);
	CHECK_REFUSED(SMALL_FIRMWARE, SMALL_IOMEM, ZONE("     DMA", "1", "767", "671"), flags, 0x400, "only 2680 are in a range");
	/* RAM that was added behind a name of its own, in a zone of its own; a device's memory is not the kernel's. */
	CHECK_REFUSED(SMALL_FIRMWARE, SMALL_IOMEM "00300000-003fffff : CXL Window 0\n  00300000-003fffff : dax0.0\n",
		      ZONE("     DMA", "1", "767", "670") ZONE(" Movable", "768", "256", "256") NO_ZONE("  Device", "512"), flags, 0x400,
		      "has 3704 KiB of memory (/proc/zoneinfo), of which only 2680 are in a range that is known to be RAM (/proc/iomem), "
		      "a page of it at 0x300000");
	CHECK_RUNNING(SMALL_FIRMWARE, SMALL_IOMEM, ZONE("     DMA", "1", "767", "670") NO_ZONE("  Device", "512"),
		      NULL, 0, "1000-9f000,100000-300000");
	/* Without the pages' flags nothing can be settled. */
	CHECK_REFUSED(SMALL_FIRMWARE, SMALL_IOMEM, ZONE("     DMA", "1", "767", "671"), NULL, 0, "kpageflags");
	CHECK_REFUSED(SMALL_FIRMWARE, SMALL_IOMEM, ZONE("     DMA", "1", "767", "671"), flags, 0x80, "kpageflags");
	free(flags);
}

/* Some of what is known went offline, and as much is not known: the amounts are the same or less, and pages tell. */
static void offline(void)
{
	uint64_t *flags = new_flags(0x500);
	const char *zones = ZONE("     DMA", "1", "1023", "430") ZONE(" Movable", "1024", "256", "0");

	set(flags, 0, 1, RESERVED);
	set(flags, 0x9f, 0x100, RESERVED);
	set(flags, 0x200, 0x500, NOPAGE);
	CHECK_RUNNING(SMALL_FIRMWARE, SMALL_IOMEM, ZONE("     DMA", "1", "767", "414"), flags, 0x500, "1000-9f000,100000-300000");
	set(flags, 0x310, 0x320, 0);
	CHECK_REFUSED(SMALL_FIRMWARE, SMALL_IOMEM, zones, flags, 0x500, "a page of it at 0x310000");
	free(flags);
}

/*
 * Firmware calls it RAM and the kernel has its pages, but shows it as something else: an ACPI table from an initramfs, the
 * boot logo. What was cut off by the command line in the middle of it is saved along with it, but for that without pages.
 */
static void shown_as_something_else(void)
{
	uint64_t *flags = new_flags(0x400);
	const char *iomem = "00001000-0009efff : System RAM\n00100000-001fffff : System RAM\n00200000-0020ffff : ACPI Tables\n"
			    "00210000-0023ffff : System RAM\n00240000-0024ffff : Reserved\n00280000-002fffff : System RAM\n";

	set(flags, 0, 1, RESERVED);
	set(flags, 0x9f, 0x100, RESERVED);
	set(flags, 0x200, 0x210, RESERVED);
	set(flags, 0x240, 0x250, RESERVED);
	set(flags, 0x250, 0x280, NOPAGE);
	CHECK_RUNNING(SMALL_FIRMWARE, iomem, ZONE("     DMA", "1", "767", "622"), flags, 0x400, "1000-9f000,100000-250000,280000-300000");
	CHECK_RUNNING(SMALL_FIRMWARE, iomem, ZONE("     DMA", "1", "767", "606"), flags, 0x400, "1000-9f000,100000-250000,280000-300000");
	CHECK_RUNNING(SMALL_FIRMWARE, iomem, ZONE("     DMA", "1", "767", "590"), NULL, 0,
		      "1000-9f000,100000-200000,210000-240000,280000-300000");
	CHECK_REFUSED(SMALL_FIRMWARE, iomem, ZONE("     DMA", "1", "767", "623"), flags, 0x400, "has 2492 KiB of memory");
	free(flags);
}

/* An image is restored only to what firmware calls RAM, so nothing else may be in it. */
static void not_by_firmware(void)
{
	CHECK_REFUSED(SMALL_FIRMWARE, SMALL_IOMEM "00300000-0037ffff : System RAM\n", ZONE("     DMA", "1", "895", "798"), NULL, 0,
		      "300000-380000 is RAM to the kernel, and not by firmware's map");
	CHECK_REFUSED("0-9f000:1,100000-2ffc00:1", SMALL_IOMEM, ZONE("     DMA", "1", "767", "670"), NULL, 0, "2ff000-300000 is RAM to the kernel");
}

static void several_nodes(void)
{
	/* The zones of two nodes lie among each other, and one has no memory. */
	CHECK_RUNNING(SMALL_FIRMWARE, SMALL_IOMEM,
		      ZONE("     DMA", "1", "767", "414") "Node 1, zone      DMA\n        spanned  0\n        present  0\n"
		      "Node 2, zone      DMA\n        spanned  256\n        present  256\n  start_pfn:           384\n",
		      NULL, 0, "1000-9f000,100000-300000");
}

static void malformed_zones(void)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "", "shows no memory" },
		{ "Node 0, zone      DMA\n spanned x\n present y\n start_pfn: z\n", "shows no memory" },
		{ ZONE("     DMA", "1", "10", "11"), "a zone of 10 pages from 1 on, 11 present" },
		{ ZONE("     DMA", "18446744073709551615", "10", "10"), "a zone of 10 pages" },
		{ ZONE("     DMA", "1", "18446744073709551615", "10"), "a zone of 18446744073709551615 pages" },
		{ ZONE("       A", "1", "4503599627370490", "4503599627370490") ZONE("       B", "1", "100", "100"), "a zone of 100 pages" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_REFUSED(SMALL_FIRMWARE, SMALL_IOMEM, bad[i].text, NULL, 0, bad[i].why);
}

RUN_TESTS(real_machines, no_highmem, something_is_missing, offline, shown_as_something_else, not_by_firmware, several_nodes, malformed_zones)
