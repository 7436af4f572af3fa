/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kexec/cmdline.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/report.h"
#include "base/units.h"
#include "base/words.h"

int cmdline_add(struct cmdline *line, const char *fmt, ...)
{
	size_t room;
	char *grown;
	va_list ap;
	int length;

	va_start(ap, fmt);
	length = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (length <= 0)
		return length ? fail("command line", errno, "%s", fmt) : 0;
	room = line->length + (size_t)length + 2;
	grown = realloc(line->text, room);
	if (!grown)
		return fail("command line", ENOMEM, "%zu bytes", room);
	line->text = grown;
	if (line->length)
		line->text[line->length++] = ' ';
	va_start(ap, fmt);
	vsnprintf(line->text + line->length, room - line->length, fmt, ap);
	va_end(ap);
	line->length += (size_t)length;
	return 0;
}

/*
 * What A's kernel was told that B's needs to be told, too: how to reach the same machine. It is not: memory and its debugging, CPUs,
 * scheduling, security, tracing, a root and its programs, nor when to panic. B has little memory, and A is unsaved while it runs, so
 * it gets nothing else. Names are written with _ only; one that ends in a full stop stands for all parameters of a driver. From
 * Documentation/admin-guide/kernel-parameters.txt and Documentation/arch/x86/x86_64/boot-options.rst, Linux 6.12, which say what
 * they mean; tests/unit/cmdline.c has what of the former is not passed on.
 */
static const char *const for_the_machine[] = {
	/* consoles, and what they show */
	"console", "console_msg_format", "consoleblank", "debug", "earlycon", "earlyprintk", "ignore_loglevel", "keep_bootcon",
	"loglevel", "no_console_suspend", "printk.", "quiet", "8250.", "vt.",
	/* ACPI and plug and play */
	"acpi", "acpi.", "acpi_apic_instance", "acpi_enforce_resources", "acpi_force_32bit_fadt_addr", "acpi_force_table_verification",
	"acpi_irq_balance", "acpi_irq_isa", "acpi_irq_nobalance", "acpi_irq_pci", "acpi_mask_gpe", "acpi_no_auto_serialize",
	"acpi_no_static_ssdt", "acpi_no_watchdog", "acpi_os_name", "acpi_osi", "acpi_rev_override", "acpi_rsdp", "acpi_sci",
	"acpi_skip_timer_override", "acpi_sleep", "acpi_use_timer_override", "acpica_no_return_repair", "pnpacpi", "thermal.",
	/* PCI */
	"pci", "pcie_aspm", "pcie_aspm.", "pcie_pme", "pcie_port_pm", "pcie_ports",
	/* interrupts */
	"apic", "apicpmtimer", "disable_timer_pin_1", "disableapic", "enable_timer_pin_1", "irqfixup", "irqpoll", "lapic",
	"lapic_timer_c2_ok", "no_timer_check", "noapic", "noapictimer", "noirqdebug", "nolapic", "nolapic_timer", "nosmp", "nox2apic",
	"pirq", "x2apic_phys",
	/* clocks and timers */
	"acpi_pm_good", "clock", "clocksource", "highres", "hpet", "no_kvmclock", "nohpet", "nohz", "nopv", "notsc", "pmtmr", "rtc_cmos.",
	"tsc", "tsc_early_khz",
	/* CPUs: what they do badly, and how they wait */
	"clearcpuid", "cpuidle.", "idle", "intel_idle.", "io_delay", "mce", "mitigations", "no387", "no5lvl", "nofsgsbase", "nofxsr",
	"noinvpcid", "nomce", "nopcid", "nopku", "nosmap", "nosmep", "noxsave", "noxsaveopt", "noxsaves", "processor.",
	/* disks */
	"ahci.", "ata_piix.", "gpt", "libata.", "nvme.", "nvme_core.", "scsi_mod.", "sd_mod.", "virtio_blk.", "virtio_pci.",
	"virtio_scsi.",
	/* keyboard, and how to switch off */
	"atkbd.", "i8042.", "reboot",
};

static bool is_for_the_machine(const struct word *word)
{
	for (size_t i = 0; i < sizeof(for_the_machine) / sizeof(*for_the_machine); i++) {
		const char *name = for_the_machine[i];
		size_t length = strlen(name);

		if (name[length - 1] == '.' ? word_begins(word, name, length) : word_named(word, name))
			return true;
	}
	return false;
}

/* Those of the last word may not be: what is added behind it would become a part of it. */
static bool quotes_are_closed(const struct word *word)
{
	bool closed = true;

	for (size_t i = 0; i < word->length; i++)
		closed ^= word->text[i] == '"';
	return closed;
}

int cmdline_reuse(struct cmdline *line, const char *own)
{
	struct word word;

	/* What follows "--" is for A's init. */
	while (words_next(&own, &word))
		if (is_for_the_machine(&word) &&
		    cmdline_add(line, "%.*s%s", (int)word.length, word.text, quotes_are_closed(&word) ? "" : "\""))
			return -1;
	return 0;
}

/* How many of the longest words a line that is too long is explained by, and how much of each. */
#define NAMED 3
#define NAMED_LENGTH 40

int cmdline_check_length(const struct cmdline *line, size_t max)
{
	struct word longest[NAMED];
	char names[NAMED * (NAMED_LENGTH + 32)] = "";
	size_t used = 0, count;

	if (line->length <= max)
		return 0;
	count = words_longest(line->text, longest, NAMED);
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%.*s (%zu)", i ? ", " : "",
					 (int)min_size(longest[i].name_length, NAMED_LENGTH), longest[i].name, longest[i].length);
	return fail("command line", 0, "%zu bytes, the appliance's kernel takes %zu; the longest words are %s: "
		    "shorten what is appended, or what this kernel's own command line has of them", line->length, max, names);
}

int cmdline_check_appended(const char *words)
{
	size_t with_value = 0, without = 0;
	struct word word;

	while (words_next(&words, &word))
		if (!memchr(word.name, '.', word.name_length))
			++*(word.value ? &with_value : &without);
	if (with_value <= CMDLINE_APPENDED_MAX && without <= CMDLINE_APPENDED_MAX)
		return 0;
	return fail("command line", 0, "%zu words are appended; of more than %d the appliance's kernel may not know enough, and panics",
		    with_value + without, CMDLINE_APPENDED_MAX);
}

int cmdline_add_slot(struct cmdline *line)
{
	if (cmdline_add(line, "kexec_jump_back_entry=0x%0*d", SLOT_DIGITS, 0))
		return -1;
	line->slot = line->length - SLOT_DIGITS;
	return 0;
}
