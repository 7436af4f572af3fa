/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPUs that were added since the boot, in a made-up /proc and /sys. */
#include "kernel/boot_cpus.h"

#include "check.h"
#include "fixture.h"
#include "madt.h"

/* A CPU in /proc/cpuinfo, captured from Linux 6.12.117 in QEMU, with fewer lines and fewer flags. */
#define RUNNING(NUMBER, ID) "processor\t: " #NUMBER "\nvendor_id\t: AuthenticAMD\ncpu family\t: 15\nmodel\t\t: 107\n" \
	"model name\t: QEMU TCG CPU version 2.5+\nphysical id\t: 0\nsiblings\t: 2\ncore id\t\t: " #NUMBER "\ncpu cores\t: 2\n" \
	"apicid\t\t: " #ID "\ninitial apicid\t: " #ID "\nfpu\t\t: yes\nflags\t\t: fpu de pse tsc msr pae\n" \
	"address sizes\t: 40 bits physical, 48 bits virtual\npower management:\n\n"

static const struct madt_cpu four[] = { { 0, true, false }, { 2, true, false }, { 4, false, false }, { 300, false, true } };

static void of_the_boot(void)
{
	const char *root = fixture_root();

	CHECK_OK(boot_cpus_check(root));
	fixture_text(root, "proc/cpuinfo", RUNNING(0, 0) RUNNING(1, 2));
	/* Without ACPI nothing can be said, nor by a table that has no CPUs. */
	CHECK_OK(boot_cpus_check(root));
	madt_write(root, four, 0);
	CHECK_OK(boot_cpus_check(root));
	madt_write(root, four, 4);
	CHECK_OK(boot_cpus_check(root));
	fixture_text(root, "proc/cpuinfo", RUNNING(1, 2));
	CHECK_OK(boot_cpus_check(root));
	/* Firmware that gives them other numbers than they have. */
	fixture_text(root, "proc/cpuinfo", RUNNING(0, 32) RUNNING(1, 33));
	CHECK_OK(boot_cpus_check(root));
	/* A kernel that does not tell them, as one for one CPU. */
	fixture_text(root, "proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu de pse tsc msr pae\n");
	CHECK_OK(boot_cpus_check(root));
}

static void added_later(void)
{
	const char *root = fixture_root();

	madt_write(root, four, 4);
	fixture_text(root, "proc/cpuinfo", RUNNING(0, 0) RUNNING(1, 2) RUNNING(2, 4));
	CHECK_FAILS(boot_cpus_check(root), "CPUs: CPU 2 (APIC ID 4) was added since the boot");
	CHECK(strstr(fail_text(), "echo 0 >/sys/devices/system/cpu/cpu2/online"));
	/* As many as there were. */
	fixture_text(root, "proc/cpuinfo", RUNNING(0, 0) RUNNING(3, 300));
	CHECK_FAILS(boot_cpus_check(root), "CPU 3 (APIC ID 300)");
	/* One that the table does not have at all. */
	fixture_text(root, "proc/cpuinfo", RUNNING(0, 0) RUNNING(1, 2) RUNNING(5, 64));
	CHECK_FAILS(boot_cpus_check(root), "CPU 5 (APIC ID 64)");
}

static void ids(void)
{
	const char *root = fixture_root();
	char text[BOOT_CPUS_TEXT];

	CHECK_OK(boot_cpus_running(root, text));
	CHECK_STR(text, "");
	fixture_text(root, "proc/cpuinfo", RUNNING(0, 0) RUNNING(1, 2) RUNNING(7, 300) "apicid\t\t: x\napicid\t\t: 9");
	CHECK_OK(boot_cpus_running(root, text));
	CHECK_STR(text, "0,2,300");

	CHECK_OK(boot_cpus_have(root, "0,2,300"));
	madt_write(root, four, 4);
	CHECK_OK(boot_cpus_have(root, "0,2"));
	CHECK_OK(boot_cpus_have(root, "0,2,77"));
	CHECK_FAILS(boot_cpus_have(root, "0,2,300"), "machine: the CPU with the APIC ID 300 was in use, and is not there");
	CHECK_FAILS(boot_cpus_have(root, "4"), "APIC ID 4");
	CHECK_FAILS(boot_cpus_have(root, "0,x"), "no APIC IDs: x");
	CHECK_FAILS(boot_cpus_have(root, ",0"), "no APIC IDs: ,0");
	CHECK_FAILS(boot_cpus_have(root, "0 2"), "no APIC IDs");
	CHECK_FAILS(boot_cpus_have(root, "4294967296"), "no APIC IDs");
}

/* The tables of this test are such as the one that its first was made of. */
static void made_as_captured(void)
{
	static const struct madt_cpu cpus[] = { { 0, true, false }, { 1, true, false }, { 2, false, false }, { 3, false, false } };
	struct blob table = madt_build(cpus, 4);

	CHECK_EQ(table.size, 0x90);
	CHECK_EQ(table.data[9], 0x4d);
	free(table.data);
}

static void which_are_enabled_does_not_count(void)
{
	static const struct madt_cpu other[] = { { 0, true, false }, { 2, false, false }, { 4, true, false }, { 300, true, true } };
	struct blob a = madt_build(four, 4), b = madt_build(other, 4), c = madt_build(four, 3);

	CHECK(memcmp(a.data, b.data, a.size));
	boot_cpus_blank(&a);
	boot_cpus_blank(&b);
	boot_cpus_blank(&c);
	CHECK(a.size == b.size && !memcmp(a.data, b.data, a.size));
	CHECK(a.size != c.size);
	free(a.data);
	free(b.data);
	free(c.data);
}

/* An entry that is too short, one that reaches beyond the table's end, and a table that is none. */
static void malformed_tables(void)
{
	static const unsigned char entries[][6] = { { 0, 0 }, { 0, 1 }, { 0, 7 }, { 9, 15 }, { 0, 8, 0, 0, 1 }, { 0 } };
	const char *root = fixture_root();

	fixture_text(root, "proc/cpuinfo", RUNNING(0, 0) RUNNING(1, 2));
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		unsigned char table[44 + 6] = "APIC";

		memcpy(table + 44, entries[i], 6);
		fixture_write(root, "sys/firmware/acpi/tables/APIC", table, sizeof(table));
		CHECK_OK(boot_cpus_check(root));
	}
	for (size_t size = 0; size <= 44; size += 4) {
		unsigned char bytes[44] = "APIC";
		struct blob table = fixture_blob(bytes, size);

		fixture_write(root, "sys/firmware/acpi/tables/APIC", bytes, size);
		CHECK_OK(boot_cpus_check(root));
		boot_cpus_blank(&table);
		free(table.data);
	}
}

RUN_TESTS(of_the_boot, added_later, ids, made_as_captured, which_are_enabled_does_not_count, malformed_tables)
