#include "checks/preflight.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "arch/arch.h"
#include "kernel/kcore.h"
#include "kexec/gdt_check.h"
#include "kexec/kexec.h"
#include "kernel/memmap.h"
#include "base/report.h"

static int noes;

/* The line of `what`: fail_text() if `ret` says that it failed, else what the format makes. */
__attribute__((format(printf, 3, 4)))
static bool line(const char *what, int ret, const char *fmt, ...)
{
	va_list ap;

	if (ret) {
		noes++;
		printf("%s: no: %s\n", what, fail_text());
		return false;
	}
	printf("%s: ok", what);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return true;
}

static void check_firmware(void)
{
	struct ranges firmware = { 0 };
	int ret = memmap_firmware("", &firmware);
	uint64_t low = ret ? 0 : memmap_low_end(&firmware);

	if (!ret && low <= LOW_START)
		ret = fail("memory map", 0, "no usable memory at address 0");
	line("RAM map", ret, " (%zu ranges, %" PRIu64 " KiB low memory)", firmware.count, low >> 10);
	ranges_free(&firmware);
}

static void check_window(preflight_window choose, const void *context)
{
	struct ranges ram = { 0 }, kernel = { 0 };
	struct range window = { 0 };
	int ret = memmap_running("", &ram, &kernel);

	if (!ret)
		ret = memmap_check_reach(&ram);
	line("RAM", ret, " (%" PRIu64 " MiB)", ranges_total(&ram) >> 20);
	/* Without the former, what failed is still the text of the failure. */
	if (!ret)
		ret = choose(context, &ram, &kernel, &window);
	line("window", ret, " (%" PRIu64 " MiB at %#" PRIx64 ")", (window.end - window.start) >> 20, window.start);
	ranges_free(&ram);
	ranges_free(&kernel);
}

static void check_kernel(void)
{
	struct kcore kcore = { 0 };
	const char *paging = NULL;

	if (line("kernel memory (/proc/kcore, VMCOREINFO)", kcore_read("/proc/kcore", &kcore), "%s", ""))
		paging = arch_paging(&kcore.vmcoreinfo);
	line("paging", paging ? 0 : -1, " (%s)", paging ? paging : "");
	line("return code of the kernel (GDT)", gdt_check("/proc/kallsyms", "/proc/kcore", &arch_jump_code), "%s", "");
	kcore_free(&kcore);
}

int preflight_print(preflight_window choose, const void *context)
{
	noes = 0;
	line("kexec jump", kexec_probe_jump(), "%s", "");
	check_firmware();
	check_window(choose, context);
	check_kernel();
	return ferror(stdout) || fflush(stdout) ? fail("write", errno, "standard output") : noes;
}
