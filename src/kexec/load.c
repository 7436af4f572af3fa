/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loading B, in A:
 *   1. read firmware's memory map, A's RAM, VMCOREINFO and the direct map
 *   2. choose the window, clear of what makedumpfile needs to see
 *   3. open the mailbox, lay B out, make room for the backup pages, load it with context preserved
 * C' is loaded in C in the same way, into the window that the image names, without a mailbox or a core header.
 */
#include "kexec/load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/io.h"
#include "base/number.h"
#include "base/report.h"
#include "base/words.h"
#include "kernel/complete.h"
#include "kernel/filter_reads.h"
#include "kernel/memmap.h"
#include "kernel/memory_encryption.h"
#include "kernel/pageflags.h"
#include "kernel/room.h"
#include "kexec/gdt_check.h"
#include "kexec/initrd.h"
#include "kexec/kexec.h"
#include "kexec/plan.h"

#define INITRD_MAX (256u << 20)
#define CMDLINE_MAX 65536

int load_check_architecture(void)
{
	struct utsname u;

	if (uname(&u))
		return fail("architecture", errno, "uname");
	if (!arch_is_running(u.machine))
		return fail("architecture", 0, "the running kernel is for %s, this kjump for %s", u.machine, ARCH_NAME);
	return 0;
}

struct obstacles {
	const struct ranges *kernel, *avoid;
	struct bitmap filter_reads;
	int pageflags;
};

/*
 * A window_obstacle(): the kernel's image, what is to be avoided, pages that its allocator was never given, and others that the page
 * filter reads.
 */
static uint64_t obstacle(void *context, uint64_t start, uint64_t end)
{
	const struct obstacles *o = context;
	const struct range *whole = ranges_touch(o->kernel, start, end);
	uint64_t reserved;

	if (!whole)
		whole = ranges_touch(o->avoid, start, end);
	if (whole)
		return whole->end;
	reserved = pageflags_last_reserved(o->pageflags, start, end);
	return max_u64(reserved, filter_reads_last(&o->filter_reads, start, end));
}

/*
 * What the page filter reads, as far as it can be known: a window that holds some of it only makes the save fail, and A tries another one.
 * But the low memory is a part of every window. 0, or -1 and fail().
 */
static int look_for_reads(struct bitmap *reads)
{
	uint64_t in_low;

	if (filter_reads("/proc/kcore", ARCH_WINDOW_HIGHEST, reads)) {
		if (!reads->word)
			return -1;
		debug("window: what makedumpfile has to read is not known: %s", fail_text());
		return 0;
	}
	in_low = filter_reads_last(reads, 0, MIB_1);
	return in_low ? fail("window", 0, "makedumpfile has to read what the kernel has below %#" PRIx64 ", where the appliance has to be, too: "
			     "start the machine anew", in_low) : 0;
}

int load_choose_window(const struct window_request *request, const struct ranges *ram, const struct ranges *kernel,
		       struct range *window)
{
	struct obstacles obstacles = { .kernel = kernel, .avoid = &request->avoid, .pageflags = pageflags_open() };
	int ret;

	if (obstacles.pageflags < 0)
		return -1;
	ret = look_for_reads(&obstacles.filter_reads) ? -1 : window_choose(request, ram, obstacle, &obstacles, window);
	bitmap_free(&obstacles.filter_reads);
	close(obstacles.pageflags);
	return ret;
}

/* A window_obstacle() for C', which replaces C: whatever C has there may go, so only the window's place in RAM is checked. */
static uint64_t no_obstacle(void *context, uint64_t start, uint64_t end)
{
	(void)context, (void)start, (void)end;
	return 0;
}

/*
 * Is `name`, which was added last, a word of the command line? Behind "--" or inside of quotes that are not closed the appliance
 * would not see it, and would take itself for another part. 0, or -1 and fail().
 */
static int check_words(const char *text, const char *name)
{
	struct word word;

	while (words_next(&text, &word))
		if (word.value && word_named(&word, name))
			return 0;
	return fail("command line", 0, "quotes that are not closed, or \"--\", hide what is added for the appliance");
}

/* The kernel parameters; `box` is for B only. */
static int make_cmdline(const struct load_request *r, const struct plan_input *in,
			const struct mailbox *box, struct cmdline *line)
{
	char window[WINDOW_TEXT_SIZE];
	struct blob own;
	int ret;

	if (r->reuse_cmdline) {
		if (read_file("/proc/cmdline", CMDLINE_MAX, &own))
			return -1;
		ret = cmdline_reuse(line, (char *)own.data);
		free(own.data);
		if (ret)
			return -1;
	}
	if (r->append && cmdline_check_appended(r->append))
		return -1;
	window_text(&in->window, window);
	/* maxcpus: A's other CPUs wait in A's memory. nokaslr: the window has room for one place only. */
	if (cmdline_add(line, "%s", r->append ? r->append : "") ||
	    cmdline_add(line, "maxcpus=1 nokaslr khibernate.window=%s", window))
		return -1;
	if (r->preserve && (cmdline_add(line, "khibernate.mailbox=%s khibernate.paging=%s", box->place, in->paging) ||
			    cmdline_add_slot(line)))
		return -1;
	return check_words(line->text, r->preserve ? "kexec_jump_back_entry" : "khibernate.window");
}

/* The initramfs, with those files in it that were given. */
static int load_initrd(const struct load_request *r, struct blob *initrd)
{
	const char *const path[] = { r->config, r->facts };
	struct initrd_file file[] = { { .name = "khibernate.conf" }, { .name = "khibernate.facts" } };
	struct initrd_file *end = file;
	int ret = read_file(r->initrd, INITRD_MAX, initrd) || initrd_check(r->initrd, initrd) ? -1 : 0;

	for (size_t i = 0; i < sizeof(path) / sizeof(*path) && !ret; i++) {
		if (!path[i])
			continue;
		end->name = file[i].name;
		ret = read_file(path[i], INITRD_FILE_MAX, &end->content);
		end += !ret;
	}
	if (!ret && end > file)
		ret = initrd_append(initrd, file, (size_t)(end - file));
	while (end > file)
		free((--end)->content.data);
	return ret;
}

/* For C', what the image's system has of C's RAM outside of the window is not C''s. */
static int leave_alone(const char *text, struct ranges *ram)
{
	struct ranges theirs = { 0 };
	int ret = text && (ranges_parse(&theirs, text) || ranges_subtract(ram, &theirs)) ? -1 : 0;

	ranges_free(&theirs);
	return ret;
}

/* Low memory and the window; and for B what the running kernel, A, says of its memory. `ram` and `kcore` are the caller's to free. */
static int describe_running(const struct load_request *r, struct plan_input *in, struct ranges *ram,
			    struct kcore *kcore)
{
	struct ranges kernel = { 0 };
	int ret = -1;

	if (r->preserve ? memory_running("", in->firmware, ram, &kernel) :
			  memmap_running("", ram, &kernel) || memmap_check_reach(ram) || leave_alone(r->keep_out, ram))
		goto out;
	if (memmap_low(ram, &in->low))
		goto out;
	if (r->preserve) {
		if (kcore_read("/proc/kcore", kcore) || memory_encryption_check("", &kcore->vmcoreinfo, NULL) ||
		    gdt_check("/proc/kcore", kcore->direct_map, &kernel) ||
		    load_choose_window(&r->window, ram, &kernel, &in->window) ||
		    ranges_cut(ram, 0, LOW_START) ||
		    ranges_cut(ram, in->low.start, in->low.end) ||
		    ranges_cut(ram, in->window.start, in->window.end) ||
		    /* Highmem has no virtual address, and the kernel image another than its neighbours: PT_LOADs of their own. */
		    ranges_cut(ram, kcore->direct_map_end, kcore->direct_map_end) ||
		    ranges_cut(ram, kcore->image.start, kcore->image.start) ||
		    ranges_cut(ram, kcore->image.end, kcore->image.end))
			goto out;
		in->ram = ram;
		in->kcore = kcore;
		in->paging = arch_paging(&kcore->vmcoreinfo);
	} else if (window_choose(&r->window, ram, no_obstacle, NULL, &in->window)) {
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

int load_appliance(const struct load_request *r, struct mailbox *box)
{
	struct ranges firmware = { 0 }, ram = { 0 };
	struct cmdline cmdline = { 0 };
	struct bzimage kernel = { 0 };
	struct kcore kcore = { 0 };
	struct blob initrd = { 0 };
	struct plan plan = { 0 };
	struct arch_permit permit;
	struct plan_input in = { .root = "", .firmware = &firmware, .kernel = &kernel,
				 .initrd = &initrd, .cmdline = &cmdline };
	int ret = -1;

	if (r->preserve && kexec_probe_jump())
		return -1;
	if (memmap_firmware("", &firmware))
		goto out;
	if (bzimage_read(r->kernel, &kernel) || arch_check_kernel(r->kernel, kernel.xloadflags) ||
	    load_initrd(r, &initrd) || describe_running(r, &in, &ram, &kcore))
		goto out;
	if (r->preserve && mailbox_open(&in.window, box))
		goto out;
	if (r->preserve && r->jump) {
		permit = mailbox_permit(box, in.paging);
		in.permit = &permit;
	}
	if (make_cmdline(r, &in, box, &cmdline) || plan_kernel(&in, &plan))
		goto out;
	if (r->preserve && room_make(kexec_needs(plan_size(&plan)), r->progress))
		goto out;
	ret = kexec_load_plan(&plan, r->preserve);
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

int load_return(const char *entry, const char *paging)
{
	struct ranges ram = { 0 }, kernel = { 0 };
	struct plan plan = { 0 };
	uint64_t address;
	int ret = -1;

	if (number_parse(entry, 16, &address))
		return fail("trampoline", 0, "no re-entry point: %.40s", entry);
	if (!arch_check_paging(paging) && !memmap_running("", &ram, &kernel) && !trampoline_plan(&ram, address, paging, &plan))
		ret = kexec_load_plan(&plan, false);
	plan_free(&plan);
	ranges_free(&ram);
	ranges_free(&kernel);
	return ret;
}
