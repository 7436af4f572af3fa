/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command lines of B and C'. */
#include "kexec/cmdline.h"

#include "check.h"

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

static void reuse_drops(void)
{
	CHECK_REUSE("BOOT_IMAGE=/boot/vmlinuz-6.12 root=UUID=1234 ro console=ttyS0,115200 quiet\n",
		    "console=ttyS0,115200 quiet");
	CHECK_REUSE("initrd=x rootfstype=ext4 rootflags=discard rootwait rw init=/bin/sh rdinit=/init", "");
	CHECK_REUSE("resume=/dev/sda2 resume_offset=1 noresume hibernate=no elfcorehdr=0x1000", "");
	CHECK_REUSE("crashkernel=256M kexec_jump_back_entry=0x1 khibernate.partition=LABEL=x", "");
	CHECK_REUSE("mem=1G memmap=4G maxcpus=2 nr_cpus=4 nosmp hugepages=64 hugepagesz=2M default_hugepagesz=1G", "");
	CHECK_REUSE("panic=10 panic_on_warn panic_on_warn=1 panic_on_oops=1 oops=panic softlockup_panic=1", "");
	CHECK_REUSE("hardlockup_panic=1 hung_task_panic=1 sysctl.kernel.panic=1 log_buf_len=64M trace_buf_size=64M swiotlb=65536", "");
	CHECK_REUSE("nowatchdog nosoftlockup watchdog_thresh=10", "");
	CHECK_REUSE("isolcpus=1 nohz_full=1 cma=64M nokaslr kaslr", "");
}

static void reuse_keeps(void)
{
	/* Words stay that only begin or end like those that are dropped. */
	CHECK_REUSE("rootdelay=5 rot robust rwx nosmpx memtest=1 nokaslrx init earlyprintk=serial xroot=1 roo t",
		    "rootdelay=5 rot robust rwx nosmpx memtest=1 nokaslrx init earlyprintk=serial xroot=1 roo t");
	CHECK_REUSE("noapic acpi=off pci=nomsi nvme_core.io_timeout=4294967295", "noapic acpi=off pci=nomsi nvme_core.io_timeout=4294967295");
}

static void reuse_spaces(void)
{
	CHECK_REUSE("", "");
	CHECK_REUSE("\n", "");
	CHECK_REUSE("  quiet   debug  \n", "quiet debug");
}

static void reuse_quotes(void)
{
	CHECK_REUSE("dyndbg=\"file a.c +p; file b.c +p\" quiet", "dyndbg=\"file a.c +p; file b.c +p\" quiet");
	CHECK_REUSE("root=\"a b\" quiet", "quiet");
	CHECK_REUSE("x=\"root=/dev/sda ro\" quiet", "x=\"root=/dev/sda ro\" quiet");
	CHECK_REUSE("x=\"a -- b\" quiet", "x=\"a -- b\" quiet");
	/* Closed here: what is added behind it is no part of it. */
	CHECK_REUSE("x=\"never closed quiet\n", "x=\"never closed quiet\"");
}

/* Other ways to write root=, mem= and the like, which the kernel reads all the same. */
static void reuse_drops_other_spellings(void)
{
	CHECK_REUSE("quiet\troot=/dev/sda1\trw\tdebug\n", "quiet debug");
	CHECK_REUSE("quiet\vmem=1G\fpanic=1\rdebug\n", "quiet debug");
	CHECK_REUSE("a\nroot=/dev/sda1\nb\n", "a b");
	CHECK_REUSE("\"root=/dev/sda1\" \"root=a b\" quiet \"ro\" \"rdinit=/never closed", "quiet");
	CHECK_REUSE("panic-on-oops=1 panic-on_warn crash-kernel=x resume-offset=1 quiet", "crash-kernel=x quiet");
	CHECK_REUSE("\"a b\"=c \"quiet\"", "\"a b\"=c \"quiet\"");
	CHECK_REUSE("quiet \"--\" single", "quiet");
	CHECK_REUSE("x=\"a\nroot=b\" quiet\n", "x=\"a\nroot=b\" quiet");
}

static void reuse_ends_at_double_dash(void)
{
	CHECK_REUSE("quiet -- single console=ttyS0", "quiet");
	CHECK_REUSE("quiet --", "quiet");
	CHECK_REUSE("quiet --single debug", "quiet --single debug");
	CHECK_REUSE("-- quiet", "");
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

RUN_TESTS(add, reuse_drops, reuse_keeps, reuse_spaces, reuse_quotes, reuse_drops_other_spellings, reuse_ends_at_double_dash, slot)
