/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines of B and C'. */
#include "kexec/cmdline.h"

#include "check.h"
#include "kernel_parameters.h"

static void add(void)
{
	struct cmdline line = { 0 };

	CHECK_OK(cmdline_add(&line, "%s", ""));
	CHECK(!line.text);
	CHECK_OK(cmdline_add(&line, "quiet"));
	CHECK_OK(cmdline_add(&line, "%s", ""));
	CHECK_OK(cmdline_add(&line, "khibernate.window=%#x@%#x", 0x4000000, 0x1000000));
	CHECK_OK(cmdline_add(&line, "a b"));
	CHECK_STR(line.text, "quiet khibernate.window=0x4000000@0x1000000 a b");
	CHECK_EQ(line.length, strlen(line.text));
	CHECK_EQ(line.slot, 0);
	free(line.text);
}

static void check_reuse(const char *own, const char *want, int where)
{
	struct cmdline line = { 0 };

	check_forget_failure();
	check_success(cmdline_reuse(&line, own), __FILE__, where, own);
	check_text(line.text ? line.text : "", want, __FILE__, where, own);
	free(line.text);
}

#define CHECK_REUSE(own, want) check_reuse(own, want, __LINE__)

/* What of the kernel's own list of parameters is passed on; of all others tests/unit/support/kernel_parameters.h has the names. */
static const char *const passed[] = {
	"acpi", "acpi.debug_layer", "acpi.debug_level", "acpi_apic_instance", "acpi_enforce_resources", "acpi_force_32bit_fadt_addr",
	"acpi_force_table_verification", "acpi_irq_balance", "acpi_irq_isa", "acpi_irq_nobalance", "acpi_irq_pci", "acpi_mask_gpe",
	"acpi_no_auto_serialize", "acpi_no_static_ssdt", "acpi_no_watchdog", "acpi_os_name", "acpi_osi", "acpi_pm_good",
	"acpi_rev_override", "acpi_rsdp", "acpi_sci", "acpi_skip_timer_override", "acpi_sleep", "acpi_use_timer_override",
	"acpica_no_return_repair", "apic", "atkbd.extra", "atkbd.reset", "atkbd.scroll", "atkbd.set", "atkbd.softraw",
	"atkbd.softrepeat", "clearcpuid", "clock", "clocksource", "console", "console_msg_format", "consoleblank", "cpuidle.governor",
	"cpuidle.off", "debug", "disable_timer_pin_1", "earlycon", "earlyprintk", "enable_timer_pin_1", "gpt", "highres", "hpet",
	"i8042.debug", "i8042.direct", "i8042.dumbkbd", "i8042.kbdreset", "i8042.noaux", "i8042.nokbd", "i8042.noloop",
	"i8042.nomux", "i8042.nopnp", "i8042.notimeout", "i8042.probe_defer", "i8042.reset", "i8042.unlock",
	"i8042.unmask_kbd_data", "idle", "ignore_loglevel", "intel_idle.max_cstate", "io_delay", "irqfixup", "irqpoll",
	"keep_bootcon", "lapic", "lapic_timer_c2_ok", "libata.dma", "libata.force", "libata.ignore_hpa", "libata.noacpi", "loglevel",
	"mce", "mitigations", "no-kvmclock", "no387", "no5lvl", "no_console_suspend", "no_timer_check", "noapic", "nofsgsbase",
	"nofxsr", "nohz", "noinvpcid", "noirqdebug", "nolapic", "nolapic_timer", "nomce", "nopcid", "nopku", "nopv", "nosmap",
	"nosmep", "nosmp", "nox2apic", "noxsave", "noxsaveopt", "noxsaves", "pci", "pcie_aspm", "pcie_pme", "pcie_port_pm",
	"pcie_ports", "pirq", "pmtmr", "pnpacpi", "printk.always_kmsg_dump", "printk.console_no_auto_verbose",
	"printk.debug_non_panic_cpus", "printk.devkmsg", "printk.time", "processor.max_cstate", "processor.nocst", "quiet", "reboot",
	"thermal.act", "thermal.crt", "thermal.off", "thermal.psv", "thermal.tzp", "tsc", "tsc_early_khz", "vt.color",
	"vt.cur_default", "vt.default_blu", "vt.default_grn", "vt.default_red", "vt.default_utf8", "vt.global_cursor_default",
	"vt.italic", "vt.underline", "x2apic_phys",
};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* Checks that a word is passed on, or is not, in each way in which it may be written. */
static void check_word(const char *name, bool is_passed)
{
	static const char *const forms[] = { "%s", "%s=", "%s=1", "%s=40%%", "%s=\"a b\"", "\"%s=1\"", "\"%s\"" };
	char word[128], line[256];

	for (size_t i = 0; i < 2 * COUNT(forms); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(word, sizeof(word), forms[i / 2], name);
#pragma GCC diagnostic pop
		/* In names - is the same as _. */
		for (char *c = word; i % 2 && *c && *c != '='; c++)
			*c = *c == '-' ? '_' : *c == '_' ? '-' : *c;
		snprintf(line, sizeof(line), "root=x %s ro\n", word);
		check_reuse(line, is_passed ? word : "", __LINE__);
	}
}

static void reuse_of_all_parameters(void)
{
	size_t found = 0;

	for (size_t i = 0; i < COUNT(kernel_parameters); i++) {
		bool is_passed = false;

		for (size_t n = 0; n < COUNT(passed); n++)
			is_passed |= !strcmp(passed[n], kernel_parameters[i]);
		found += is_passed;
		check_word(kernel_parameters[i], is_passed);
	}
	/* Each of the list above is a parameter of the kernel's. */
	CHECK_EQ(found, COUNT(passed));
}

/* What is passed on and is not in the kernel's list: parameters of drivers, and of arch/x86. */
static void reuse_of_drivers(void)
{
	static const char *const others[] = {
		"8250.nr_uarts", "pcie_aspm.policy", "apicpmtimer", "disableapic", "noapictimer", "nohpet", "notsc", "rtc_cmos.use_acpi_alarm",
		"ahci.mobile_lpm_policy", "ata_piix.prefer_ms_hyperv", "nvme.use_threaded_interrupts", "nvme_core.default_ps_max_latency_us",
		"scsi_mod.use_blk_mq", "sd_mod.x", "virtio_blk.queue_depth", "virtio_pci.force_legacy", "virtio_scsi.x",
	};

	for (size_t i = 0; i < COUNT(others); i++)
		check_word(others[i], true);
}

/* Words of one boot, and what would make a warning in B, with A unsaved, a reboot, or keep its watchdog from ending it. */
static void reuse_drops(void)
{
	CHECK_REUSE("BOOT_IMAGE=/boot/vmlinuz-6.12 root=UUID=1234 ro console=ttyS0,115200 quiet\n",
		    "console=ttyS0,115200 quiet");
	CHECK_REUSE("kexec_jump_back_entry=0x1 khibernate.partition=LABEL=x khibernate.append=\"a b\"", "");
	CHECK_REUSE("panic_on_warn panic_on_oops=1 nosoftlockup kaslr splash rhgb systemd.unit=rescue.target rd.luks.uuid=1", "");
	CHECK_REUSE("slub_debug=FZPU slub_debug debug_pagealloc=on init_on_alloc=1 init-on-free=1 sysctl.vm.min_free_kbytes=1", "");
}

/* A name is a name as a whole. */
static void reuse_of_like_names(void)
{
	CHECK_REUSE("consoles=1 consol=1 xconsole=1 xacpi=off acpi_=1 pciX=1 nvmex.a=1 xnvme.a=1 nvme=1 nvme_core=1 quie quietx", "");
	CHECK_REUSE("nvme.=1 libata.force=disable libata-force=1 Console=1 =console console=", "nvme.=1 libata.force=disable console=");
}

static void reuse_spaces(void)
{
	CHECK_REUSE("", "");
	CHECK_REUSE("\n", "");
	CHECK_REUSE("  quiet   debug  \n", "quiet debug");
	CHECK_REUSE("quiet\troot=/dev/sda1\trw\tdebug\n", "quiet debug");
	CHECK_REUSE("quiet\vmem=1G\fpanic=1\rdebug\n", "quiet debug");
	CHECK_REUSE("debug\nroot=/dev/sda1\nquiet\n", "debug quiet");
}

static void reuse_quotes(void)
{
	CHECK_REUSE("acpi_osi=\"!Windows 2012\" quiet", "acpi_osi=\"!Windows 2012\" quiet");
	CHECK_REUSE("dyndbg=\"file a.c +p; quiet\" quiet", "quiet");
	CHECK_REUSE("console=\"root=/dev/sda ro\" quiet", "console=\"root=/dev/sda ro\" quiet");
	CHECK_REUSE("pci=\"a -- b\" quiet", "pci=\"a -- b\" quiet");
	CHECK_REUSE("pci=\"a\nroot=b\" quiet\n", "pci=\"a\nroot=b\" quiet");
	CHECK_REUSE("\"kernelcore=40%\" \"pci=a b\" \"quiet\" \"ro\" \"mem=1G never closed", "\"pci=a b\" \"quiet\"");
	/* Closed here: what is added behind it is no part of it. */
	CHECK_REUSE("pci=\"never closed quiet\n", "pci=\"never closed quiet\"");
}

/* Which of them counts is for the kernel to say, by their order. */
static void reuse_keeps_the_order(void)
{
	CHECK_REUSE("console=tty0 acpi=off console=ttyS0 mem=1G acpi=on console=tty0", "console=tty0 acpi=off console=ttyS0 acpi=on console=tty0");
}

static void reuse_ends_at_double_dash(void)
{
	CHECK_REUSE("quiet -- single console=ttyS0", "quiet");
	CHECK_REUSE("quiet --", "quiet");
	CHECK_REUSE("quiet \"--\" debug", "quiet");
	CHECK_REUSE("quiet --single debug", "quiet debug");
	CHECK_REUSE("-- quiet", "");
}

/* A line that is too long says which words make it so. */
static void too_long(void)
{
	char numbers[301];
	struct cmdline line = { 0 };

	memset(numbers, '1', 300);
	numbers[300] = '\0';
	CHECK_OK(cmdline_check_length(&line, 0));
	CHECK_OK(cmdline_add(&line, "quiet acpi_osi=%.200s pci=\"%s\" console=ttyS0 %.250s", numbers, numbers, numbers));
	CHECK_OK(cmdline_check_length(&line, line.length));
	CHECK_FAILS(cmdline_check_length(&line, line.length - 1),
		    "command line: 787 bytes, the appliance's kernel takes 786; the longest words are pci (306), "
		    "1111111111111111111111111111111111111111 (250), acpi_osi (209): shorten what is appended, or ");
	free(line.text);
	line = (struct cmdline){ 0 };
	CHECK_OK(cmdline_add(&line, "quiet"));
	CHECK_FAILS(cmdline_check_length(&line, 4), "the longest words are quiet (5): ");
	free(line.text);
}

/* The kernel keeps 32 words that it does not know, of which some are its own and ours. */
static void too_many(void)
{
	struct cmdline with = { 0 }, without = { 0 };

	CHECK_OK(cmdline_check_appended(""));
	for (int i = 0; i < CMDLINE_APPENDED_MAX; i++) {
		CHECK_OK(cmdline_add(&with, "driver.x%d=1 a%d=b", i, i));
		CHECK_OK(cmdline_add(&without, "driver.x%d a%d", i, i));
		CHECK_OK(cmdline_check_appended(with.text));
		CHECK_OK(cmdline_check_appended(without.text));
	}
	CHECK_OK(cmdline_add(&with, "%s", without.text));
	CHECK_OK(cmdline_check_appended(with.text));
	CHECK_OK(cmdline_add(&with, "one=more"));
	CHECK_FAILS(cmdline_check_appended(with.text), "command line: 57 words are appended; of more than 28 ");
	CHECK_OK(cmdline_add(&without, "one_more"));
	CHECK_FAILS(cmdline_check_appended(without.text), "command line: 29 words are appended");
	free(with.text);
	free(without.text);
}

static void slot(void)
{
	struct cmdline line = { 0 };

	CHECK_OK(cmdline_add(&line, "maxcpus=1"));
	CHECK_OK(cmdline_add_slot(&line));
	CHECK_OK(cmdline_add(&line, "quiet"));
	CHECK_STR(line.text, "maxcpus=1 kexec_jump_back_entry=0x0000000000000000 quiet");
	if (CHECK_EQ(line.slot, strlen("maxcpus=1 kexec_jump_back_entry=0x"))) {
		memset(line.text + line.slot, 'f', SLOT_DIGITS);
		CHECK_STR(line.text, "maxcpus=1 kexec_jump_back_entry=0xffffffffffffffff quiet");
	}
	free(line.text);
}

RUN_TESTS(add, reuse_of_all_parameters, reuse_of_drivers, reuse_drops, reuse_of_like_names, reuse_spaces, reuse_quotes,
	  reuse_keeps_the_order, reuse_ends_at_double_dash, too_long, too_many, slot)
