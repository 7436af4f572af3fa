/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes which CPUs there are. The input: /proc/cpuinfo, a list of APIC IDs, ACPI's MADT. */
#include "kernel/boot_cpus.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *root;
	struct input rest = { data, size }, cpuinfo = input_part(&rest), list = input_part(&rest);
	struct blob ids = fixture_blob(list.data, list.size), table = fixture_blob(rest.data, rest.size);
	char running[BOOT_CPUS_TEXT];

	if (!root)
		root = fixture_root();
	fixture_write(root, "proc/cpuinfo", cpuinfo.data, cpuinfo.size);
	fixture_write(root, "sys/firmware/acpi/tables/APIC", rest.data, rest.size);
	/* Whoever may hibernate now finds all its CPUs after a boot that is the same. */
	if (!boot_cpus_check(root) && !boot_cpus_running(root, running))
		PROMISE(!boot_cpus_have(root, running) || !*running);
	(void)boot_cpus_have(root, (const char *)ids.data);
	boot_cpus_blank(&table);
	PROMISE(table.size == rest.size);
	free(ids.data);
	free(table.data);
	return 0;
}
