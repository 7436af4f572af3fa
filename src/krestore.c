/*
 * krestore: in C', puts A's memory back from dump.elf.
 *   1. read hibernate.meta: checksum, format, state, architecture
 *   2. read the dump's headers; every segment has to be A's RAM outside the window
 *   3. place the pages, take the checksum, clear the rest
 * Exit 0 means that A may be entered. Nothing is written to any file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arch.h"
#include "elfcore.h"
#include "memmap.h"
#include "meta.h"
#include "physmem.h"
#include "report.h"
#include "restore.h"

#define PROGRAM "krestore"

static const char usage_text[] =
	"usage: krestore [-q] --check META DUMP   check headers and sizes only\n"
	"       krestore [-q] META DUMP           restore\n"
	"       krestore --ranges CORE            print the memory that a core describes\n";

static int print_ranges(const char *path)
{
	struct ranges list = { 0 };
	struct elfcore core;
	char *text = NULL;
	int ret = -1, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail("open", errno, "%s", path);
	if (!elfcore_read(fd, path, 0, &core)) {
		ret = 0;
		for (size_t i = 0; i < core.count && !ret; i++)
			if (core.segment[i].type == PT_LOAD)
				ret = ranges_add(&list, core.segment[i].paddr,
						 core.segment[i].paddr + core.segment[i].memsz, 0);
		if (!ret)
			ret = ranges_normalize(&list);
		if (!ret)
			text = ranges_text(&list, false);
		ret = text ? 0 : -1;
		if (!ret && (puts(text) < 0 || fflush(stdout)))
			ret = fail("write", errno, "standard output");
		free(text);
		ranges_free(&list);
		elfcore_free(&core);
	}
	close(fd);
	return ret;
}

/* A snapshot (--action resume) can be checked, but not resumed. */
static int check_meta(const struct meta *meta, bool check_only)
{
	if (strcmp(meta->arch, ARCH_NAME))
		return fail("metadata", 0, "the image is of %s, this appliance is for %s", meta->arch, ARCH_NAME);
	if (strcmp(meta->state, "ready") && !(check_only && !strcmp(meta->state, "snapshot")))
		return fail("metadata", 0, "the image is not ready but %s", meta->state);
	return 0;
}

/* What this kernel runs in must not be written over: it is the window and low memory, never A's RAM. */
static int check_not_ours(const struct meta *meta)
{
	struct ranges ours = { 0 }, kernel = { 0 };
	int ret = memmap_running("", &ours, &kernel);

	for (size_t i = 0; i < ours.count && !ret; i++)
		if (ranges_touch(&meta->ram, ours.item[i].start, ours.item[i].end))
			ret = fail("metadata", 0, "ram holds memory of this appliance at %llx",
				   (unsigned long long)ours.item[i].start);
	ranges_free(&ours);
	ranges_free(&kernel);
	return ret;
}

static int restore(const struct meta *meta, const char *dump, bool check_only, bool quiet)
{
	int ret = -1, fd = open(dump, O_RDONLY | O_CLOEXEC);
	struct elfcore core;
	struct physmem mem;
	struct stat st;

	if (fd < 0)
		return fail("open", errno, "%s", dump);
	if (fstat(fd, &st)) {
		fail("stat", errno, "%s", dump);
	} else if ((uint64_t)st.st_size != meta->dump_size) {
		fail("image", 0, "%s has %llu bytes, not %llu: torn", dump,
		     (unsigned long long)st.st_size, (unsigned long long)meta->dump_size);
	} else if (!elfcore_read(fd, dump, meta->dump_size, &core)) {
		ret = restore_check(&core, meta, ARCH_ELF_MACHINE);
		if (!ret && !check_only)
			ret = check_not_ours(meta);
		if (!ret && !check_only)
			ret = physmem_open(&mem, "/dev/mem");
		if (!ret && !check_only) {
			ret = restore_memory(fd, dump, &core, meta, &mem, quiet ? NULL : stdout);
			physmem_close(&mem);
		}
		elfcore_free(&core);
	}
	close(fd);
	return ret;
}

int main(int argc, char **argv)
{
	bool quiet = false, check_only = false;
	struct meta meta = { 0 };
	struct blob text;
	int ret = -1;

	for (argv++, argc--; argc && **argv == '-'; argv++, argc--) {
		if (!strcmp(*argv, "-q"))
			quiet = true;
		else if (!strcmp(*argv, "--check"))
			check_only = true;
		else if (!strcmp(*argv, "--ranges") && argc == 2)
			return print_ranges(argv[1]) ? report_failure(PROGRAM) : EXIT_OK;
		else
			break;
	}
	if (argc != 2 || **argv == '-') {
		fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
	if (read_file(argv[0], META_MAX, &text))
		return report_failure(PROGRAM);
	if (!meta_parse(&text, &meta) && !check_meta(&meta, check_only))
		ret = restore(&meta, argv[1], check_only, quiet);
	meta_free(&meta);
	free(text.data);
	return ret ? report_failure(PROGRAM) : EXIT_OK;
}
