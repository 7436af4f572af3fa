/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine check with made-up /proc and /sys, of the form of Linux 6.12. Of ACPI's tables but the one of CPUs only the bytes count. */
#include "checks/machine.h"

#include "check.h"
#include "fixture.h"
#include "folder.h"
#include "madt.h"

/*
 * A CPU in /proc/cpuinfo, as arch/x86/kernel/cpu/proc.c (Linux 6.12) writes it, shortened; `revision` is the line of its microcode, which
 * is not there where there is none.
 */
#define CPU(NUMBER, STEPPING, REVISION) "processor\t: " #NUMBER "\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n" \
	"model name\t: Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz\nstepping\t: " #STEPPING "\n" REVISION "cpu MHz\t\t: 2100.000\n" \
	"cache size\t: 28160 KB\nphysical id\t: 0\nsiblings\t: 2\ncore id\t\t: " #NUMBER "\ncpu cores\t: 2\napicid\t\t: " #NUMBER "\n" \
	"initial apicid\t: " #NUMBER "\nfpu\t\t: yes\nflags\t\t: fpu vme de pse tsc msr\npower management:\n\n"
#define REVISION(NUMBER) "microcode\t: " #NUMBER "\n"

static const struct cpu cpu = { .word = { 1, 2, 4 }, .enabled = 7, .supported = 7, .state_end = { [2] = 832 } };

static void table(const char *root, const char *name, const char *content)
{
	char path[128];

	snprintf(path, sizeof(path), "sys/firmware/acpi/tables/%s", name);
	fixture_text(root, path, content);
}

static const char *make(void)
{
	const char *root = fixture_root();

	fixture_text(root, "sys/firmware/memmap/0/start", "0x0\n");
	fixture_text(root, "sys/firmware/memmap/0/end", "0x9fbff\n");
	fixture_text(root, "sys/firmware/memmap/0/type", "System RAM\n");
	fixture_text(root, "sys/devices/system/cpu/present", "0,2-5\n");
	fixture_text(root, "sys/devices/system/cpu/online", "0,2-4\n");
	fixture_text(root, "sys/devices/system/cpu/kernel_max", "63\n");
	fixture_text(root, "proc/cpuinfo", CPU(0, 7, REVISION(0x5)) CPU(1, 8, REVISION(0x9)));
	table(root, "FACP", "fixed");
	table(root, "DSDT", "code");
	table(root, "SSDT1", "more code");
	table(root, "FPDT", "changes");
	table(root, "dynamic/SSDT9", "loaded later");
	return root;
}

/* The lines that describe the machine; the caller frees them. */
static struct blob described_as(const char *root, const struct cpu *as)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct blob blob;

	CHECK_OK(machine_print(root, as, out));
	fclose(out);
	blob = fixture_blob(text, size);
	free(text);
	return blob;
}

static struct blob described(const char *root)
{
	return described_as(root, &cpu);
}

static int compare(const char *root, const struct blob *meta, const struct cpu *now, char notes[256])
{
	FILE *out = fmemopen(notes, 256, "w");
	int ret;

	memset(notes, 0, 256);
	ret = machine_compare(root, now, meta, out);
	fclose(out);
	return ret;
}

static void lines(void)
{
	const char *root = make();
	struct blob meta = described(root);
	const char *text = (char *)meta.data;

	CHECK(strstr(text, "memmap=0-9fc00:1\ncpu=GenuineIntel family 6 model 85 stepping 7 microcode 0x5\ncpu_features=00000001,"));
	CHECK(strstr(text, "\ncpu_xsave=0x7:832\ncpus=4\ncpu_ids=0,1\nacpi=DSDT:"));
	CHECK(strstr(text, ",FACP:") && strstr(text, ",SSDT1:"));
	CHECK(!strstr(text, "FPDT") && !strstr(text, "SSDT9"));
	free(meta.data);
}

static void differences(void)
{
	const char *root = make();
	struct blob meta = described(root);
	struct cpu other = cpu;
	char notes[256];

	CHECK_OK(compare(root, &meta, &cpu, notes));
	CHECK_STR(notes, "");
	table(root, "FPDT", "changed");
	CHECK_OK(compare(root, &meta, &cpu, notes));

	fixture_text(root, "proc/cpuinfo", CPU(0, 7, REVISION(0x6)));
	CHECK_OK(compare(root, &meta, &cpu, notes));
	CHECK(strstr(notes, "microcode 0x5, now GenuineIntel") && strstr(notes, "microcode 0x6\n"));

	other.word[2] = 0;
	CHECK_FAILS(compare(root, &meta, &other, notes), "lacks features that it had: sgx");
	other = cpu;
	other.supported = 3;
	CHECK_FAILS(compare(root, &meta, &other, notes), "XSAVE area differs");

	fixture_text(root, "sys/devices/system/cpu/present", "0-4\n");
	CHECK_OK(compare(root, &meta, &cpu, notes));
	fixture_text(root, "sys/devices/system/cpu/present", "0-1\n");
	CHECK_FAILS(compare(root, &meta, &cpu, notes), "the saved system had 4 CPUs, this machine has 2");
	/* A kernel that is made for two CPUs cannot see more, so the number may differ. */
	fixture_text(root, "sys/devices/system/cpu/kernel_max", "1\n");
	CHECK_OK(compare(root, &meta, &cpu, notes));

	table(root, "DSDT", "CODE");
	CHECK_FAILS(compare(root, &meta, &cpu, notes), "ACPI's table DSDT is another one: ");
	CHECK(strstr(notes, "ACPI's table when the image was saved: DSDT:") && strstr(notes, ", now: DSDT:"));
	table(root, "DSDT", "code");
	table(root, "SSDT2", "new");
	CHECK_FAILS(compare(root, &meta, &cpu, notes), "ACPI's table SSDT2 was not there when");
	table(root, "APIC", "new");
	CHECK_FAILS(compare(root, &meta, &cpu, notes), "ACPI's table APIC was not there when");

	fixture_text(root, "sys/firmware/memmap/0/end", "0x8fbff\n");
	CHECK_EQ(compare(root, &meta, &cpu, notes), MACHINE_OTHER_MAP);
	CHECK(strstr(fail_text(), "firmware has laid out RAM in another way: 64 KiB at 0x8f000 were RAM, and are not now"));
	CHECK_STR(notes, "firmware's memory map when the image was saved: 0-9fc00:1\nfirmware's memory map now: 0-8fc00:1\n");
	free(meta.data);
}

/* A kernel that loads microcode has its features again, if its revision is newer than what the CPU has now. */
static void microcode(void)
{
	static const struct {
		const char *text; /* of /proc/cpuinfo in C */
		bool fits;
	} now[] = {
		{ CPU(0, 7, REVISION(0x4)), true },
		{ CPU(0, 7, REVISION(0x5)), false },
		{ CPU(0, 7, REVISION(0x6)), false },
		{ CPU(0, 7, ""), false },
		/* Revisions of different CPUs say nothing of each other. */
		{ CPU(0, 8, REVISION(0x4)), false },
	};
	const char *root = make();
	struct cpu saved = cpu, other = cpu;
	struct blob meta, in_guest;
	char notes[256];

	saved.word[4] = 1u << 10;
	in_guest = described_as(root, &saved);
	CHECK(!strstr((char *)in_guest.data, "microcode="));
	fixture_text(root, "sys/devices/system/cpu/microcode/reload", "");
	meta = described_as(root, &saved);
	CHECK(strstr((char *)meta.data, "\nmicrocode=loaded\n"));
	for (size_t i = 0; i < sizeof(now) / sizeof(*now); i++) {
		fixture_text(root, "proc/cpuinfo", now[i].text);
		if (now[i].fits) {
			CHECK_OK(compare(root, &meta, &other, notes));
			CHECK(strstr(notes, "note: the saved system loads microcode again that brings: md_clear\n"));
			/* One that does not load any has it from firmware, or from who emulates the CPU. */
			CHECK_FAILS(compare(root, &in_guest, &other, notes), "lacks features that it had: md_clear");
			other.word[1] = 0;
			CHECK_FAILS(compare(root, &meta, &other, notes), "lacks features that it had: vme");
			other.word[1] = cpu.word[1];
		} else {
			CHECK_FAILS(compare(root, &meta, &other, notes), "lacks features that it had: md_clear");
			CHECK_STR(notes, "");
		}
	}
	free(meta.data);
	free(in_guest.data);
}

static void table_gone(void)
{
	const char *root = make();
	struct blob meta;
	char notes[256];

	table(root, "APIC", "a");
	meta = described(root);
	CHECK_OK(compare(root, &meta, &cpu, notes));
	/* The folder of the memory map, which is read first, has three entries; reading that of the tables fails. */
	folder_fails_after(4);
	CHECK_FAILS(compare(root, &meta, &cpu, notes), "/acpi/tables (Input/output error)");
	folder_fails_after(-1);
	root = make();
	CHECK_FAILS(compare(root, &meta, &cpu, notes), "ACPI's table APIC is not there any more");
	free(meta.data);
}

/* The file is there with which the kernel says how many CPUs it can have, but it is empty. */
static void no_maximum(void)
{
	const char *root = make();
	struct blob meta = described(root);
	char notes[256];

	fixture_text(root, "sys/devices/system/cpu/kernel_max", "");
	CHECK_OK(compare(root, &meta, &cpu, notes));
	free(meta.data);
}

/* Only what is in the metadata is compared; a value there that makes no sense is refused. */
static void texts(void)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "cpu=x\n", "does not say what RAM" },
		{ "memmap=0-9fc00:1\ncpu_features=1\n", "12 words" },
		{ "memmap=0-9fc00:1\ncpu_xsave=x\n", "no mask and size" },
		{ "memmap=0-9fc00:1\ncpus=many\n", "no number" },
		{ "memmap=0-9fc00:1\nacpi=,\n", "ACPI's table" },
		{ "memmap=0-9fc00:1\nacpi=DSDT\n", "DSDT is another one" },
		{ "memmap=0-9fc00:1\nacpi=:\n", "ACPI's table" },
	};
	const char *root = make();
	struct blob meta = fixture_blob("memmap=0-9fc00:1\n", 17);
	char notes[256];

	CHECK_OK(compare(root, &meta, &cpu, notes));
	free(meta.data);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		meta = fixture_blob(bad[i].text, strlen(bad[i].text));
		CHECK_FAILS(compare(root, &meta, &cpu, notes), bad[i].why);
		free(meta.data);
	}
}

/* ACPI's table of two CPUs, the second of which is enabled or not. */
static void apic(const char *root, bool enabled)
{
	madt_write(root, (const struct madt_cpu[]){ { 0, true, false }, { 1, enabled, false } }, 2);
}

/* RAM that was taken out is told as people count it. The maps are those of a QEMU (7.2, pc) with 2048 and with 1536 MiB. */
static void less_ram(void)
{
	const char *root = make();
	struct blob meta = fixture_blob("memmap=0-9fc00:1,100000-7ffe0000:1\n", 35);
	char notes[256];

	fixture_text(root, "sys/firmware/memmap/1/start", "0x100000\n");
	fixture_text(root, "sys/firmware/memmap/1/end", "0x5ffdffff\n");
	fixture_text(root, "sys/firmware/memmap/1/type", "System RAM\n");
	CHECK_FAILS(compare(root, &meta, &cpu, notes), "machine: RAM was 2048 MiB, is 1536 MiB");
	CHECK(!strchr(fail_text(), '-'));
	CHECK(strstr(notes, "was saved: 0-9fc00:1,100000-7ffe0000:1\n") && strstr(notes, "now: 0-9fc00:1,100000-5ffe0000:1\n"));
	free(meta.data);
}

/* A CPU that A does not use may come and go in between; one that it uses has to be there. */
static void plugged_cpus(void)
{
	static const char one[] = CPU(0, 7, REVISION(0x5)), two[] = CPU(0, 7, REVISION(0x5)) CPU(1, 7, REVISION(0x5));
	const char *root = make();
	struct blob meta;
	char notes[256];

	fixture_text(root, "proc/cpuinfo", one);
	apic(root, false);
	meta = described(root);
	CHECK(strstr((char *)meta.data, "\ncpu_ids=0\nacpi=APIC:"));
	CHECK_OK(compare(root, &meta, &cpu, notes));
	apic(root, true);
	CHECK_OK(compare(root, &meta, &cpu, notes));
	free(meta.data);
	fixture_text(root, "proc/cpuinfo", two);
	meta = described(root);
	CHECK_OK(compare(root, &meta, &cpu, notes));
	apic(root, false);
	CHECK_FAILS(compare(root, &meta, &cpu, notes), "the CPU with the APIC ID 1 was in use, and is not there");
	free(meta.data);
}

RUN_TESTS(less_ram, lines, differences, microcode, table_gone, no_maximum, texts, plugged_cpus)
