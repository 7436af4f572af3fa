/*
 * krestore: puts A's memory back from dump.elf. In C':
 *   1. read hibernate.meta and dump.index: checksums, format, state, architecture
 *   2. read the dump's headers; every segment has to be A's RAM outside the window, or a view of the window, which is dropped
 *   3. verify each chunk and place its pages, clear what has to be zero
 * Exit 0 means that A may be entered. Nothing is written to any file.
 * In C, with --direct: the same but for the placing, which the return
 * trampoline does, and then the jump into A.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/programs.h"
#include "arch/arch.h"
#include "restore/direct.h"
#include "elf/elfcore.h"
#include "base/hash.h"
#include "image/index.h"
#include "kexec/kexec.h"
#include "kernel/memmap.h"
#include "image/meta.h"
#include "base/report.h"
#include "restore/restore.h"
#include "base/number.h"

#define PROGRAM "krestore"
/* 24 bytes for each MiB: 1 TiB of dump. */
#define INDEX_MAX (32u << 20)

static const char usage_text[] =
	"usage: krestore [-q] --check DIRECTORY [META]   check headers and sizes only\n"
	"       krestore [-q] --verify DIRECTORY [META]  read and check everything, place nothing\n"
	"       krestore [-q] [--memory FILE] DIRECTORY [META]\n"
	"                                                restore the image that META (DIRECTORY/hibernate.meta) describes,\n"
	"                                                into FILE in place of this machine's memory\n"
	"       krestore [-q] --direct MAIL DIRECTORY COMMAND...\n"
	"                                                restore it from this kernel's own memory: get ready, call COMMAND,\n"
	"                                                jump, and leave MAIL for A; exit 3: it is not fit for that\n"
	"       krestore --ranges CORE                   print the memory that a core describes\n";

struct options {
	const char *directory, *meta, *memory; /* memory: NULL for /dev/mem */
	const char *direct; /* the mail, or NULL */
	char **command;
	bool check_only, verify, quiet;
};

/* Results of their own beside 0 and -1: of --direct, for an image that is for C'; and where the command has said why. */
enum { UNFIT = 1, SAID };

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
static int check_meta(const struct meta *meta, bool resume)
{
	if (strcmp(meta->arch, ARCH_NAME))
		return fail("metadata", 0, "the image is of %s, this appliance is for %s", meta->arch, ARCH_NAME);
	if (strcmp(meta->state, "ready") && (resume || strcmp(meta->state, "snapshot")))
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

/* A file that is too short could be mapped, but not written. */
static int check_memory_file(const char *path, const struct meta *meta)
{
	uint64_t end = meta->ram.item[meta->ram.count - 1].end;
	struct stat st;

	if (stat(path, &st))
		return fail("memory", errno, "%s", path);
	return (uint64_t)st.st_size >= end ? 0 : fail("memory", 0, "%s is shorter than %llx", path, (unsigned long long)end);
}

static int read_index(const char *directory, const struct meta *meta, struct index *index)
{
	char path[512];
	struct blob file;
	int ret;

	if (snprintf(path, sizeof(path), "%s/dump.index", directory) >= (int)sizeof(path))
		return fail("options", ENAMETOOLONG, "%s", directory);
	if (read_file(path, INDEX_MAX, &file))
		return -1;
	if (hash_of(file.data, file.size) != meta->index_sum)
		ret = fail("checksum", 0, "%s is damaged, or not of this image", path);
	else
		ret = index_decode(&file, index);
	free(file.data);
	if (!ret && index->stored_size != meta->dump_size) {
		index_free(index);
		ret = fail("index", 0, "it is of a dump of %llu bytes, the metadata of %llu",
			   (unsigned long long)index->stored_size, (unsigned long long)meta->dump_size);
	}
	return ret;
}

static int run_command(char **command)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return fail("command", errno, "fork");
	if (!pid) {
		execvp(command[0], command);
		fail("command", errno, "%s", command[0]);
		_exit(report_failure(PROGRAM));
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail("command", errno, "waiting for %s", command[0]);
	if (WIFEXITED(status))
		return WEXITSTATUS(status) ? SAID : 0;
	return fail("command", 0, "%s was ended by signal %d", command[0], WTERMSIG(status));
}

/* Does not come back when A was entered: neither does C. */
static int restore_direct(const struct restore_input *in, const struct options *o)
{
	struct direct_input direct = { .restore = in, .mail = o->direct };
	struct pinned pinned = { 0 };
	int ret;

	if (!*in->meta->entry || number_parse(in->meta->entry, 16, &direct.entry))
		return fail("metadata", 0, "no re-entry point: %s", in->meta->entry);
	direct.paging = *in->meta->paging ? in->meta->paging : NULL;
	direct.mailbox = *in->meta->mailbox ? in->meta->mailbox : NULL;
	ret = direct_load(&direct, &pinned);
	if (ret == DIRECT_UNFIT) {
		report_failure(PROGRAM);
		ret = UNFIT;
	}
	if (!ret && !(ret = run_command(o->command)) && !(ret = pinned_check(&pinned)))
		ret = kexec_jump();
	pinned_free(&pinned);
	return ret;
}

static int restore_from(int fd, const char *path, const struct options *o, const struct meta *meta, const struct index *index)
{
	struct restore_input in = { .fd = fd, .name = path, .index = index, .meta = meta, .progress = o->quiet ? NULL : stdout };
	struct elfcore core = { 0 };
	struct stat st;
	int ret;

	if (fstat(fd, &st))
		return fail("stat", errno, "%s", path);
	if ((uint64_t)st.st_size != meta->dump_size)
		return fail("image", 0, "%s has %llu bytes, not %llu: torn", path, (unsigned long long)st.st_size,
			    (unsigned long long)meta->dump_size);
	if (restore_headers(fd, path, index, &core))
		return -1;
	ret = restore_check(&core, meta, index->dump_size, ARCH_ELF_MACHINE);
	in.core = &core;
	if (!ret && !o->check_only && !o->verify && !o->direct) {
		in.memory = o->memory ? o->memory : "/dev/mem";
		ret = o->memory ? check_memory_file(o->memory, meta) : check_not_ours(meta);
	}
	if (!ret && !o->check_only)
		ret = o->direct ? restore_direct(&in, o) : restore_memory(&in);
	elfcore_free(&core);
	return ret;
}

static int restore(const struct options *o, const struct meta *meta)
{
	struct index index = { 0 };
	char path[512];
	int fd, ret;

	if (snprintf(path, sizeof(path), "%s/%s", o->directory, meta->dump) >= (int)sizeof(path))
		return fail("options", ENAMETOOLONG, "%s", o->directory);
	if (read_index(o->directory, meta, &index))
		return -1;
	fd = open_direct(path, O_RDONLY, 0);
	ret = fd < 0 ? -1 : restore_from(fd, path, o, meta, &index);
	if (fd >= 0)
		close(fd);
	index_free(&index);
	return ret;
}

static int read_meta(const struct options *o, struct blob *text)
{
	char path[512];

	if (o->meta)
		return read_file(o->meta, META_MAX, text);
	if (snprintf(path, sizeof(path), "%s/hibernate.meta", o->directory) >= (int)sizeof(path))
		return fail("options", ENAMETOOLONG, "%s", o->directory);
	return read_file(path, META_MAX, text);
}

int krestore_main(int argc, char **argv)
{
	struct options o = { 0 };
	struct meta meta = { 0 };
	struct blob text;
	int ret = -1;

	for (argv++, argc--; argc && **argv == '-'; argv++, argc--) {
		if (!strcmp(*argv, "-q"))
			o.quiet = true;
		else if (!strcmp(*argv, "--check"))
			o.check_only = true;
		else if (!strcmp(*argv, "--verify"))
			o.verify = true;
		else if (!strcmp(*argv, "--direct") && argc > 1)
			o.direct = *++argv, argc--;
		else if (!strcmp(*argv, "--memory") && argc > 1)
			o.memory = *++argv, argc--;
		else if (!strcmp(*argv, "--ranges") && argc == 2)
			return print_ranges(argv[1]) ? report_failure(PROGRAM) : EXIT_OK;
		else
			break;
	}
	if (argc < 1 || (o.direct ? argc < 2 || o.memory : argc > 2) || **argv == '-') {
		fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
	o.directory = argv[0];
	o.meta = !o.direct && argc == 2 ? argv[1] : NULL;
	o.command = argv + 1;
	if (read_meta(&o, &text))
		return report_failure(PROGRAM);
	if (!meta_parse(&text, &meta) && !check_meta(&meta, !o.check_only && !o.verify))
		ret = restore(&o, &meta);
	meta_free(&meta);
	free(text.data);
	switch (ret) {
	case 0: return EXIT_OK;
	case UNFIT: return EXIT_UNFIT;
	case SAID: return EXIT_FAILED;
	default: return report_failure(PROGRAM);
	}
}
