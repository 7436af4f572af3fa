/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing dump.elf; a made-up core stands for /proc/vmcore. */
#include "save/dump.h"
#include "save/zero_scan.h"

#include <elf.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "content.h"
#include "corefile.h"
#include "dumpfile.h"
#include "save/dump_headers.h"
#include "fixture.h"
#include "pages.h"
#include "restore/restore.h"

/* They are not in the order of addresses. Two of them lie side by side in memory, but not in the file. */
static const struct core_segment segments[] = {
	{ .type = PT_NOTE, .offset = 0x800, .filesz = 0x123, .memsz = 0x123 },
	{ .type = PT_LOAD, .offset = PAGE(1), .vaddr = 0x80400000, .paddr = PAGE(1024), .filesz = PAGE(1200), .memsz = PAGE(1200) },
	{ .type = PT_LOAD, .offset = PAGE(1351), .paddr = PAGE(2224), .filesz = PAGE(100), .memsz = PAGE(100) },
	{ .type = PT_LOAD, .offset = PAGE(1201), .vaddr = 0x80001000, .paddr = PAGE(1), .filesz = PAGE(150), .memsz = PAGE(150) },
};

enum { SEGMENTS = sizeof(segments) / sizeof(*segments), FRAMES = 2400 };

/* The number of a page whose last byte is its only one that is not zero. */
#define ALMOST_ZERO 1100

/* A system that is to be saved: what its memory holds, and which of its pages are kept. */
struct scene {
	char vmcore[512], dump[512];
	struct blob memory; /* the vmcore that shows it */
	struct elfcore core;
	struct bitmap kept, zero;
	struct layout layout;
	struct blob headers;
};

/* The vmcore's page at `page`, or NULL where there is none. */
static unsigned char *memory_at(const struct scene *s, uint64_t page)
{
	uint64_t offset;

	return corefile_place(segments, SEGMENTS, PAGE(page), &offset) == PLACE_DATA ? s->memory.data + offset : NULL;
}

/* Memory with runs of pages of each content from `least` on. Three quarters of all pages are kept, also of those that do not exist. */
static struct scene make_scene(enum content least)
{
	struct scene s = { .memory = corefile_build(ELFCLASS64, EM_X86_64, segments, SEGMENTS, 0),
			   .core = { .segment = (struct core_segment *)segments, .count = SEGMENTS } };
	const char *root = fixture_root();
	enum content content = least;
	bool keep = true;

	if (bitmap_new(&s.kept, FRAMES))
		abort();
	for (uint64_t page = 0; page < FRAMES; page++) {
		if (lrand48() % 6 == 0) {
			content = least + (enum content)(lrand48() % (CONTENT_LAST + 1 - (long)least));
			keep = lrand48() % 4;
		}
		if (keep || page == ALMOST_ZERO)
			bitmap_set(&s.kept, page);
		if (memory_at(&s, page))
			content_fill(memory_at(&s, page), PAGE_BYTES, content);
	}
	content_fill(memory_at(&s, ALMOST_ZERO), PAGE_BYTES, CONTENT_ZERO);
	memory_at(&s, ALMOST_ZERO)[PAGE_BYTES - 1] = 0x80;
	fixture_write(root, "vmcore", s.memory.data, s.memory.size);
	snprintf(s.vmcore, sizeof(s.vmcore), "%s/vmcore", root);
	snprintf(s.dump, sizeof(s.dump), "%s/dump.elf", root);
	return s;
}

/* Makes the layout and the headers of its dump, with notes of `notes_size` bytes. */
static void lay_out(struct scene *s, size_t notes_size)
{
	struct blob notes = { calloc(1, notes_size), notes_size };
	struct backup_pages backup = { 0 };

	if (!CHECK_OK(zero_scan(s->vmcore, &s->core, &s->kept, &s->zero, &backup)) ||
	    !CHECK_OK(layout_make(&s->core, &s->kept, &s->zero, LAYOUT_SEGMENTS_MAX, &s->layout)) ||
	    !CHECK_OK(dump_headers_build(&s->layout, &notes, ELFCLASS64, EM_X86_64, &s->headers)))
		exit(EXIT_FAILURE);
	free(notes.data);
}

static struct scene make_laid_out(enum content least, size_t notes_size)
{
	struct scene s = make_scene(least);

	lay_out(&s, notes_size);
	return s;
}

static void free_scene(struct scene *s)
{
	free(s->memory.data);
	bitmap_free(&s->kept);
	bitmap_free(&s->zero);
	layout_free(&s->layout);
	free(s->headers.data);
}

static int save(const struct scene *s, enum codec codec, FILE *progress, struct index *index)
{
	const struct dump_input in = { .vmcore = s->vmcore, .core = &s->core, .layout = &s->layout, .headers = &s->headers,
				       .codec = codec, .progress = progress };

	return dump_write(&in, s->dump, index);
}

static void zeros_are_found(void)
{
	static const unsigned char zeros[PAGE_BYTES];
	struct scene s = make_scene(CONTENT_ZERO);
	struct backup_pages backup = { 0 };
	size_t wrong = 0, found = 0;

	if (CHECK_OK(zero_scan(s.vmcore, &s.core, &s.kept, &s.zero, &backup)) && CHECK_EQ(s.zero.bits, FRAMES))
		for (uint64_t page = 0; page < FRAMES; page++) {
			const unsigned char *at = memory_at(&s, page);
			bool want = at && page_in(&s.kept, page) && !memcmp(at, zeros, PAGE_BYTES);

			wrong += page_in(&s.zero, page) != want;
			found += want;
		}
	CHECK_EQ(wrong, 0);
	CHECK(found > 100 && !page_in(&s.zero, ALMOST_ZERO));
	free_scene(&s);
}

/* krestore would accept this dump, in which each kept page of memory is with its bytes or as zeros, and no other page. */
static void check_dump(const struct scene *s, const struct blob *elf)
{
	struct meta meta = { .ram = fixture_ranges("1000-97000,400000-914000") };
	int fd = fixture_fd(elf->data, elf->size);
	struct elfcore core;
	size_t wrong = 0;

	CHECK(elf->size >= s->headers.size && !memcmp(elf->data, s->headers.data, s->headers.size));
	if (CHECK_OK(elfcore_read(fd, "dump.elf", elf->size, &core))) {
		CHECK_OK(restore_check(&core, &meta, elf->size, EM_X86_64));
		for (uint64_t page = 0; page < FRAMES; page++) {
			const unsigned char *at = memory_at(s, page);
			enum place data = page_in(&s->zero, page) ? PLACE_ZEROS : PLACE_DATA;
			enum place want = at && page_in(&s->kept, page) ? data : PLACE_NOWHERE;
			uint64_t offset;

			wrong += corefile_place(core.segment, core.count, PAGE(page), &offset) != want ||
				 (want == PLACE_DATA && memcmp(elf->data + offset, at, PAGE_BYTES));
		}
		elfcore_free(&core);
	}
	CHECK_EQ(wrong, 0);
	ranges_free(&meta.ram);
	close(fd);
}

/* Saves the memory, reads the dump as krestore does, and checks it. */
static void check_save(const struct scene *s, enum codec codec)
{
	struct dumpfile file = { 0 };
	struct blob encoded, elf;
	struct index index;

	if (CHECK_OK(save(s, codec, NULL, &index)) && CHECK_OK(index_encode(&index, &encoded))) {
		CHECK_EQ(index.codec, codec);
		CHECK_EQ(index.dump_size, s->headers.size + s->layout.data);
		if (CHECK_OK(index_decode(&encoded, &file.index)) && CHECK_OK(read_file(s->dump, MIB(64), &file.stored)) &&
		    CHECK_EQ(file.stored.size, index.stored_size)) {
			elf = dumpfile_elf(&file);
			check_dump(s, &elf);
			free(elf.data);
		}
		free(encoded.data);
	}
	dumpfile_free(&file);
	index_free(&index);
}

/* Each dump is written into the file that the one before it left, of which nothing may stay. */
static void check_all_codecs(const struct scene *s)
{
	for (enum codec codec = CODEC_NONE; codec <= CODEC_LAST; codec++)
		check_save(s, codec);
}

static void pages_are_saved(void)
{
	struct scene s = make_laid_out(CONTENT_ZERO, 1000);

	CHECK(s.layout.data > 2 * CHUNK_BYTES);
	check_all_codecs(&s);
	free_scene(&s);
}

/* Random pages do not compress, so the dump gets larger than what was reserved for it. */
static void random_pages_are_saved(void)
{
	struct scene s = make_laid_out(CONTENT_RANDOM, 1000);

	check_all_codecs(&s);
	free_scene(&s);
}

static void headers_of_several_chunks(void)
{
	struct scene s = make_laid_out(CONTENT_TEXT, 2 * CHUNK_BYTES + CHUNK_BYTES / 2);

	check_all_codecs(&s);
	free_scene(&s);
}

static void nothing_kept(void)
{
	struct scene s = make_scene(CONTENT_TEXT);

	bitmap_free(&s.kept);
	CHECK_OK(bitmap_new(&s.kept, FRAMES));
	lay_out(&s, 1000);
	CHECK_EQ(s.layout.data, 0);
	check_all_codecs(&s);
	free_scene(&s);
}

static void progress_is_shown(void)
{
	struct scene s = make_laid_out(CONTENT_ZERO, 1000);
	struct index index;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	CHECK_OK(save(&s, CODEC_NONE, to, &index));
	fclose(to);
	CHECK(strstr(text, "saving: ") && strstr(text, " MiB/s\n"));
	free(text);
	index_free(&index);
	free_scene(&s);
}

static void files_that_cannot_be_opened(void)
{
	struct scene s = make_laid_out(CONTENT_ZERO, 1000), no_folder = s, no_vmcore = s;
	struct backup_pages backup = { 0 };
	struct bitmap zero;
	struct index index;

	strcpy(no_folder.dump, "/none/dump.elf");
	CHECK_FAILS(save(&no_folder, CODEC_NONE, NULL, &index), "open: /none/dump.elf");
	index_free(&index);
	strcpy(no_vmcore.vmcore, "/none/vmcore");
	CHECK_FAILS(save(&no_vmcore, CODEC_ZSTD, NULL, &index), "open: /none/vmcore");
	index_free(&index);
	CHECK_FAILS(zero_scan("/none/vmcore", &s.core, &s.kept, &zero, &backup), "open: /none/vmcore");
	bitmap_free(&zero);
	free_scene(&s);
}

/* Memory of the layout is missing in the vmcore. Whichever chunk fails, no thread waits for its turn forever. */
static void memory_that_is_not_there(void)
{
	struct scene s = make_laid_out(CONTENT_ZERO, 1000);

	for (size_t i = 0; i < s.layout.count; i += 1 + s.layout.count / 20) {
		struct core_segment *segment = &s.layout.segment[i];
		uint64_t paddr = segment->paddr;
		struct index index;

		if (!segment->filesz)
			continue;
		segment->paddr = 1ULL << 40;
		CHECK_FAILS(save(&s, i % 2 ? CODEC_LZ4 : CODEC_NONE, NULL, &index), "nothing at physical address 10000000000");
		index_free(&index);
		segment->paddr = paddr;
	}
	free_scene(&s);
}

/* Saves while no file may get larger than `bytes`. */
static int save_limited(const struct scene *s, enum codec codec, uint64_t bytes)
{
	struct rlimit old, limit;
	struct index index;
	int ret;

	signal(SIGXFSZ, SIG_IGN);
	if (getrlimit(RLIMIT_FSIZE, &old))
		abort();
	limit = (struct rlimit){ bytes, old.rlim_max };
	if (setrlimit(RLIMIT_FSIZE, &limit))
		abort();
	ret = save(s, codec, NULL, &index);
	if (setrlimit(RLIMIT_FSIZE, &old))
		abort();
	index_free(&index);
	return ret;
}

static void no_room(void)
{
	struct scene s = make_laid_out(CONTENT_RANDOM, 1000);
	uint64_t size = s.headers.size + s.layout.data;

	/* A plain dump fails before anything is written. A compressed one, as random pages get larger by it, fails at its end. */
	CHECK_FAILS(save_limited(&s, CODEC_NONE, size - 1), "(File too large)");
	CHECK_OK(save_limited(&s, CODEC_NONE, size));
	CHECK_FAILS(save_limited(&s, CODEC_LZ4, size), "dump.elf (File too large)");
	CHECK_FAILS(save_limited(&s, CODEC_ZSTD, size), "dump.elf (File too large)");
	free_scene(&s);
}

static void check_index_of(size_t size)
{
	struct blob content = { malloc(size), size }, encoded;
	const char *root = fixture_root();
	struct index index, decoded;
	char path[512];

	content_fill(content.data, size, CONTENT_TEXT);
	fixture_write(root, "dump.elf", content.data, size);
	snprintf(path, sizeof(path), "%s/dump.elf", root);
	if (CHECK_OK(dump_index_of(path, NULL, &index)) && CHECK_OK(index_encode(&index, &encoded))) {
		struct dumpfile file = { content, index };
		struct blob elf = dumpfile_elf(&file);

		CHECK(elf.size == size && !memcmp(elf.data, content.data, size));
		free(elf.data);
		CHECK_EQ(index.codec, CODEC_NONE);
		CHECK(!index.free_left_out);
		if (CHECK_OK(index_decode(&encoded, &decoded)))
			index_free(&decoded);
		free(encoded.data);
	}
	index_free(&index);
	free(content.data);
}

static void index_of_a_file(void)
{
	static const size_t sizes[] = { 1, 4096, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 7 * CHUNK_BYTES + 12345 };
	const char *root = fixture_root();
	struct index index;
	char path[512];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		check_index_of(sizes[i]);
	fixture_text(root, "empty", "");
	snprintf(path, sizeof(path), "%s/empty", root);
	CHECK_FAILS(dump_index_of(path, NULL, &index), "a dump of 0 bytes");
	index_free(&index);
	CHECK_FAILS(dump_index_of("/none/dump.elf", NULL, &index), "open: /none/dump.elf");
	index_free(&index);
}

RUN_TESTS(zeros_are_found, pages_are_saved, random_pages_are_saved, headers_of_several_chunks, nothing_kept,
	  progress_is_shown, files_that_cannot_be_opened, memory_that_is_not_there, no_room, index_of_a_file)
