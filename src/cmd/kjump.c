/*
 * kjump: loads the appliance into the window and jumps; loads the way back and
 * jumps. The steps of a hibernation, in A:
 *   1. read firmware's memory map, A's RAM, VMCOREINFO and the direct map
 *   2. choose the window, clear of what makedumpfile needs to see
 *   3. open the mailbox, lay out B, load it with context preserved
 *   4. jump; B saves, C or C' restores; back here, read the mailbox
 * Every check comes before the jump.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/programs.h"
#include "arch/arch.h"
#include "kexec/gdt_check.h"
#include "kexec/initrd.h"
#include "block/mounts.h"
#include "kexec/kexec.h"
#include "checks/machine.h"
#include "kexec/mailbox.h"
#include "kernel/memmap.h"
#include "image/meta.h"
#include "checks/preflight.h"
#include "kernel/pageflags.h"
#include "block/partition.h"
#include "kexec/plan.h"
#include "base/report.h"
#include "block/superblock.h"
#include "kexec/window.h"
#include "image/wipe.h"
#include "base/number.h"

#define PROGRAM "kjump"
#define INITRD_MAX (256u << 20)

struct options {
	const char *kernel, *initrd, *append, *config, *entry, *paging, *mailbox, *mail, *device, *compare, *wipe;
	struct window_request window;
	bool preserve, jump_back, exec, unload, reuse_cmdline, show_machine, show_arch, probe, failed, claim, show_device, show_uuid,
	     devices, check;
};

static const char usage_text[] =
	"usage: kjump [-d] --load-preserve-context KERNEL --initrd FILE [OPTIONS] [-e]\n"
	"       kjump [-d] -l KERNEL --initrd FILE --window SIZE@ADDR [OPTIONS] [-e]\n"
	"       kjump [-d] --load-jump-back-helper --entry ADDR [--paging MODE] [-e]\n"
	"       kjump -e | -u | --show-machine | --compare-machine META | --show-arch | --probe | --check\n"
	"       kjump --device NAME [--claim] [--show-device] [--show-uuid] | --devices\n"
	"       kjump --mailbox PLACE --mail TEXT [--failed]\n"
	"       kjump --wipe FOLDER\n"
	"  -l, --load                    load a kernel that will own only the window\n"
	"      --load-preserve-context   the same, to come back from: saves what the window holds\n"
	"      --load-jump-back-helper   load the way back into the kernel that jumped here\n"
	"      --entry ADDR              its re-entry point (kexec_jump_back_entry)\n"
	"      --paging MODE             its paging mode (khibernate.paging)\n"
	"      --initrd FILE             the appliance's initramfs (also --ramdisk)\n"
	"      --append TEXT             kernel command line (also --command-line)\n"
	"      --reuse-cmdline           begin it with this kernel's own, less what belongs to one boot\n"
	"      --config FILE             give FILE to the appliance as /khibernate.conf\n"
	"      --window SIZE[@ADDR]      the window's size and place (default 48M, 64M above 16 GiB of RAM, more above 64 GiB; chosen)\n"
	"      --mem-min, --mem-max ADDR choose it between these addresses\n"
	"  -e, --exec                    jump to what is loaded\n"
	"  -u, --unload                  forget what is loaded\n"
	"  -d, --debug                   show every range and segment that was decided on\n"
	"      --show-machine            print what hibernate.meta says of the machine: memory map, CPU, ACPI tables\n"
	"      --compare-machine META    is this machine the one that the file describes?\n"
	"      --show-arch               print the architecture that this program is for\n"
	"      --probe                   can this kernel jump? (unloads what is loaded)\n"
	"      --check                   a line for each thing that the kernel has to have (unloads what is loaded)\n"
	"      --device NAME             a block device: LABEL=.., UUID=.., PARTUUID=.. or its path\n"
	"      --claim                   is it used by nobody? (also drops its page cache)\n"
	"      --show-device             print the path of its node\n"
	"      --show-uuid               print the UUID of its ext4\n"
	"      --devices                 print the block devices in use by file systems and swap, and what is on them\n"
	"      --mailbox PLACE --mail TEXT  leave A word of how it went (--failed: badly)\n"
	"      --wipe FOLDER             delete the image in the folder, a mounted partition, for good\n"
	"  -h, --help                    this text\n"
	"Exit: 0 done, or back from the jump and all went well; 1 failed (one line says why); 2 usage.\n";

/* optarg, a size or address with an optional K, M or G. 0, or -1 and fail(). */
static int parse_address(uint64_t *out)
{
	const char *rest;

	return number_parse_sized(optarg, '\0', &rest, out) ? fail("options", 0, "no size or address: %.40s", optarg) : 0;
}

static int parse_options(int argc, char **argv, struct options *o)
{
	enum { PRESERVE = 256, JUMP_BACK, ENTRY, INITRD, APPEND, REUSE, CONFIG, WINDOW, MEM_MIN,
	       MEM_MAX, SHOW_MACHINE, SHOW_ARCH, PAGING, PROBE, MAILBOX, MAIL, FAILED, DEVICE, CLAIM, SHOW_DEVICE,
	       SHOW_UUID, DEVICES, CHECK, COMPARE, WIPE };
	static const struct option longs[] = {
		{ "load", no_argument, NULL, 'l' },
		{ "load-preserve-context", no_argument, NULL, PRESERVE },
		{ "load-jump-back-helper", no_argument, NULL, JUMP_BACK },
		{ "entry", required_argument, NULL, ENTRY },
		{ "initrd", required_argument, NULL, INITRD },
		{ "ramdisk", required_argument, NULL, INITRD },
		{ "append", required_argument, NULL, APPEND },
		{ "command-line", required_argument, NULL, APPEND },
		{ "reuse-cmdline", no_argument, NULL, REUSE },
		{ "config", required_argument, NULL, CONFIG },
		{ "window", required_argument, NULL, WINDOW },
		{ "mem-min", required_argument, NULL, MEM_MIN },
		{ "mem-max", required_argument, NULL, MEM_MAX },
		{ "exec", no_argument, NULL, 'e' },
		{ "unload", no_argument, NULL, 'u' },
		{ "debug", no_argument, NULL, 'd' },
		{ "show-machine", no_argument, NULL, SHOW_MACHINE },
		{ "compare-machine", required_argument, NULL, COMPARE },
		{ "show-arch", no_argument, NULL, SHOW_ARCH },
		{ "paging", required_argument, NULL, PAGING },
		{ "probe", no_argument, NULL, PROBE },
		{ "mailbox", required_argument, NULL, MAILBOX },
		{ "mail", required_argument, NULL, MAIL },
		{ "failed", no_argument, NULL, FAILED },
		{ "device", required_argument, NULL, DEVICE },
		{ "claim", no_argument, NULL, CLAIM },
		{ "show-device", no_argument, NULL, SHOW_DEVICE },
		{ "show-uuid", no_argument, NULL, SHOW_UUID },
		{ "devices", no_argument, NULL, DEVICES },
		{ "wipe", required_argument, NULL, WIPE },
		{ "check", no_argument, NULL, CHECK },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, ret = 0;

	while (!ret && (c = getopt_long(argc, argv, "leudh", longs, NULL)) != -1) {
		switch (c) {
		case 'l': break;
		case 'e': o->exec = true; break;
		case 'u': o->unload = true; break;
		case 'd': debug_enable(); break;
		case PRESERVE: o->preserve = true; break;
		case JUMP_BACK: o->jump_back = true; break;
		case ENTRY: o->entry = optarg; break;
		case INITRD: o->initrd = optarg; break;
		case APPEND: o->append = optarg; break;
		case REUSE: o->reuse_cmdline = true; break;
		case CONFIG: o->config = optarg; break;
		case WINDOW: ret = window_parse(optarg, &o->window); break;
		case MEM_MIN: ret = parse_address(&o->window.min); break;
		case MEM_MAX: ret = parse_address(&o->window.max); break;
		case SHOW_MACHINE: o->show_machine = true; break;
		case COMPARE: o->compare = optarg; break;
		case SHOW_ARCH: o->show_arch = true; break;
		case PAGING: o->paging = *optarg ? optarg : NULL; break;
		case PROBE: o->probe = true; break;
		case MAILBOX: o->mailbox = optarg; break;
		case MAIL: o->mail = optarg; break;
		case FAILED: o->failed = true; break;
		case DEVICE: o->device = optarg; break;
		case CLAIM: o->claim = true; break;
		case SHOW_DEVICE: o->show_device = true; break;
		case SHOW_UUID: o->show_uuid = true; break;
		case DEVICES: o->devices = true; break;
		case WIPE: o->wipe = optarg; break;
		case CHECK: o->check = true; break;
		case 'h':
			fputs(usage_text, stdout);
			exit(EXIT_OK);
		default:
			return fail("options", 0, "see kjump --help");
		}
	}
	if (optind < argc)
		o->kernel = argv[optind++];
	if (!ret && optind < argc)
		ret = fail("options", 0, "too many arguments: %s", argv[optind]);
	if (!ret && o->kernel && (!o->initrd || o->jump_back))
		ret = fail("options", 0, "a kernel needs --initrd");
	if (!ret && o->kernel && !o->preserve && !o->window.at)
		ret = fail("options", 0, "-l needs --window SIZE@ADDR");
	if (!ret && o->jump_back && !o->entry)
		ret = fail("options", 0, "--load-jump-back-helper needs --entry");
	if (!ret && !o->mailbox != !o->mail)
		ret = fail("options", 0, "--mailbox and --mail go together");
	if (!ret && !o->device != !(o->claim || o->show_device || o->show_uuid))
		ret = fail("options", 0, "--device goes with --claim, --show-device or --show-uuid");
	if (!ret && !(o->kernel || o->jump_back || o->exec || o->unload || o->show_machine || o->compare || o->show_arch ||
		      o->probe || o->mail || o->device || o->devices || o->check || o->wipe))
		ret = fail("options", 0, "nothing to do, see kjump --help");
	return ret;
}

/* A 32-bit kjump must not describe a 64-bit kernel, nor the other way round. */
static int check_architecture(void)
{
	struct utsname u;

	if (uname(&u))
		return fail("architecture", errno, "uname");
	if (!arch_is_running(u.machine))
		return fail("architecture", 0, "the running kernel is for %s, this kjump for %s", u.machine, ARCH_NAME);
	return 0;
}

struct obstacles {
	const struct ranges *kernel;
	int pageflags;
};

static uint64_t obstacle(void *context, uint64_t start, uint64_t end)
{
	const struct obstacles *o = context;
	const struct range *image = ranges_touch(o->kernel, start, end);

	return image ? image->end : pageflags_last_reserved(o->pageflags, start, end);
}

/* `options` are struct options: also called by preflight_print(). */
static int choose_window(const void *options, const struct ranges *ram,
			 const struct ranges *kernel, struct range *window)
{
	const struct options *o = options;
	struct obstacles obstacles = { kernel, pageflags_open() };
	int ret;

	if (obstacles.pageflags < 0)
		return -1;
	ret = window_choose(&o->window, ram, obstacle, &obstacles, window);
	close(obstacles.pageflags);
	return ret;
}

/* C' takes the window that the image names: only its place in RAM is checked. */
static uint64_t no_obstacle(void *context, uint64_t start, uint64_t end)
{
	(void)context, (void)start, (void)end;
	return 0;
}

static int make_cmdline(const struct options *o, const struct plan_input *in,
			const struct mailbox *box, struct cmdline *line)
{
	struct blob own;
	int ret;

	if (o->reuse_cmdline) {
		if (read_file("/proc/cmdline", 65536, &own))
			return -1;
		ret = cmdline_reuse(line, (char *)own.data);
		free(own.data);
		if (ret)
			return -1;
	}
	/* maxcpus: A's other CPUs wait in A's memory. nokaslr: the window has room for one place only. */
	if (cmdline_add(line, "%s", o->append ? o->append : "") ||
	    cmdline_add(line, "maxcpus=1 nokaslr khibernate.window=%#" PRIx64 "@%#" PRIx64,
			in->window.end - in->window.start, in->window.start))
		return -1;
	if (!o->preserve)
		return 0;
	return cmdline_add(line, "khibernate.mailbox=%s khibernate.paging=%s", box->place, in->paging) ||
	       cmdline_add_slot(line) ? -1 : 0;
}

static int load_initrd(const struct options *o, struct blob *initrd)
{
	struct blob config;
	int ret;

	if (read_file(o->initrd, INITRD_MAX, initrd) || initrd_check(o->initrd, initrd))
		return -1;
	if (!o->config)
		return 0;
	if (read_file(o->config, 1 << 20, &config))
		return -1;
	ret = initrd_append(initrd, "khibernate.conf", &config);
	free(config.data);
	return ret;
}

/* What A's kernel has to be asked before B can be described. */
static int describe_running(const struct options *o, struct plan_input *in, struct ranges *ram,
			    struct kcore *kcore)
{
	struct ranges kernel = { 0 };
	int ret = -1;

	if (memmap_running("", ram, &kernel) || memmap_check_reach(ram))
		goto out;
	if (o->preserve) {
		if (kcore_read("/proc/kcore", kcore) || !(in->paging = arch_paging(&kcore->vmcoreinfo)) ||
		    gdt_check("/proc/kallsyms", "/proc/kcore", &arch_jump_code) ||
		    choose_window(o, ram, &kernel, &in->window) ||
		    ranges_cut(ram, 0, in->low_end) ||
		    ranges_cut(ram, in->window.start, in->window.end) ||
		    /* Highmem has no virtual address, and the kernel image another than its neighbours: PT_LOADs of their own. */
		    ranges_cut(ram, kcore->direct_map_end, kcore->direct_map_end) ||
		    ranges_cut(ram, kcore->image.start, kcore->image.start) ||
		    ranges_cut(ram, kcore->image.end, kcore->image.end))
			goto out;
		in->ram = ram;
		in->kcore = kcore;
	} else if (window_choose(&o->window, ram, no_obstacle, NULL, &in->window)) {
		goto out;
	}
	debug("window: %016" PRIx64 "-%016" PRIx64, in->window.start, in->window.end);
	for (size_t i = 0; i < ram->count; i++)
		debug("RAM: %016" PRIx64 "-%016" PRIx64, ram->item[i].start, ram->item[i].end);
	ret = 0;
out:
	ranges_free(&kernel);
	return ret;
}

static int load_kernel(const struct options *o, struct mailbox *box)
{
	struct ranges firmware = { 0 }, ram = { 0 };
	struct cmdline cmdline = { 0 };
	struct bzimage kernel = { 0 };
	struct kcore kcore = { 0 };
	struct blob initrd = { 0 };
	struct plan plan = { 0 };
	struct plan_input in = { .root = "", .firmware = &firmware, .kernel = &kernel,
				 .initrd = &initrd, .cmdline = &cmdline };
	int ret = -1;

	if (o->preserve && kexec_probe_jump())
		return -1;
	if (memmap_firmware("", &firmware))
		goto out;
	in.low_end = memmap_low_end(&firmware);
	if (in.low_end <= LOW_START) {
		fail("memory map", 0, "no usable memory at address 0");
		goto out;
	}
	if (bzimage_read(o->kernel, &kernel) || arch_check_kernel(o->kernel, kernel.xloadflags) ||
	    load_initrd(o, &initrd) || describe_running(o, &in, &ram, &kcore))
		goto out;
	if (o->preserve && mailbox_open(&in.window, box))
		goto out;
	if (make_cmdline(o, &in, box, &cmdline) || plan_kernel(&in, &plan))
		goto out;
	ret = kexec_load_plan(&plan, o->preserve);
out:
	plan_free(&plan);
	free(cmdline.text);
	free(initrd.data);
	bzimage_free(&kernel);
	kcore_free(&kcore);
	ranges_free(&ram);
	ranges_free(&firmware);
	return ret;
}

static int load_return(const char *entry_text, const char *paging)
{
	struct ranges ram = { 0 }, kernel = { 0 };
	struct plan plan = { 0 };
	uint64_t entry;
	int ret = -1;

	if (number_parse(entry_text, 16, &entry))
		return fail("trampoline", 0, "no re-entry point: %.40s", entry_text);
	if (!memmap_running("", &ram, &kernel) && !trampoline_plan(&ram, entry, paging, &plan))
		ret = kexec_load_plan(&plan, false);
	plan_free(&plan);
	ranges_free(&ram);
	ranges_free(&kernel);
	return ret;
}

static int print_line(const char *text)
{
	return puts(text) < 0 || fflush(stdout) ? fail("write", errno, "standard output") : 0;
}

/* Prints what hibernate.meta is to say of this machine, or compares it with what the file `compare` says. */
static int look_at_machine(const char *compare)
{
	struct blob meta;
	struct cpu cpu;
	int ret;

	cpu_read(&cpu);
	if (!compare)
		return machine_print("", &cpu, stdout);
	if (read_file(compare, META_MAX, &meta))
		return -1;
	ret = machine_compare("", &cpu, &meta, stdout);
	free(meta.data);
	return ret;
}

static int look_at_device(const struct options *o)
{
	char path[PARTITION_PATH_MAX];
	struct superblock super;
	int found = partition_find("", o->device, path);

	if (found)
		return found < 0 ? -1 : fail("partition", 0, "%s is not there", o->device);
	if ((o->claim && partition_claim("", path)) || (o->show_uuid && partition_superblock(path, &super)) ||
	    (o->show_device && print_line(path)))
		return -1;
	return o->show_uuid ? print_line(super.uuid) : 0;
}

static int show_devices(void)
{
	struct mounts devices;

	return mounts_list("", &devices) || mounts_print("", &devices) ? -1 : 0;
}

/* Jumps, and says how it went when a mailbox was open: 0, or -1 and fail(). */
static int jump(struct mailbox *box)
{
	const char *text;

	if (box->page && mailbox_check(box))
		return -1;
	if (kexec_jump())
		return -1;
	if (!box->page)
		return 0;
	switch (mailbox_read(box, &text)) {
	case MAIL_OK:
		puts(text);
		return 0;
	case MAIL_FAILED:
		return fail("appliance", 0, "%s", text);
	default:
		return fail("appliance", 0, "it came back without a word of how it went");
	}
}

int kjump_main(int argc, char **argv)
{
	struct options o = { 0 };
	struct mailbox box = { 0 };
	int ret = 0;

	if (parse_options(argc, argv, &o)) {
		report_failure(PROGRAM);
		return EXIT_USAGE;
	}
	if (o.show_arch)
		return print_line(ARCH_NAME) ? report_failure(PROGRAM) : EXIT_OK;
	if (check_architecture())
		return report_failure(PROGRAM);
	if (o.check) {
		ret = preflight_print(choose_window, &o);
		return ret < 0 ? report_failure(PROGRAM) : ret ? EXIT_FAILED : EXIT_OK;
	}
	if (o.mail)
		ret = mailbox_write(o.mailbox, o.failed ? MAIL_FAILED : MAIL_OK, o.mail);
	if (!ret && (o.show_machine || o.compare))
		ret = look_at_machine(o.compare);
	if (!ret && o.devices)
		ret = show_devices();
	if (!ret && o.probe)
		ret = kexec_probe_jump();
	if (!ret && o.device)
		ret = look_at_device(&o);
	if (!ret && o.wipe)
		ret = wipe_image(o.wipe);
	if (!ret && o.unload)
		ret = kexec_unload();
	if (!ret && o.kernel)
		ret = load_kernel(&o, &box);
	if (!ret && o.jump_back)
		ret = load_return(o.entry, o.paging);
	if (!ret && o.exec)
		ret = jump(&box);
	return ret ? report_failure(PROGRAM) : EXIT_OK;
}
