/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes the machine check. The input: /proc/cpuinfo, the list of CPUs, the most that the kernel knows, hibernate.meta. ACPI's
 * tables and the memory map are always the same.
 */
#include "checks/machine.h"

#include "fuzz.h"

static const struct cpu cpu = { .word = { 1, 2, 4 }, .enabled = 7, .supported = 7, .state_end = { [2] = 832 } };

static const char *fixed_root(void)
{
	static const char *root;

	if (root)
		return root;
	root = fixture_root();
	fixture_text(root, "sys/firmware/memmap/0/start", "0x0\n");
	fixture_text(root, "sys/firmware/memmap/0/end", "0x9fbff\n");
	fixture_text(root, "sys/firmware/memmap/0/type", "System RAM\n");
	fixture_text(root, "sys/firmware/acpi/tables/FACP", "fixed");
	fixture_text(root, "sys/firmware/acpi/tables/DSDT", "code");
	return root;
}

/* A machine is the same as its own description, without a note. */
static void same_machine(const char *root)
{
	struct blob meta = { 0 };
	FILE *out = open_memstream((char **)&meta.data, &meta.size);
	char notes[4096] = "";

	PROMISE(out && !machine_print(root, &cpu, out) && !fclose(out));
	out = fmemopen(notes, sizeof(notes), "w");
	PROMISE(out && !machine_compare(root, &cpu, &meta, out) && !fclose(out) && !*notes);
	free(meta.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *root = fixed_root();
	struct input rest = { data, size }, part;
	struct blob meta;
	FILE *notes;

	part = input_part(&rest);
	fixture_write(root, "proc/cpuinfo", part.data, part.size);
	part = input_part(&rest);
	fixture_write(root, "sys/devices/system/cpu/present", part.data, part.size);
	part = input_part(&rest);
	fixture_write(root, "sys/devices/system/cpu/kernel_max", part.data, part.size);
	meta = fixture_blob(rest.data, rest.size);
	notes = fopen("/dev/null", "w");
	PROMISE(notes);
	if (!machine_compare(root, &cpu, &meta, notes))
		PROMISE(memmem(meta.data, meta.size, "memmap=", 7));
	fclose(notes);
	free(meta.data);
	same_machine(root);
	return 0;
}
