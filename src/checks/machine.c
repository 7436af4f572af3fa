/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/keyvalue.h"
#include "checks/memory_map.h"
#include "kernel/boot_cpus.h"
#include "base/report.h"
#include "base/search.h"
#include "base/number.h"

#define PATH_SIZE 512
#define CPU_NAME_SIZE 400
#define TABLES_MAX 128
#define TABLE_TEXT 24 /* NAME:SUM, a comma */
#define TABLE_BYTES (16u << 20)

/* The text of a file below `root`, NULL if there is none; the caller frees it. */
static char *text_of(const char *root, const char *name, size_t max)
{
	char path[PATH_SIZE];
	struct blob text;

	if (snprintf(path, sizeof(path), "%s%s", root, name) >= (int)sizeof(path) || access(path, R_OK) || read_file(path, max, &text))
		return NULL;
	return (char *)text.data;
}

/* --- memory map */

/* Writes the lines that tell firmware's memory map. 0, or -1 and fail(). */
static int print_memory_map(const char *root, FILE *out)
{
	struct memory_map map;
	char *e820 = NULL, *efi = NULL, *acpi = NULL;
	int ret = memory_map_read(root, &map);

	if (!ret && (!(e820 = ranges_text(&map.e820, true)) || !(efi = ranges_text(&map.efi, true)) || !(acpi = ranges_text(&map.acpi, false))))
		ret = -1;
	if (!ret)
		fprintf(out, "memmap=%s\n", e820);
	if (!ret && *efi)
		fprintf(out, "efi_runtime=%s\n", efi);
	if (!ret && *acpi)
		fprintf(out, "acpi_places=%s\n", acpi);
	free(e820);
	free(efi);
	free(acpi);
	memory_map_free(&map);
	return ret;
}

/* --- what the CPU is called */

/* The value of the first line "KEY<tab>: VALUE" of /proc/cpuinfo, "?" if there is none. */
static const char *info(const char *text, const char *key, char value[64])
{
	size_t length = strlen(key);

	snprintf(value, 64, "?");
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) || line[length] != '\t')
			continue;
		line += strcspn(line, ":\n");
		if (*line == ':')
			snprintf(value, 64, "%.*s", (int)strcspn(line + 1, "\n"), line + 1);
		break;
	}
	return value + strspn(value, " ");
}

/* What stands in the name before the revision of the microcode. */
#define MICROCODE " microcode "

/* Vendor, family, model, stepping and microcode of the first CPU. */
static void cpu_name(const char *root, char name[CPU_NAME_SIZE])
{
	char *text = text_of(root, "/proc/cpuinfo", 16 << 20), vendor[64], family[64], model[64], stepping[64], microcode[64];

	snprintf(name, CPU_NAME_SIZE, "%s family %s model %s stepping %s" MICROCODE "%s", info(text ? text : "", "vendor_id", vendor),
		 info(text ? text : "", "cpu family", family), info(text ? text : "", "model", model),
		 info(text ? text : "", "stepping", stepping), info(text ? text : "", "microcode", microcode));
	free(text);
}

/*
 * Does the running kernel load microcode, and so again when it is resumed (__restore_processor_state() in arch/x86/power/cpu.c, and
 * arch/x86/kernel/cpu/microcode/core.c for the other CPUs, Linux 6.12)? Only then there is this folder: not in a virtual machine, nor
 * with dis_ucode_ldr.
 */
static bool loads_microcode(const char *root)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/sys/devices/system/cpu/microcode", root);
	return !access(path, F_OK);
}

/*
 * Does the saved kernel, which loads microcode, have a newer revision than this system on the same CPU? The names are those of
 * cpu_name(), whose last word is the revision.
 */
static bool microcode_comes(const char *saved_name, const char *name)
{
	const char *saved = strstr(saved_name, MICROCODE), *now = strstr(name, MICROCODE);
	uint64_t saved_revision, revision;

	return saved && now && saved - saved_name == now - name && !strncmp(saved_name, name, (size_t)(now - name)) &&
	       !number_parse(saved + strlen(MICROCODE), 0, &saved_revision) && !number_parse(now + strlen(MICROCODE), 0, &revision) &&
	       saved_revision > revision;
}

/* --- number of CPUs */

/* How many CPUs a list as "0,2-5" has (Documentation/admin-guide/cputopology.rst); 0 if it is none. */
static unsigned long count_cpus(const char *list)
{
	unsigned long count = 0;
	char *end;

	while (list && *list && *list != '\n') {
		unsigned long first = strtoul(list, &end, 10), last = first;

		if (end == list)
			return 0;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last < first || (*end && *end != ',' && *end != '\n'))
			return 0;
		count += last - first + 1;
		list = *end == ',' ? end + 1 : end;
	}
	return count;
}

/* `which`: "present", or "online", those that run. */
static unsigned long cpus(const char *root, const char *which)
{
	char path[PATH_SIZE], *text;
	unsigned long count;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/%s", which);
	text = text_of(root, path, 4096);
	count = count_cpus(text);
	free(text);
	return count;
}

/* --- ACPI tables */

#define ACPI_CHANGED ": firmware, a setting of it or the hardware was changed"

/*
 * Those that a running kernel works by: it has them mapped at their place and has read them once. FACP names the place
 * of the DSDT and of the FACS. Others may change from boot to boot (FPDT, BGRT, TPM2, BERT).
 */
static bool table_matters(const char *name)
{
	static const char *const names[] = { "APIC", "DMAR", "DSDT", "ECDT", "FACP", "HPET", "IVRS", "MCFG", "SLIT", "SRAT" };

	const size_t count = sizeof(names) / sizeof(*names);

	return search_name(names, count, name) < count || (!strncmp(name, "SSDT", 4) && strlen(name) <= 6);
}

struct tables {
	char item[TABLES_MAX][TABLE_TEXT];
	size_t count;
	bool whole; /* the APIC table, too: with what it says of which CPUs are enabled */
};

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int add_table(void *context, const char *dir, const char *name)
{
	struct tables *tables = context;
	char path[PATH_SIZE + 16];
	struct blob table;

	if (!table_matters(name))
		return 0;
	if (tables->count == TABLES_MAX)
		return fail("ACPI", 0, "more than %d tables", TABLES_MAX);
	snprintf(path, sizeof(path), "%s/%.8s", dir, name);
	if (read_file(path, TABLE_BYTES, &table))
		return -1;
	/* Which CPUs it needs, A says by their IDs. */
	if (!strcmp(name, "APIC") && !tables->whole)
		boot_cpus_blank(&table);
	snprintf(tables->item[tables->count++], TABLE_TEXT, "%.6s:%016" PRIx64, name, hash_of(table.data, table.size));
	free(table.data);
	return 0;
}

/* NAME:SUM of each table that matters, in order; none where the kernel shows none. 0, or -1 and fail(). */
static int acpi_tables(const char *root, struct tables *tables)
{
	char dir[PATH_SIZE];

	tables->count = 0;
	snprintf(dir, sizeof(dir), "%s/sys/firmware/acpi/tables", root);
	if (folder_each_if_there("ACPI", dir, add_table, tables))
		return -1;
	qsort(tables->item, tables->count, TABLE_TEXT, by_text);
	return 0;
}

/*
 * `list` has NAME:SUM, separated by commas and sorted, as `now` is. Names the first table that differs or is on one side only; the sums
 * of one that differs go to `notes`.
 */
static int compare_tables(const char *list, const struct tables *now, FILE *notes)
{
	size_t at = 0;

	while (*list || at < now->count) {
		size_t length = strcspn(list, ","), name = strcspn(list, ":,");
		const char *here = at < now->count ? now->item[at] : "";
		size_t here_name = strcspn(here, ":");
		int order = !*list ? 1 : !*here ? -1 : strncmp(list, here, name < here_name ? here_name : name);

		if (!strncmp(list, here, length) && !here[length] && length) {
			at++;
		} else if (!order) {
			fprintf(notes, "ACPI's table when the image was saved: %.*s, now: %s\n", (int)length, list, here);
			return fail("machine", 0, "ACPI's table %.*s is another one" ACPI_CHANGED, (int)name, list);
		} else if (order < 0) {
			return fail("machine", 0, "ACPI's table %.*s is not there any more" ACPI_CHANGED, (int)name, list);
		} else {
			return fail("machine", 0, "ACPI's table %.*s was not there when the image was saved" ACPI_CHANGED, (int)here_name, here);
		}
		list += length;
		list += *list == ',';
	}
	return 0;
}

/* --- all of it */

int machine_print(const char *root, const struct cpu *cpu, FILE *out)
{
	char name[CPU_NAME_SIZE], features[CPU_TEXT_SIZE], ids[BOOT_CPUS_TEXT];
	unsigned long running = cpus(root, "online");
	struct tables tables = { .whole = false };

	if (print_memory_map(root, out))
		return -1;
	cpu_name(root, name);
	cpu_features_text(cpu, features);
	fprintf(out, "cpu=%s\ncpu_features=%s\n", name, features);
	fprintf(out, "cpu_xsave=%#" PRIx64 ":%" PRIu32 "\n", cpu->enabled, cpu_xsave_size(cpu, cpu->enabled));
	if (running)
		fprintf(out, "cpus=%lu\n", running);
	if (loads_microcode(root))
		fputs("microcode=loaded\n", out);
	if (boot_cpus_running(root, ids) || acpi_tables(root, &tables))
		return -1;
	if (*ids)
		fprintf(out, "cpu_ids=%s\n", ids);
	for (size_t i = 0; i < tables.count; i++)
		fprintf(out, "%s%s", i ? "," : "acpi=", tables.item[i]);
	if (tables.count)
		fputc('\n', out);
	return finish_printing(out, "the machine's lines");
}

/* A copy of the value of KEY that the caller frees; NULL if there is none, or no memory. */
static char *saved_value(const struct blob *meta, const char *key)
{
	const char *at = (const char *)meta->data, *found;
	size_t size;

	found = keyvalue_next(&at, at + meta->size, key, &size);
	return found ? strndup(found, size) : NULL;
}

/* The values that tell A's memory, NULL for what is not there. */
struct saved_memory {
	const char *memmap, *efi, *acpi, *ram, *window;
};

/*
 * The memory that has to be RAM: A's RAM outside of the window, which is written when A is restored; and the window and low memory,
 * which C' uses and which A's kernel writes then. Of an image without `ram` it is all that firmware called RAM.
 */
static int needed_memory(const struct saved_memory *saved, const struct memory_map *then, struct ranges *needed)
{
	return memory_map_ram(then, saved->ram != NULL, needed) || (saved->ram && ranges_parse(needed, saved->ram)) ||
	       (saved->window && ranges_parse(needed, saved->window)) ? -1 : 0;
}

/* Another map of the same machine that does not fit is MACHINE_OTHER_MAP, and one that fits is noted. */
static int compare_memmap(const char *root, const struct saved_memory *saved, FILE *notes)
{
	struct memory_map then = { 0 }, now;
	struct ranges needed = { 0 };
	char why[MEMORY_MAP_WHY_SIZE], *text = NULL;
	int ret = -1;

	if (memory_map_read(root, &now))
		return -1;
	if (!(text = ranges_text(&now.e820, true)) || (saved->memmap && memory_map_parse(saved->memmap, saved->efi, saved->acpi, &then)) ||
	    needed_memory(saved, &then, &needed))
		goto out;
	ret = 0;
	if (!saved->memmap) {
		ret = fail("machine", 0, "the image does not say what RAM the saved system had");
	} else if (!memory_map_same(&then, &now)) {
		ret = memory_map_fits(&then, &needed, &now, why);
		if (!ret)
			fprintf(notes, "note: firmware's memory map is another one, which fits: saved %.340s, now %.340s\n", saved->memmap, text);
		if (ret > 0) {
			fprintf(notes, "firmware's memory map when the image was saved: %s\nfirmware's memory map now: %s\n", saved->memmap, text);
			ret = memory_map_may_move(&then, &now) ? MACHINE_OTHER_MAP : -1;
			if (ret == MACHINE_OTHER_MAP)
				fail("machine", 0, "firmware has laid out RAM in another way: %s", why);
			else
				fail("machine", 0, "RAM was %lu MiB, is %lu MiB", memory_map_mib(&then), memory_map_mib(&now));
		}
	}
out:
	free(text);
	ranges_free(&needed);
	memory_map_free(&then);
	memory_map_free(&now);
	return ret;
}

static int compare_xsave(const char *saved, const struct cpu *cpu)
{
	uint64_t enabled;
	uint32_t size;

	if (sscanf(saved, "%" SCNx64 ":%" SCNu32, &enabled, &size) != 2)
		return fail("machine", 0, "cpu_xsave is no mask and size: %.40s", saved);
	return cpu_xsave_check(enabled, size, cpu);
}

/* Are there fewer than A had? A kernel that was built for fewer cannot tell. */
static int compare_cpus(const char *root, const char *saved)
{
	char path[PATH_SIZE], kernel_max[32];
	uint64_t count, most, now = cpus(root, "present");
	int ret = 0;

	snprintf(path, sizeof(path), "%s/sys/devices/system/cpu/kernel_max", root);
	if (access(path, R_OK) || read_line(path, kernel_max, sizeof(kernel_max)) || number_parse(kernel_max, 10, &most))
		most = UINT32_MAX;
	if (number_parse(saved, 10, &count))
		ret = fail("machine", 0, "cpus is no number: %.40s", saved);
	else if (now && now < count && now <= most)
		ret = fail("machine", 0, "the saved system had %" PRIu64 " CPUs, this machine has %" PRIu64, count, now);
	return ret;
}

int machine_compare(const char *root, const struct cpu *cpu, const struct blob *meta, FILE *notes)
{
	static const char *const keys[] = { "memmap", "efi_runtime", "acpi_places", "ram", "window", "cpu", "cpu_features", "cpu_xsave", "cpus",
					   "cpu_ids", "acpi", "microcode" };
	enum { MEMMAP, EFI, PLACES, RAM, WINDOW, CPU, FEATURES, XSAVE, CPUS, CPU_IDS, ACPI, LOADS_MICROCODE, KEYS };
	char *saved[KEYS], name[CPU_NAME_SIZE], coming[CPU_MISSING_SIZE] = "";
	struct tables tables = { .whole = false };
	int ret;

	for (size_t i = 0; i < KEYS; i++)
		saved[i] = saved_value(meta, keys[i]);
	/* An earlier version's image has no IDs, and the sum of the whole table. */
	tables.whole = !saved[CPU_IDS];
	cpu_name(root, name);
	ret = compare_memmap(root, &(struct saved_memory){ saved[MEMMAP], saved[EFI], saved[PLACES], saved[RAM], saved[WINDOW] }, notes);
	if (!ret && saved[FEATURES])
		ret = cpu_features_check(saved[FEATURES], cpu, saved[LOADS_MICROCODE] && saved[CPU] &&
					 microcode_comes(saved[CPU], name), coming);
	if (!ret && saved[XSAVE])
		ret = compare_xsave(saved[XSAVE], cpu);
	if (!ret && saved[CPUS])
		ret = compare_cpus(root, saved[CPUS]);
	if (!ret && saved[CPU_IDS])
		ret = boot_cpus_have(root, saved[CPU_IDS]);
	if (!ret && saved[ACPI])
		ret = acpi_tables(root, &tables) || compare_tables(saved[ACPI], &tables, notes) ? -1 : 0;
	if (!ret && *coming)
		fprintf(notes, "note: the saved system loads microcode again that brings: %s\n", coming);
	if (!ret && saved[CPU] && strcmp(saved[CPU], name))
		fprintf(notes, "note: another CPU: saved %s, now %s\n", saved[CPU], name);
	for (size_t i = 0; i < KEYS; i++)
		free(saved[i]);
	return ret ? ret : finish_printing(notes, "the notes");
}
