/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The preflight, in a made-up /proc, /sys and /dev. */
#include "checks/preflight.h"

#include <sys/stat.h>
#include <unistd.h>

#include "arch/arch.h"
#include "blockdev.h"
#include "check.h"
#include "fixture.h"
#include "kexec/kexec.h"
#include "meminfo.h"

#define UUID "21212121-2121-2121-2121-212121212121"

static bool jump_is_missing;
static bool jump_was_not_built;

static int probe(void)
{
	if (jump_was_not_built) {
		fail("kexec_load", 0, "not built");
		return KEXEC_NEVER_JUMPS;
	}
	return jump_is_missing ? fail("kexec_load", 0, "no jump") : 0;
}

static int choose(const struct window_request *request, const struct ranges *ram, const struct ranges *kernel,
		  struct range *window)
{
	CHECK_EQ(ranges_total(ram), MIB(511) + 0x9e000);
	CHECK_EQ(ranges_total(kernel), MIB(16));
	if (request->size > MIB(100))
		return fail("window", 0, "too large");
	*window = (struct range){ MIB(64), MIB(112), 0 };
	return 0;
}

/* A machine with everything that is needed, as far as it can be made up; what its files have is what Linux 6.12 writes there, shortened. */
static const char *machine(void)
{
	const char *root = fixture_root();
	const unsigned char program[20] = { 0x7f, 'E', 'L', 'F', ARCH_ELF_CLASS };

	fixture_text(root, "here/bzImage", "kernel");
	fixture_text(root, "here/rootfs.gz", "initramfs");
	fixture_write(root, "here/khibernate", program, sizeof(program));
	fixture_text(root, "proc/sys/kernel/arch", ARCH_ELF_CLASS == ELFCLASS64 ? "x86_64\n" : "i686\n");
	fixture_text(root, "proc/sys/kernel/osrelease", "6.12.1-khibernate\n");
	fixture_text(root, "proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme monitor ssse3\n");
	fixture_text(root, "proc/iomem", "00001000-0009fbff : System RAM\n"
		     "00100000-1fffffff : System RAM\n  01000000-01ffffff : Kernel code\n");
	meminfo_write(root, &(struct meminfo){ .total = 512000, .free = 102400, .available = 300000, .active_anon = 60000,
					       .inactive_anon = 40000 });
	fixture_text(root, "proc/self/mountinfo", "");
	fixture_text(root, "proc/sys/kernel/tainted", "0\n");
	fixture_text(root, "proc/consoles", "ttyS0                -W- (EC    a)    4:64\n");
	fixture_text(root, "sys/firmware/memmap/0/start", "0x0\n");
	fixture_text(root, "sys/firmware/memmap/0/end", "0x9fbff\n");
	fixture_text(root, "sys/firmware/memmap/0/type", "System RAM\n");
	fixture_text(root, "sys/firmware/memmap/1/start", "0x100000\n");
	fixture_text(root, "sys/firmware/memmap/1/end", "0x1fffffff\n");
	fixture_text(root, "sys/firmware/memmap/1/type", "System RAM\n");
	fixture_text(root, "proc/zoneinfo", "Node 0, zone    DMA32\n        spanned  131071\n        present  130974\n  start_pfn:           1\n");
	fixture_text(root, "proc/sys/kernel/random/boot_id", "10bf9621-2d6d-4d78-ae8e-5971dedbaa22\n");
	return root;
}

/* A CPU that can encrypt no memory. */
static void plain_cpu(unsigned int leaf, unsigned int out[4])
{
	(void)leaf;
	memset(out, 0, 4 * sizeof(*out));
}

static struct preflight request(const char *root)
{
	static char here[512];

	snprintf(here, sizeof(here), "%s/here", root);
	return (struct preflight){ .root = root, .here = here, .probe_jump = probe, .choose_window = choose, .cpuid = plain_cpu,
				   .dump_level = 17 };
}

/* What a stage prints, which is valid until the next call; `wanted` says whether it has to say no. */
static const char *said(struct preflight *p, enum preflight_stage stage, bool all, int wanted)
{
	static char *text;
	size_t size;
	FILE *out;

	free(text);
	out = open_memstream(&text, &size);
	check_forget_failure();
	CHECK_EQ(preflight_run(p, stage, all, out), wanted);
	fclose(out);
	return text;
}

/* Is `line` one of the lines of `text`? */
static bool has_line(const char *text, const char *line)
{
	size_t length = strlen(line);

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (!strncmp(text, line, length) && (text[length] == '\n'))
			return true;
	printf("  no line: %s\n", line);
	return false;
}

static void every_item_once(void)
{
	static const char *const whats[] = {
		"lockdown", "kexec jump", "RAM map", "RAM maps of earlier boots", "RAM", "CPUs added since the boot",
		"what makedumpfile has to read", "window", "free memory",
		"kernel memory (/proc/kcore, VMCOREINFO)", "memory encryption", "paging", "return code of the kernel (GDT)", "call depth",
		"CPUs' idle", "ACPI tables", "watchdog", "screen and keyboard in the appliance", "secrets in memory",
		"the kernel's own hibernation",
	};
	struct preflight p = request(machine());
	const char *text = said(&p, PREFLIGHT_MACHINE, true, 1);

	for (size_t i = 0; i < sizeof(whats) / sizeof(*whats); i++) {
		CHECK(!strncmp(text, whats[i], strlen(whats[i])) && text[strlen(whats[i])] == ':');
		text += strcspn(text, "\n") + 1;
	}
	CHECK_STR(text, "");
}

static void a_good_machine(void)
{
	struct preflight p = request(machine());
	const char *text = said(&p, PREFLIGHT_INSTALLATION, true, geteuid() != 0);
	char installed[600];

	snprintf(installed, sizeof(installed), "installation: ok (%s)", p.here);
	CHECK(has_line(text, installed));
	text = said(&p, PREFLIGHT_MACHINE, true, 1);
	CHECK(has_line(text, "lockdown: ok (none)"));
	CHECK(has_line(text, "kexec jump: ok"));
	CHECK(has_line(text, "RAM map: ok (2 ranges)"));
	CHECK(has_line(text, "RAM maps of earlier boots: ok (none is known yet)"));
	CHECK(has_line(text, "RAM: ok (511 MiB, 632 KiB of it low memory)"));
	CHECK(has_line(text, "CPUs added since the boot: ok"));
	CHECK(strstr(text, "what makedumpfile has to read: note: open: "));
	CHECK(has_line(text, "window: ok (48 MiB at 0x4000000)"));
	CHECK(has_line(text, "paging: no: not known without the kernel's memory"));
	CHECK(has_line(text, "return code of the kernel (GDT): no: not known without the kernel's memory"));
	CHECK(has_line(text, "call depth: ok (not tracked)"));
	CHECK(has_line(text, "ACPI tables: ok (firmware's)"));
	CHECK(has_line(text, "CPUs' idle: ok (patched: 6.12.1-khibernate)"));
	CHECK(has_line(text, "watchdog: ok (none active)"));
	CHECK(has_line(text, "screen and keyboard in the appliance: ok (ttyS0)"));
	CHECK(has_line(text, "free memory: ok (292 MiB available, 72 MiB needed)"));
	CHECK(has_line(text, "memory encryption: ok (not active)"));
	CHECK(has_line(text, "secrets in memory: ok (none found)"));
	p.window.size = MIB(200);
	CHECK(has_line(said(&p, PREFLIGHT_MACHINE, true, 1), "window: no: window: too large"));
}

static void a_bad_machine(void)
{
	const char *root = machine(), *text;
	struct preflight p = request(root);
	char path[512];

	jump_is_missing = true;
	p.window.size = MIB(200);
	fixture_text(root, "proc/sys/kernel/osrelease", "6.1.0-debian\n");
	fixture_text(root, "sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	/* its_show_state() and its_strings[] of arch/x86/kernel/cpu/bugs.c, Linux 6.12. */
	fixture_text(root, "sys/devices/system/cpu/vulnerabilities/retbleed", "Not affected\n");
	fixture_text(root, "sys/devices/system/cpu/vulnerabilities/indirect_target_selection", "Mitigation: Retpolines, Stuffing RSB\n");
	fixture_text(root, "proc/sys/kernel/tainted", "4352\n");
	fixture_text(root, "sys/class/watchdog/watchdog0/state", "active\n");
	fixture_text(root, "sys/class/watchdog/watchdog1/state", "inactive\n");
	fixture_text(root, "sys/firmware/memmap/0/type", "Reserved\n");
	text = said(&p, PREFLIGHT_MACHINE, true, 1);
	CHECK(has_line(text, "lockdown: no: the kernel is locked down (none [integrity] confidentiality), as by Secure Boot"));
	CHECK(has_line(text, "kexec jump: no: kexec_load: no jump"));
	CHECK(has_line(text, "RAM: no: memory map: 1000-9f000 is RAM to the kernel, and not by firmware's map, so it could not be resumed: "
			     "does the kernel command line add it (memmap=)?"));
	CHECK(has_line(text, "call depth: no: the kernel tracks the depth of calls (indirect_target_selection: Mitigation: Retpolines, "
			     "Stuffing RSB) and would reset the machine on its way back: boot it with another mitigation "
			     "(indirect_target_selection=)"));
	CHECK(has_line(text, "CPUs' idle: note: this CPU has MONITOR/MWAIT: with more than one, 6.1.0-debian "
			     "needs the second patch (docs/limits.md)"));
	CHECK(has_line(text, "ACPI tables: no: an initramfs has overridden some, and a boot without that could not resume: boot without the "
			     "override, or give the appliance the same (--force)"));
	CHECK(has_line(text, "watchdog: no: active, it would reset the machine while it is being saved: /sys/class/watchdog/watchdog0; "
			     "end what has it open (systemd by RuntimeWatchdogSec=0), or boot without its driver"));
	p.force = true;
	fixture_text(root, "proc/consoles", "hvc0                 -W- (EC  p  )  229:0\nttyS0                -W- (E   p a)    4:64\n");
	fixture_text(root, "proc/iomem", "00000000-00000000 : System RAM\n");
	fixture_text(root, "proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme monitoring ssse3\n");
	fixture_text(root, "sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	text = said(&p, PREFLIGHT_MACHINE, true, 1);
	CHECK(has_line(text, "ACPI tables: note: an initramfs has overridden some, passed over by --force: the next boot needs the same"));
	CHECK(has_line(text, "watchdog: note: active, passed over by --force: /sys/class/watchdog/watchdog0"));
	CHECK(has_line(text, "screen and keyboard in the appliance: note: the appliance has no driver for the console hvc0; look, and type, at "
			     "ttyS0"));
	CHECK(has_line(text, "CPUs' idle: ok (no MONITOR/MWAIT)"));
	CHECK(has_line(text, "lockdown: ok (none)"));
	CHECK(strstr(text, "\nRAM: no: memory map: ") && strstr(text, "\nwindow: no: memory map: "));
	fixture_text(root, "proc/sys/kernel/tainted", "\n");
	CHECK(strstr(said(&p, PREFLIGHT_MACHINE, true, 1), "\nACPI tables: note: whether an initramfs has overridden some is not known: "));
	jump_is_missing = false;

	/* Of a kernel that never jumps nobody has to know how it would come back. */
	jump_was_not_built = true;
	text = said(&p, PREFLIGHT_MACHINE, true, 1);
	CHECK(has_line(text, "kexec jump: no: kexec_load: not built"));
	CHECK(has_line(text, "return code of the kernel (GDT): note: not looked at, as this kernel cannot jump"));
	jump_was_not_built = false;

	snprintf(path, sizeof(path), "%s/here/rootfs.gz", root);
	CHECK_EQ(unlink(path), 0);
	text = said(&p, PREFLIGHT_INSTALLATION, true, 1);
	snprintf(path, sizeof(path), "installation: no: missing: %s/here/rootfs.gz", root);
	CHECK(has_line(text, path));
}

/* Where memory is full, what can be swapped out makes room. */
static void full_memory(void)
{
	static const struct { struct meminfo kib; const char *line; } memory[] = {
		{ { .total = 512000, .available = 70000, .active_anon = 60000, .inactive_anon = 40000, .swap_total = 10000, .swap_free = 10000 },
		  "free memory: note: 68 MiB available, 72 MiB needed: first, what is in memory has to be swapped out" },
		{ { .total = 512000, .available = 70000, .active_anon = 60000, .inactive_anon = 40000, .swap_total = 10000, .swap_free = 1000 },
		  "free memory: no: memory: too little free memory: 68 MiB are available, 72 MiB are needed, and 0 MiB more "
				   "could be swapped out: end programs, or add swap" },
	};
	const char *root = machine();
	struct preflight p = request(root);

	for (size_t i = 0; i < sizeof(memory) / sizeof(*memory); i++) {
		meminfo_write(root, &memory[i].kib);
		CHECK(has_line(said(&p, PREFLIGHT_MACHINE, true, 1), memory[i].line));
	}
	p.window.size = MIB(200);
	CHECK(has_line(said(&p, PREFLIGHT_MACHINE, true, 1), "free memory: no: not known without the window"));
}

static void encrypting_cpu(unsigned int leaf, unsigned int out[4])
{
	memset(out, 0, 4 * sizeof(*out));
	if (!leaf)
		out[0] = 0x21;
	else if (leaf == 0x21)
		memcpy(out + 1, "Inte    lTDX", 12);
}

static void encrypted_memory(void)
{
	struct preflight p = request(machine());

	p.cpuid = encrypting_cpu;
	CHECK(has_line(said(&p, PREFLIGHT_MACHINE, true, 1), "memory encryption: no: memory encryption: TDX (Intel's encryption of this "
		       "guest's memory) is active, whose key is lost when the machine is switched off"));
}

/* What would lie in the image in plain text needs the user's consent, one for each kind. */
static void kept_from_disks(void)
{
	const char *root = machine();
	struct preflight p = request(root);
	char path[512];

	fixture_text(root, "sys/class/block/dm-0/dev", "253:0\n");
	fixture_text(root, "sys/class/block/dm-0/dm/uuid", "CRYPT-LUKS2-0123456789abcdef0123456789abcdef-root\n");
	fixture_text(root, "sys/class/block/dm-0/dm/name", "root\n");
	CHECK(has_line(said(&p, PREFLIGHT_MACHINE, true, 1), "secrets in memory: no: the image is not encrypted, and will hold the keys of "
		       "/dev/mapper/root: close it, or agree by --save-disk-keys or --force"));
	p.save_secret_memory = true;
	CHECK(strstr(said(&p, PREFLIGHT_MACHINE, true, 1), "secrets in memory: no: "));
	p.force = true;
	CHECK(strstr(said(&p, PREFLIGHT_MACHINE, true, 1), "secrets in memory: note: the image is not encrypted, and will hold the keys of "
		     "/dev/mapper/root, passed over by --force\n"));
	p.save_secret_memory = false;
	fixture_text(root, "sys/module/secretmem/parameters/enable", "Y\n");
	fixture_text(root, "proc/77/comm", "vault\n");
	fixture_text(root, "proc/77/task/78/fd/.made", "");
	snprintf(path, sizeof(path), "%s/proc/77/task/78/fd/3", root);
	CHECK_EQ(symlink("/secretmem (deleted)", path), 0);
	CHECK(strstr(said(&p, PREFLIGHT_MACHINE, true, 1), "secrets in memory: no: memory of memfd_secret(2), in use by vault (77), would lie "
		     "in the image in plain text: end that, or agree by --save-secret-memory; the image"));
	p.force = false;
	p.save_secret_memory = p.save_disk_keys = true;
	CHECK(has_line(said(&p, PREFLIGHT_MACHINE, true, 1), "secrets in memory: note: memory of memfd_secret(2), in use by vault (77), will lie "
		       "in the image in plain text; the image is not encrypted, and will hold the keys of /dev/mapper/root"));
}

/* Without --all a stage ends at the first item that says no, and reports it. */
static void stops(void)
{
	const char *root = machine();
	struct preflight p = request(root);
	char path[512];

	snprintf(path, sizeof(path), "%s/here/bzImage", root);
	CHECK_EQ(unlink(path), 0);
	CHECK_STR(said(&p, PREFLIGHT_INSTALLATION, false, 1), "");
	CHECK(strstr(fail_text(), geteuid() ? "user: only root may hibernate" : "installation: missing: "));
}

/* Adds a device with an ext4 and this label. It is a file, so it can be found but not claimed. */
static void device(const char *root, const char *name, const char *label)
{
	char path[512], target[512];

	snprintf(path, sizeof(path), "dev/%s", name);
	fixture_write(root, path, blockdev_ext4(0x21, label), BLOCKDEV_EXT4_SIZE);
	snprintf(path, sizeof(path), "sys/devices/pci0000:00/0000:00:03.0/virtio0/block/%s/uevent", name);
	fixture_text(root, path, "");
	fixture_text(root, "sys/class/block/.made", "");
	snprintf(path, sizeof(path), "%s/sys/class/block/%s", root, name);
	snprintf(target, sizeof(target), "../../devices/pci0000:00/0000:00:03.0/virtio0/block/%s", name);
	CHECK_EQ(symlink(target, path), 0);
}

static void driver(const char *root, const char *name)
{
	char path[512], target[128];

	snprintf(path, sizeof(path), "%s/sys/devices/pci0000:00/0000:00:03.0/virtio0/driver", root);
	snprintf(target, sizeof(target), "../../../../bus/virtio/drivers/%s", name);
	(void)unlink(path);
	CHECK_EQ(symlink(target, path), 0);
}

static void the_partition(void)
{
	const char *root = machine(), *text;
	struct preflight p = request(root);
	char line[700];

	device(root, "vda1", "khibernate");
	device(root, "vdb1", "other");
	driver(root, "virtio_blk");
	p.partition = "LABEL=other";
	p.looked_for = "LABEL=khibernate";
	text = said(&p, PREFLIGHT_PARTITION, true, 1);
	snprintf(line, sizeof(line), "%s/dev/vdb1", root);
	CHECK_STR(p.device, line);
	CHECK_STR(p.uuid, UUID);
	snprintf(line, sizeof(line), "hibernating partition: no: partition: %s/dev/vdb1 is no block device", root);
	CHECK(has_line(text, line));
	snprintf(line, sizeof(line), "the next boot looks at this partition: no: LABEL=khibernate is %s/dev/vda1: boot the appliance with "
		 "khibernate.partition=UUID=" UUID ", or it will not find the image", root);
	CHECK(has_line(text, line));
	CHECK(has_line(text, "devices that the appliance cannot see: ok (none)"));
	p.looked_for = "LABEL=nowhere";
	CHECK(strstr(said(&p, PREFLIGHT_PARTITION, true, 1), "the next boot looks at this partition: no: LABEL=nowhere is not there: boot "));
	p.looked_for = "LABEL=other";
	CHECK(has_line(said(&p, PREFLIGHT_PARTITION, true, 1), "the next boot looks at this partition: ok (khibernate.partition=LABEL=other)"));
}

static void drivers_of_the_partition(void)
{
	const char *root = machine();
	struct preflight p = request(root);

	device(root, "vda1", "khibernate");
	p.partition = p.looked_for = "LABEL=khibernate";
	driver(root, "virtio_blk");
	CHECK(has_line(said(&p, PREFLIGHT_PARTITION, true, 1), "driver of the partition in the appliance: ok (virtio_blk)"));
	driver(root, "usb-storage");
	CHECK(has_line(said(&p, PREFLIGHT_PARTITION, true, 1), "driver of the partition in the appliance: no: it has no usb-storage"));
	CHECK_STR(said(&p, PREFLIGHT_PARTITION, false, 1), "");
	CHECK(strstr(fail_text(), "hibernating partition: partition: "));
}

/* File systems that others use, and the kernel's own hibernation. */
static void what_others_do(void)
{
	static const char mountinfo[] =
		"28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
		"81 28 8:17 / /win rw,relatime shared:40 - ntfs3 /dev/sdb1 rw,uid=0,gid=0,iocharset=utf8\n"
		"82 28 8:17 /Users /users rw,relatime shared:40 - ntfs3 /dev/sdb1 rw,uid=0,gid=0,iocharset=utf8\n"
		"83 28 8:18 / /media rw,relatime shared:41 - fuseblk /dev/sdb2 rw,user_id=0,group_id=0\n"
		"84 28 8:19 / /jfs rw,relatime shared:42 - jfs /dev/sdb3 rw\n"
		"85 28 0:44 / /tank rw,relatime shared:43 - zfs tank rw,xattr,noacl\n"
		"86 28 0:45 / /proc/x rw,relatime shared:44 - proc proc rw\n"
		"87 28 7:0 / /snap rw,relatime shared:45 - jfs /dev/loop0 rw\n"
		"88 28 8:20 / /stick ro,relatime shared:46 - exfat /dev/sdb4 ro,fmask=0022\n";
	const char *root = machine(), *text;
	struct preflight p = request(root);

	fixture_text(root, "sys/class/block/.made", "");
	p.partition = p.looked_for = "LABEL=nowhere";
	CHECK(has_line(said(&p, PREFLIGHT_PARTITION, true, 1), "mounted file systems: ok (of kinds of which each use is noticed)"));
	fixture_text(root, "sys/dev/block/7:0/uevent", "MAJOR=7\nMINOR=0\nDEVNAME=loop0\nDEVTYPE=disk\nDISKSEQ=1\n");
	fixture_text(root, "sys/dev/block/8:18/uevent", "MAJOR=8\nMINOR=18\nDEVNAME=sdb2\nDEVTYPE=partition\nDISKSEQ=2\nPARTN=2\n");
	blockdev_made(root, "dev/sdb2", 16, "mkfs.exfat");
	fixture_text(root, "proc/self/mountinfo", mountinfo);
	text = said(&p, PREFLIGHT_PARTITION, true, 1);
	CHECK(strstr(text, "\nmounted file systems: no: mounted for writing, and likely to be used by another system while this one is off, not all "
			   "of which would be noticed: /win (ntfs3), /media (exfat): unmount them, mount them read-only, or --force\n"));
	p.force = true;
	text = said(&p, PREFLIGHT_PARTITION, true, 1);
	CHECK(strstr(text, "\nmounted file systems: note: not each use by another system will be noticed: /jfs (jfs), /tank (zfs), /win (ntfs3), "
			   "/media (exfat) (passed over by --force)\n"));
	fixture_text(root, "proc/self/mountinfo", strstr(mountinfo, "84 28"));
	p.force = false;
	text = said(&p, PREFLIGHT_PARTITION, true, 1);
	CHECK(strstr(text, "\nmounted file systems: note: not each use by another system will be noticed: /jfs (jfs), /tank (zfs)\n"));

	/* What Linux 6.12 writes there with and without nohibernate. */
	CHECK(has_line(said(&p, PREFLIGHT_MACHINE, true, 1), "the kernel's own hibernation: ok (switched off)"));
	fixture_text(root, "sys/power/state", "freeze mem\n");
	CHECK(has_line(said(&p, PREFLIGHT_MACHINE, true, 1), "the kernel's own hibernation: ok (switched off)"));
	fixture_text(root, "sys/power/state", "freeze mem disk\n");
	text = said(&p, PREFLIGHT_MACHINE, true, 1);
	CHECK(strstr(text, "\nthe kernel's own hibernation: note: the kernel can hibernate, too (systemctl hibernate)"));
	CHECK(!strstr(said(&p, PREFLIGHT_MACHINE, false, 1), "own hibernation"));
}

static void no_partition(void)
{
	struct preflight p = request(machine());
	const char *text;

	fixture_text(p.root, "sys/class/block/.made", "");
	p.partition = "LABEL=nowhere";
	p.looked_for = "LABEL=khibernate";
	text = said(&p, PREFLIGHT_PARTITION, true, 1);
	CHECK(has_line(text, "hibernating partition: no: LABEL=nowhere is not there"));
	CHECK(has_line(text, "driver of the partition in the appliance: note: not known without the partition"));
	CHECK(has_line(text, "the next boot looks at this partition: note: not known without the partition"));
	CHECK_STR(p.device, "");
	CHECK_STR(said(&p, PREFLIGHT_IMAGE, true, 0), "room on it: note: not known without the partition\n");
	p.unmounted = "mount said no";
	CHECK_STR(said(&p, PREFLIGHT_IMAGE, true, 1), "room on it: no: not known: mount said no\n");
}

static void an_image(void)
{
	struct preflight p = request(machine());
	char mounted[512];
	const char *text;

	snprintf(mounted, sizeof(mounted), "%s/mnt", p.root);
	fixture_text(p.root, "mnt/lost+found/x", "");
	p.mounted = mounted;
	text = said(&p, PREFLIGHT_IMAGE, true, 0);
	CHECK(has_line(text, "no image in the way: ok"));
	/* 410 MiB are 102 % of 500 MiB, less 100 MiB that are free. */
	CHECK(strstr(text, " MiB free, 410 MiB in use)\n"));
	p.dump_level = 1;
	CHECK(strstr(said(&p, PREFLIGHT_IMAGE, true, 0), ", 510 MiB in use)\n"));
	CHECK_STR(said(&p, PREFLIGHT_IMAGE, false, 0), "");
	/* So much RAM is in use that no file system has room for it. */
	meminfo_write(p.root, &(struct meminfo){ .total = 5120000000000, .free = 102400 });
	CHECK(strstr(said(&p, PREFLIGHT_IMAGE, true, 1), "room on it: no: too small: "));
	p.force = true;
	CHECK(strstr(said(&p, PREFLIGHT_IMAGE, true, 0), "room on it: note: too small, passed over by --force: "));
	CHECK(strstr(said(&p, PREFLIGHT_IMAGE, false, 0), "note: room on it: too small, passed over by --force: "));
	fixture_text(p.root, "proc/meminfo", "MemTotal:         512000 kB\n");
	p.dump_level = 17;
	CHECK(strstr(said(&p, PREFLIGHT_IMAGE, true, 1), "room on it: no: memory: "));

	p.dump_level = 1;
	fixture_text(p.root, "mnt/hibernate.meta", "state=ready\nsaved_at=then\n");
	CHECK(strstr(said(&p, PREFLIGHT_IMAGE, true, 1), "no image in the way: no: there is one of then that was never resumed ("));
	CHECK_STR(said(&p, PREFLIGHT_IMAGE, false, 1), "");
	CHECK(strstr(fail_text(), "no image in the way: there is one of then"));
}

/* Firmware that had another map at an earlier boot, one with more ranges than C's kernel takes, and memory that nobody shows. */
static void memory_maps(void)
{
	const char *root = machine(), *text;
	struct preflight p = request(root);
	char path[64], value[32];

	fixture_text(root, "var/lib/khibernate/maps", "old 0-9fc00:1,100000-1ff00000:1 -\n");
	text = said(&p, PREFLIGHT_MACHINE, true, 1);
	CHECK(has_line(text, "RAM maps of earlier boots: note: at 1 of 1 earlier boots firmware had one in which this system could not be "
			     "resumed: 1 MiB at 0x1ff00000 were RAM, and are not now"));
	fixture_text(root, "proc/zoneinfo", "Node 0, zone    DMA32\n        spanned  131071\n        present  130975\n  start_pfn:           1\n");
	fixture_write(root, "proc/kpageflags", "", 0);
	text = said(&p, PREFLIGHT_MACHINE, true, 1);
	CHECK(strstr(text, "\nRAM: no: ") && strstr(text, "kpageflags"));
	for (int i = 2; i <= 128; i++) {
		snprintf(path, sizeof(path), "sys/firmware/memmap/%d/start", i);
		snprintf(value, sizeof(value), "%#x\n", 0x30000000 + i * 0x2000);
		fixture_text(root, path, value);
		snprintf(path, sizeof(path), "sys/firmware/memmap/%d/end", i);
		snprintf(value, sizeof(value), "%#x\n", 0x30000fff + i * 0x2000);
		fixture_text(root, path, value);
		snprintf(path, sizeof(path), "sys/firmware/memmap/%d/type", i);
		fixture_text(root, path, "Reserved\n");
	}
	CHECK(has_line(said(&p, PREFLIGHT_MACHINE, true, 1), "RAM map: no: 129 ranges: the appliance's kernel takes 128, and would not know all of "
							     "this RAM"));
}

RUN_TESTS(memory_maps, every_item_once, a_good_machine, a_bad_machine, full_memory, encrypted_memory, kept_from_disks, stops, the_partition,
	  drivers_of_the_partition, what_others_do, no_partition, an_image)
