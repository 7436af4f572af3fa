/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ksave: in B, saves A's memory as dump.elf.
 *   1. ask makedumpfile which pages matter (the page filter); look which of them are zero, and where A's list of backup pages is
 *   2. lay out the PT_LOADs, with views of the window for debuggers: so the size is known before the first byte is written
 *   3. write the chunks, compressed or not, and the index with their checksums
 * What the metadata has to say about the dump goes to a file of KEY=VALUE lines.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/hash.h"
#include "base/number.h"
#include "base/options.h"
#include "base/range.h"
#include "base/report.h"
#include "cmd/programs.h"
#include "image/files.h"
#include "kernel/consoles.h"
#include "kexec/window.h"
#include "save/dump.h"
#include "save/dump_headers.h"
#include "save/page_filter.h"
#include "save/zero_scan.h"

#define PROGRAM "ksave"

#define LEAVE_OUT_ZERO 1u
#define LEAVE_OUT_FREE 16u

struct request {
	const char *vmcore, *directory, *facts;
	enum codec codec;
	unsigned int level;
	struct range window; /* empty: not given */
	bool quiet, index_only, free_is_zero;
};

static int take_codec(const char *value, void *target)
{
	return codec_parse(value, target);
}

static int take_level(const char *value, void *target)
{
	uint64_t level;

	if (number_parse(value, 10, &level) || level & ~(uint64_t)(LEAVE_OUT_ZERO | LEAVE_OUT_FREE))
		return fail("options", 0, "--dump-level is 0, 1, 16 or 17, not %.20s", value);
	*(unsigned int *)target = (unsigned int)level;
	return 0;
}

static int take_window(const char *value, void *target)
{
	return window_range_parse(value, target);
}

static bool read_request(int argc, char **argv, struct request *o, int *status)
{
	const struct option_row rows[] = {
		OPTION_CALL("compress", 0, "CODEC", take_codec, &o->codec, "none (the default), lz4 or zstd"),
		OPTION_CALL("dump-level", 0, "N", take_level, &o->level,
			    "what is left out: 1 zero pages, 16 free pages, 17 both (default), 0 nothing"),
		OPTION_FLAG("free-is-zero", 0, &o->free_is_zero, "free pages that are left out have to come back as zeros"),
		OPTION_CALL("window", 0, "START-END", take_window, &o->window, "the window (hexadecimal), to show it to debuggers"),
		OPTION_TEXT("facts", 0, "FILE", &o->facts, "where to write what hibernate.meta has to say of the dump"),
		OPTION_FLAG("index", 0, &o->index_only, "only make the index of a dump.elf that is there"),
		OPTION_FLAG("quiet", 'q', &o->quiet, "no progress"),
	};
	const struct options options = {
		.program = PROGRAM,
		.synopsis = "[-q] [OPTIONS] --facts FILE VMCORE DIRECTORY\n"
			    "[-q] --index --facts FILE DIRECTORY",
		.row = rows,
		.count = sizeof(rows) / sizeof(*rows),
		.more = "Exit: 0 done; 1 failed; 2 usage; 3 makedumpfile did not tell which pages matter, and nothing was written.\n",
	};
	int at;

	if (!options_parse(&options, argc, argv, 1, 2, &at, status))
		return false;
	if (o->facts && argc - at == (o->index_only ? 1 : 2) && !(o->index_only && o->codec != CODEC_NONE)) {
		o->vmcore = o->index_only ? NULL : argv[at++];
		o->directory = argv[at];
		return true;
	}
	fail("options", 0, "%s, see " PROGRAM " --help", o->facts ? "these do not go together" : "--facts is missing");
	*status = report_usage(PROGRAM);
	return false;
}

/* Is every page of memory that the core tells of in the file? *pages: up to the last one, no more than makedumpfile can count. */
static int check_core(const struct elfcore *core, uint64_t *pages)
{
	*pages = 0;
	for (size_t i = 0; i < core->count; i++) {
		const struct core_segment *s = &core->segment[i];

		if (s->type == PT_LOAD && ((s->paddr | s->memsz) % PAGE_BYTES || s->filesz != s->memsz ||
					   (s->paddr + s->memsz) / PAGE_BYTES > UINT32_MAX))
			return fail("vmcore", 0, "%" PRIx64 "-%" PRIx64 " is not whole pages of memory", s->paddr,
				    s->paddr + s->memsz);
		if (s->type == PT_LOAD && (s->paddr + s->memsz) / PAGE_BYTES > *pages)
			*pages = (s->paddr + s->memsz) / PAGE_BYTES;
	}
	return 0;
}

/* Without filtering: every page of the core's PT_LOADs. */
static int keep_all(const struct elfcore *core, uint64_t pages, struct bitmap *kept)
{
	if (bitmap_new(kept, pages))
		return -1;
	for (size_t i = 0; i < core->count; i++)
		for (uint64_t at = core->segment[i].paddr;
		     core->segment[i].type == PT_LOAD && at < core->segment[i].paddr + core->segment[i].memsz; at += PAGE_BYTES)
			bitmap_set(kept, at / PAGE_BYTES);
	return 0;
}

/* The PT_NOTE's content, as it is in the vmcore. */
static int read_notes(int fd, const char *name, const struct elfcore *core, struct blob *notes)
{
	for (size_t i = 0; i < core->count; i++) {
		const struct core_segment *s = &core->segment[i];

		if (s->type != PT_NOTE || s->filesz > MIB(1))
			continue;
		notes->size = (size_t)s->filesz;
		notes->data = malloc(notes->size + 1);
		if (!notes->data)
			return fail("notes", ENOMEM, "%zu bytes", notes->size);
		return pread_exact(fd, notes->data, notes->size, s->offset, name);
	}
	return fail("notes", 0, "%s has none", name);
}

static int dump_path(const struct request *o, char path[FILE_PATH_MAX])
{
	char name[32];

	snprintf(name, sizeof(name), FILE_DUMP "%s", codec_suffix(o->codec));
	return file_path(o->directory, name, path);
}

/* How many PT_LOADs fit into half of the free memory; the other half is for the threads and the index. */
static size_t segments_that_fit(void)
{
	struct sysinfo info;
	uint64_t fit = LAYOUT_SEGMENTS_MAX;

	if (!sysinfo(&info))
		fit = (uint64_t)info.freeram * info.mem_unit / 2 / LAYOUT_SEGMENT_BYTES;
	return fit < LAYOUT_SEGMENTS_MAX ? (size_t)fit : LAYOUT_SEGMENTS_MAX;
}

/* The views are for debuggers only: A comes back as well without them, so failing to make them ends nothing. */
static void add_views(const struct request *o, const struct elfcore *core, const struct bitmap *kept, struct backup_pages *backup,
		      struct layout *layout)
{
	const char *why = "the saved system's list of backup pages was not found";

	if (o->window.start == o->window.end)
		return;
	if (backup_pages_find(o->vmcore, core, kept, &o->window, backup) ||
	    (backup->found && layout_add_views(layout, core, backup)))
		why = fail_text();
	else if (backup->found)
		return;
	if (!o->quiet)
		printf(PROGRAM ": debuggers will not see the window: %s\n", why);
}

/* Lays out the kept pages and writes them. */
static int save_kept(const struct request *o, int fd, const struct elfcore *core, const struct bitmap *kept,
		     struct index *index)
{
	struct bitmap zero = { 0 };
	struct backup_pages backup = { 0 };
	struct layout layout = { 0 };
	struct blob notes = { 0 }, headers = { 0 };
	char path[FILE_PATH_MAX];
	int ret = -1;

	if (zero_scan(o->vmcore, core, kept, o->level & LEAVE_OUT_ZERO ? &zero : NULL, &backup) ||
	    layout_make(core, kept, &zero, segments_that_fit(), &layout))
		goto out;
	add_views(o, core, kept, &backup, &layout);
	if (read_notes(fd, o->vmcore, core, &notes) ||
	    dump_headers_build(&layout, &notes, ARCH_ELF_CLASS, ARCH_ELF_MACHINE, &headers) ||
	    dump_path(o, path))
		goto out;
	ret = dump_write(&(struct dump_input){ .vmcore = o->vmcore, .core = core, .layout = &layout, .headers = &headers,
					      .codec = o->codec, .progress = o->quiet ? NULL : consoles_output() },
			path, index);
	index->headers_size = headers.size;
	index->free_left_out = (o->level & LEAVE_OUT_FREE) && !o->free_is_zero;
out:
	bitmap_free(&zero);
	backup_pages_free(&backup);
	layout_free(&layout);
	free(notes.data);
	free(headers.data);
	return ret;
}

static int save(const struct request *o, struct index *index, int *status)
{
	int ret = -1, fd = open(o->vmcore, O_RDONLY | O_CLOEXEC);
	struct bitmap kept = { 0 };
	struct elfcore core;
	struct stat st;
	uint64_t pages;

	if (fd < 0)
		return fail("open", errno, "%s", o->vmcore);
	/* /proc/vmcore says its size, and what lies beyond it could not be mapped. */
	if (fstat(fd, &st) ? fail("stat", errno, "%s", o->vmcore) :
	    elfcore_read(fd, o->vmcore, (uint64_t)st.st_size, &core)) {
		close(fd);
		return -1;
	}
	if (check_core(&core, &pages))
		ret = -1;
	else if (o->level & LEAVE_OUT_FREE ? page_filter_run(o->vmcore, LEAVE_OUT_FREE, pages, &kept) : keep_all(&core, pages, &kept))
		*status = EXIT_UNFIT;
	else
		ret = save_kept(o, fd, &core, &kept, index);
	bitmap_free(&kept);
	elfcore_free(&core);
	close(fd);
	return ret;
}

static int index_existing(const struct request *o, struct index *index)
{
	struct elfcore core;
	char path[FILE_PATH_MAX];
	int ret, fd;

	if (dump_path(o, path) || dump_index_of(path, o->quiet ? NULL : consoles_output(), index))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail("open", errno, "%s", path);
	ret = elfcore_read(fd, path, index->dump_size, &core);
	if (!ret) {
		index->headers_size = page_up(core.header_end);
		if (index->headers_size > index->dump_size)
			index->headers_size = page_down(index->dump_size);
		elfcore_free(&core);
	}
	close(fd);
	return ret;
}

static int write_index(const struct request *o, const struct index *index, uint64_t *sum)
{
	char path[FILE_PATH_MAX];
	struct blob content;
	int ret;

	if (file_path(o->directory, FILE_INDEX, path) || index_encode(index, &content))
		return -1;
	*sum = hash_of(content.data, content.size);
	ret = write_file(path, content.data, content.size);
	free(content.data);
	return ret;
}

static int write_facts(const struct request *o, const struct index *index, uint64_t sum)
{
	return write_text(o->facts, "dump=" FILE_DUMP "%s\ndump_size=%" PRIu64 "\nelf_size=%" PRIu64 "\nindex_sum=%016" PRIx64 "\n",
			  codec_suffix(index->codec), index->stored_size, index->dump_size, sum);
}

int ksave_main(int argc, char **argv)
{
	struct request o = { .level = LEAVE_OUT_ZERO | LEAVE_OUT_FREE };
	struct index index = { 0 };
	int ret, status;
	uint64_t sum = 0;

	if (!read_request(argc, argv, &o, &status))
		return status;
	status = EXIT_FAILED;
	ret = o.index_only ? index_existing(&o, &index) : save(&o, &index, &status);
	if (!ret && !write_index(&o, &index, &sum) && !write_facts(&o, &index, sum))
		status = EXIT_OK;
	else
		report_failure(PROGRAM);
	index_free(&index);
	return status;
}
