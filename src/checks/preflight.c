/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks/preflight.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/number.h"
#include "base/report.h"
#include "block/mounts.h"
#include "checks/boots.h"
#include "checks/drivers.h"
#include "checks/guard.h"
#include "checks/guarded.h"
#include "checks/screen.h"
#include "checks/secrets.h"
#include "checks/suspended.h"
#include "checks/watchdogs.h"
#include "image/files.h"
#include "image/state.h"
#include "kernel/boot_cpus.h"
#include "kernel/complete.h"
#include "kernel/cpuinfo.h"
#include "kernel/filter_reads.h"
#include "kernel/kcore.h"
#include "kernel/lockdown.h"
#include "kernel/memmap.h"
#include "kernel/memory_encryption.h"
#include "kernel/room.h"
#include "kexec/gdt_check.h"
#include "kexec/kexec.h"
#include "kexec/load.h"

#define PATH_SIZE 512
#define TEXT_SIZE 800
/* Dump level bit: free pages are left out. */
#define LEAVES_OUT_FREE 16u

enum answer { OK, NO, NOTE, NOTHING };

/* What the items of a stage find out for each other. */
struct look {
	struct preflight *in;
	bool all; /* each item gets a line */
	char text[TEXT_SIZE]; /* of the answer */
	struct ranges firmware, ram, kernel;
	int ram_known; /* 0, or -1 when it is not, for the reason below */
	char ram_failure[TEXT_SIZE];
	struct range low; /* the low memory that B uses */
	struct range window; /* end 0: there is none */
	struct kcore kcore;
	bool kcore_known;
	bool never_jumps; /* the running kernel was built without the jump */
};

__attribute__((format(printf, 3, 4)))
static enum answer say(struct look *l, enum answer answer, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->text, sizeof(l->text), fmt, ap);
	va_end(ap);
	return answer;
}

/* The answer no, for the reason that fail() was given last. */
static enum answer failed(struct look *l)
{
	return say(l, NO, "%s", fail_text());
}

/* Appends to the text, as far as it fits. */
__attribute__((format(printf, 2, 3)))
static void add(struct look *l, const char *fmt, ...)
{
	size_t used = strlen(l->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l->text + used, sizeof(l->text) - used, fmt, ap);
	va_end(ap);
}

static void path_of(const struct look *l, const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s%s", l->in->root, name);
}

/* The first line of a file below the root, "" if it cannot be read. */
static void first_line(const struct look *l, const char *name, char *line, size_t room)
{
	char path[PATH_SIZE];

	path_of(l, name, path);
	if (access(path, R_OK) || read_line(path, line, room))
		*line = '\0';
}

/* --- installation */

static enum answer user(struct look *l)
{
	return geteuid() ? say(l, NO, "only root may hibernate") : OK;
}

static enum answer installation(struct look *l)
{
	static const char *const files[] = { "bzImage", "rootfs.gz", "khibernate" };
	char path[PATH_SIZE];

	say(l, NO, "missing:");
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", l->in->here, files[i]);
		if (access(path, R_OK))
			add(l, " %s", path);
	}
	if (strcmp(l->text, "missing:"))
		return NO;
	return say(l, OK, "%s", l->in->here);
}

/* --- machine */

static enum answer lockdown(struct look *l)
{
	char state[256];

	if (!lockdown_is_on(l->in->root, state, sizeof(state)))
		return say(l, OK, "none");
	return say(l, NO, "the kernel is locked down (%s), as by Secure Boot", state);
}

static enum answer kexec_jump_possible(struct look *l)
{
	/* A program for another architecture would ask for the jump of another kernel. */
	int no = l->in->probe_jump ? l->in->probe_jump() : load_check_architecture() ? -1 : kexec_probe_jump();

	l->never_jumps = no > 0;
	return no ? failed(l) : OK;
}

static enum answer firmware_map(struct look *l)
{
	if (memmap_firmware(l->in->root, &l->firmware))
		return failed(l);
	if (l->firmware.count > E820_RANGES_MAX)
		return say(l, NO, "%zu ranges: the appliance's kernel takes %d, and would not know all of this RAM", l->firmware.count,
			   E820_RANGES_MAX);
	return say(l, OK, "%zu ranges", l->firmware.count);
}

/* Firmware that has another map at each boot is no reason not to hibernate, since the next one may fit, and a boot tries several. */
static enum answer earlier_maps(struct look *l)
{
	struct boots seen;
	int ret = boots_remember(l->in->root, &seen);

	if (seen.unfit)
		return say(l, NOTE, "at %zu of %zu earlier boots firmware had one in which this system could not be resumed: %s", seen.unfit,
			   seen.known, seen.why);
	if (ret)
		return say(l, NOTE, "cannot be remembered: %s", fail_text());
	return seen.known ? say(l, OK, "%zu fit", seen.known) : say(l, OK, "none is known yet");
}

static enum answer running_ram(struct look *l)
{
	l->ram_known = l->firmware.count ? memory_running(l->in->root, &l->firmware, &l->ram, &l->kernel) :
			fail("memory map", 0, "not known without firmware's map");
	if (!l->ram_known)
		l->ram_known = memmap_low(&l->ram, &l->low);
	if (!l->ram_known)
		return say(l, OK, "%" PRIu64 " MiB, %" PRIu64 " KiB of it low memory", ranges_total(&l->ram) >> 20,
			   (l->low.end - l->low.start) >> 10);
	failed(l);
	memcpy(l->ram_failure, l->text, sizeof(l->text));
	return NO;
}

static enum answer added_cpus(struct look *l)
{
	return boot_cpus_check(l->in->root) ? failed(l) : OK;
}

static enum answer filter_needs(struct look *l)
{
	struct bitmap reads = { 0 };
	char path[PATH_SIZE];
	enum answer answer = OK;

	path_of(l, "/proc/kcore", path);
	if (filter_reads(path, ARCH_WINDOW_HIGHEST, &reads)) {
		failed(l);
		add(l, ": if the window takes some of it, the save fails, and another window is tried");
		answer = NOTE;
	}
	bitmap_free(&reads);
	return answer;
}

static enum answer window(struct look *l)
{
	int (*choose)(const struct window_request *, const struct ranges *, const struct ranges *, struct range *) =
		l->in->choose_window ? l->in->choose_window : load_choose_window;

	if (l->ram_known)
		return say(l, NO, "%s", l->ram_failure);
	if (choose(&l->in->window, &l->ram, &l->kernel, &l->window)) {
		l->window.end = 0;
		return failed(l);
	}
	return say(l, OK, "%" PRIu64 " MiB at %#" PRIx64, (l->window.end - l->window.start) >> 20, l->window.start);
}

static enum answer free_memory(struct look *l)
{
	struct room room = { .needed = kexec_needs(l->window.end - l->window.start + l->low.end - l->low.start) };

	if (!l->window.end)
		return say(l, NO, "not known without the window");
	if (room_look(l->in->root, &room))
		return failed(l);
	say(l, OK, "%" PRIu64 " MiB available, %" PRIu64 " MiB needed", room.available >> 20, room.needed >> 20);
	if (room.available >= room.needed)
		return OK;
	if (room.available + room.swappable < room.needed) {
		room_lacking(&room);
		return failed(l);
	}
	add(l, ": first, what is in memory has to be swapped out");
	return NOTE;
}

static enum answer kernel_memory(struct look *l)
{
	char path[PATH_SIZE];

	path_of(l, "/proc/kcore", path);
	l->kcore_known = !kcore_read(path, &l->kcore);
	return l->kcore_known ? OK : failed(l);
}

static enum answer paging(struct look *l)
{
	if (!l->kcore_known)
		return say(l, NO, "not known without the kernel's memory");
	return say(l, OK, "%s", arch_paging(&l->kcore.vmcoreinfo));
}

static enum answer memory_encryption(struct look *l)
{
	const struct blob *vmcoreinfo = l->kcore_known ? &l->kcore.vmcoreinfo : NULL;

	return memory_encryption_check(l->in->root, vmcoreinfo, l->in->cpuid) ? failed(l) : say(l, OK, "not active");
}

static enum answer return_code(struct look *l)
{
	char path[PATH_SIZE];

	/* It is the code of a kernel that never jumps, so nothing has to be mended in it. */
	if (l->never_jumps)
		return say(l, NOTE, "not looked at, as this kernel cannot jump");
	if (!l->kcore_known || l->ram_known)
		return say(l, NO, "not known without the kernel's memory");
	path_of(l, "/proc/kcore", path);
	return gdt_check(path, l->kcore.direct_map, &l->kernel) ? failed(l) : OK;
}

/*
 * With call depth tracking ("Stuffing") every function of the kernel counts its calls in memory that it finds by the GS register
 * (arch/x86/kernel/callthunks.c, Linux 6.12), and A's first functions after a jump back are called before that is restored.
 */
static enum answer call_depth(struct look *l)
{
	static const char *const by[] = { "retbleed", "indirect_target_selection" };
	char path[PATH_SIZE], state[256];

	for (size_t i = 0; i < sizeof(by) / sizeof(*by); i++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/vulnerabilities/%s", by[i]);
		first_line(l, path, state, sizeof(state));
		if (strstr(state, "Stuffing"))
			return say(l, NO, "the kernel tracks the depth of calls (%s: %s) and would reset the machine on its way back: "
				   "boot it with another mitigation (%s=)", by[i], state, by[i]);
	}
	return say(l, OK, "not tracked");
}

static enum answer idle(struct look *l)
{
	static const char ours[] = "-khibernate";
	char release[128];
	size_t length;

	first_line(l, "/proc/sys/kernel/osrelease", release, sizeof(release));
	length = strlen(release);
	if (length >= strlen(ours) && !strcmp(release + length - strlen(ours), ours))
		return say(l, OK, "patched: %s", release);
	/* Where it cannot be known, it may have them. */
	if (!cpuinfo_flag(l->in->root, "monitor"))
		return say(l, OK, "no MONITOR/MWAIT");
	return say(l, NOTE, "this CPU has MONITOR/MWAIT: with more than one, %s needs the second patch (docs/limits.md)", release);
}

/*
 * Tables that an initramfs has put in place of firmware's (Documentation/admin-guide/acpi/initrd_table_override.rst, Linux 6.12) are
 * others at a boot without that initramfs, as the appliance's, which then refuses the image.
 */
static enum answer acpi_tables(struct look *l)
{
	enum { OVERRIDDEN_ACPI_TABLE = 1u << 8 }; /* include/linux/panic.h, Linux 6.12 */
	enum answer overridden = l->in->force ? NOTE : NO;
	char line[64];
	uint64_t taints;

	first_line(l, "/proc/sys/kernel/tainted", line, sizeof(line));
	if (number_parse(line, 10, &taints))
		return say(l, NOTE, "whether an initramfs has overridden some is not known: /proc/sys/kernel/tainted cannot be read");
	if (!(taints & OVERRIDDEN_ACPI_TABLE))
		return say(l, OK, "firmware's");
	return say(l, overridden, "an initramfs has overridden some, %s",
		   overridden == NOTE ? "passed over by --force: the next boot needs the same" :
		   "and a boot without that could not resume: boot without the override, or give the appliance the same (--force)");
}

static enum answer watchdog(struct look *l)
{
	enum answer active = l->in->force ? NOTE : NO;
	char which[TEXT_SIZE / 2];

	switch (watchdogs_look(l->in->root, which, sizeof(which))) {
	case WATCHDOGS_RUNNING:
		return active == NOTE ? say(l, NOTE, "active, passed over by --force:%s", which) :
		       say(l, NO, "active, it would reset the machine while it is being saved:%s; end what has it open (systemd by "
			   "RuntimeWatchdogSec=0), or boot without its driver", which);
	case WATCHDOGS_UNKNOWN:
		return say(l, NOTE, "whether it runs is not known, so see to it that it does not, or it resets the machine while it is being "
			   "saved:%s", which);
	default:
		return say(l, OK, "none active");
	}
}

static enum answer screen(struct look *l)
{
	return screen_look(l->in->root, l->text, sizeof(l->text)) ? OK : NOTE;
}

static enum answer secrets(struct look *l)
{
	const struct secrets_consent consent = { l->in->save_secret_memory, l->in->save_disk_keys, l->in->force };

	switch (secrets_look(l->in->root, &consent, l->text, sizeof(l->text))) {
	case SECRETS_NONE: return say(l, OK, "none found");
	case SECRETS_AGREED: return NOTE;
	case SECRETS_REFUSED: return NO;
	default: return failed(l);
	}
}

/* A hibernation need not hear of it each time: it has nothing to do with this one. */
static enum answer other_hibernation(struct look *l)
{
	if (!l->all)
		return NOTHING;
	if (!suspended_may_become(l->in->root))
		return say(l, OK, "switched off");
	return say(l, NOTE, "the kernel can hibernate, too (systemctl hibernate), into swap; the appliance, which the next boot begins with, brings "
		   "that back only if it is its own kernel's, and asks otherwise: boot with the kernel parameter nohibernate");
}

/* --- partition */

static enum answer partition(struct look *l)
{
	struct preflight *in = l->in;
	struct superblock super;
	int found = partition_find(in->root, in->partition, in->device);

	*in->uuid = '\0';
	if (found) {
		*in->device = '\0';
		return found < 0 ? failed(l) : say(l, NO, "%s is not there", in->partition);
	}
	if (partition_superblock(in->device, &super)) {
		*in->device = '\0';
		return failed(l);
	}
	strcpy(in->uuid, super.uuid);
	return partition_claim(in->root, in->device) ? failed(l) : say(l, OK, "%s, ext4, UUID %s", in->device, in->uuid);
}

static enum answer without_partition(struct look *l)
{
	return say(l, NOTE, "not known without the partition");
}

static enum answer partition_driver(struct look *l)
{
	struct drivers drivers;

	if (!*l->in->device)
		return without_partition(l);
	if (drivers_of(l->in->root, l->in->device, &drivers))
		return failed(l);
	return *drivers.missing ? say(l, NO, "it has no %s", drivers.missing) : say(l, OK, "%s", drivers.names);
}

static enum answer looked_for(struct look *l)
{
	const char *name = l->in->looked_for;
	char node[PARTITION_PATH_MAX];
	int found;

	if (!*l->in->device)
		return without_partition(l);
	/* Each disk is read for that, which takes its time where there are many. */
	if (!strcmp(name, l->in->partition))
		return say(l, OK, "khibernate.partition=%s", name);
	found = partition_find(l->in->root, name, node);
	if (!found && !strcmp(node, l->in->device))
		return say(l, OK, "khibernate.partition=%s", name);
	if (!found)
		say(l, NO, "%s is %s", name, node);
	else if (found > 0)
		say(l, NO, "%s is not there", name);
	else
		failed(l);
	add(l, ": boot the appliance with khibernate.partition=UUID=%s, or it will not find the image", l->in->uuid);
	return NO;
}

static enum answer unseen_devices(struct look *l)
{
	struct mounts *mounts = malloc(sizeof(*mounts));
	enum answer answer = OK;

	if (!mounts || mounts_list(l->in->root, mounts)) {
		say(l, NOTE, "not known: %s", mounts ? fail_text() : strerror(ENOMEM));
		free(mounts);
		return NOTE;
	}
	say(l, NOTE, "their use by another system will not be noticed:");
	for (size_t i = 0; i < mounts->count; i++) {
		struct drivers drivers;
		bool known = !drivers_of(l->in->root, mounts->name[i], &drivers);

		if (known && !*drivers.missing)
			continue;
		add(l, " /dev/%s (%s)", mounts->name[i], known ? drivers.missing : "its drivers are not known");
		answer = NOTE;
	}
	if (mounts->left_out) {
		add(l, " and %zu more devices", mounts->left_out);
		answer = NOTE;
	}
	free(mounts);
	return answer == OK ? say(l, OK, "none") : answer;
}

static enum answer guarded(struct look *l)
{
	switch (guarded_look(l->in->root, l->in->force, l->text, sizeof(l->text))) {
	case GUARDED_ALL: return say(l, OK, "of kinds of which each use is noticed");
	case GUARDED_DOUBTFUL: return NOTE;
	case GUARDED_SHARED: return NO;
	default: return failed(l);
	}
}

/* --- image */

static enum answer image_in_the_way(struct look *l)
{
	struct image_status status;
	bool in_the_way;
	char saved_at[IMAGE_TIME_MAX];

	if (!l->in->mounted)
		return NOTHING;
	if (image_status(l->in->mounted, false, &status))
		return failed(l);
	in_the_way = status.state == IMAGE_READY || status.state == IMAGE_REFUSED;
	if (in_the_way) {
		image_saved_at(&status, saved_at);
		say(l, NO, "there is one of %s that was never resumed (", saved_at);
		if (*status.why)
			add(l, "%s", status.why);
		/* Where a boot did not find it, this system has been using the disks that it knows since. */
		else if (guard_compare(l->in->root, &status.text, 0))
			add(l, "it is out of date: %s", fail_text());
		else
			add(l, "boot it");
		add(l, "); hibernate.sh --discard deletes it");
	}
	image_status_free(&status);
	return in_the_way ? NO : OK;
}

static enum answer room(struct look *l)
{
	uint64_t free_bytes, total, unused = 0, used;
	bool fits;

	if (!l->in->mounted)
		return l->in->unmounted ? say(l, NO, "not known: %s", l->in->unmounted) : without_partition(l);
	if (files_room(l->in->mounted, &free_bytes) || memmap_meminfo(l->in->root, "MemTotal", &total) ||
	    (l->in->dump_level & LEAVES_OUT_FREE && memmap_meminfo(l->in->root, "MemFree", &unused)))
		return failed(l);
	/* MemTotal leaves out about 2 % that the kernel keeps for itself. */
	used = total / 100 * 102 - min_u64(unused, total);
	fits = free_bytes >= used;
	say(l, OK, "%s%" PRIu64 " MiB free, %" PRIu64 " MiB in use",
	    fits ? "" : l->in->force ? "too small, passed over by --force: " : "too small: ", free_bytes >> 20, used >> 20);
	return fits ? OK : l->in->force ? NOTE : NO;
}

/* --- the list */

static const struct item {
	const char *what;
	enum answer (*look)(struct look *l);
	enum preflight_stage stage;
	/* A hibernation only notes a no, and goes on: there will be an image, and the user has to see to it that a boot finds it. */
	bool advice;
} items[] = {
	{ "user", user, PREFLIGHT_INSTALLATION, false },
	{ "installation", installation, PREFLIGHT_INSTALLATION, false },
	{ "lockdown", lockdown, PREFLIGHT_MACHINE, false },
	{ "kexec jump", kexec_jump_possible, PREFLIGHT_MACHINE, false },
	{ "RAM map", firmware_map, PREFLIGHT_MACHINE, false },
	{ "RAM maps of earlier boots", earlier_maps, PREFLIGHT_MACHINE, false },
	{ "RAM", running_ram, PREFLIGHT_MACHINE, false },
	{ "CPUs added since the boot", added_cpus, PREFLIGHT_MACHINE, false },
	{ "what makedumpfile has to read", filter_needs, PREFLIGHT_MACHINE, false },
	{ "window", window, PREFLIGHT_MACHINE, false },
	{ "free memory", free_memory, PREFLIGHT_MACHINE, false },
	{ "kernel memory (/proc/kcore, VMCOREINFO)", kernel_memory, PREFLIGHT_MACHINE, false },
	{ "memory encryption", memory_encryption, PREFLIGHT_MACHINE, false },
	{ "paging", paging, PREFLIGHT_MACHINE, false },
	{ "return code of the kernel (GDT)", return_code, PREFLIGHT_MACHINE, false },
	{ "call depth", call_depth, PREFLIGHT_MACHINE, false },
	{ "CPUs' idle", idle, PREFLIGHT_MACHINE, false },
	{ "ACPI tables", acpi_tables, PREFLIGHT_MACHINE, false },
	{ "watchdog", watchdog, PREFLIGHT_MACHINE, false },
	{ "screen and keyboard in the appliance", screen, PREFLIGHT_MACHINE, false },
	{ "secrets in memory", secrets, PREFLIGHT_MACHINE, false },
	{ "the kernel's own hibernation", other_hibernation, PREFLIGHT_MACHINE, false },
	{ "hibernating partition", partition, PREFLIGHT_PARTITION, false },
	{ "driver of the partition in the appliance", partition_driver, PREFLIGHT_PARTITION, false },
	{ "the next boot looks at this partition", looked_for, PREFLIGHT_PARTITION, true },
	{ "devices that the appliance cannot see", unseen_devices, PREFLIGHT_PARTITION, false },
	{ "mounted file systems", guarded, PREFLIGHT_PARTITION, false },
	{ "no image in the way", image_in_the_way, PREFLIGHT_IMAGE, false },
	{ "room on it", room, PREFLIGHT_IMAGE, false },
};

static void print(const char *what, enum answer answer, const char *text, FILE *out)
{
	fprintf(out, "%s: %s", what, answer == OK ? "ok" : answer == NO ? "no" : "note");
	if (*text)
		fprintf(out, answer == OK ? " (%s)" : ": %s", text);
	fputc('\n', out);
}

int preflight_run(struct preflight *preflight, enum preflight_stage stage, bool all, FILE *out)
{
	struct look l = { .in = preflight, .all = all };
	bool says_no = false;

	for (size_t i = 0; i < sizeof(items) / sizeof(*items) && (all || !says_no); i++) {
		const struct item *item = &items[i];
		enum answer answer;

		if (item->stage != stage)
			continue;
		*l.text = '\0';
		answer = item->look(&l);
		make_one_line(l.text);
		if (all && answer != NOTHING)
			print(item->what, answer, l.text, out);
		if (!all && ((answer == NOTE && !preflight->quiet) || (answer == NO && item->advice)))
			fprintf(out, "note: %s: %s\n", item->what, l.text);
		if (answer == NO && (all || !item->advice)) {
			says_no = true;
			fail(item->what, 0, "%s", l.text);
		}
	}
	ranges_free(&l.firmware);
	ranges_free(&l.ram);
	ranges_free(&l.kernel);
	if (l.kcore_known)
		kcore_free(&l.kcore);
	return finish_printing(out, "standard output") ? -1 : says_no;
}
