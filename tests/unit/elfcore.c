/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading ELF cores, with everything that may be wrong in their fields. */
#include "elf/elfcore.h"

#include <elf.h>
#include <unistd.h>

#include "check.h"
#include "corefile.h"
#include "fixture.h"

#define NOTE_AT 0x400
#define PAGE_AT 0x1000

static const char vmcoreinfo[] = "OSRELEASE=6.12\nPAGESIZE=4096\n";

/* A core with a PT_NOTE, two PT_LOADs, and a segment that the reader ignores; the caller frees it. */
static struct blob sample(int class, int flags)
{
	struct blob notes = { 0 }, core;

	corefile_add_note(&notes, "CORE", "\1\2\3\4\5", 5);
	corefile_add_note(&notes, "VMCOREINFO", vmcoreinfo, strlen(vmcoreinfo));
	const struct core_segment segments[] = {
		{ .type = PT_NOTE, .offset = NOTE_AT, .filesz = notes.size, .memsz = 0 },
		{ .type = PT_PHDR, .offset = UINT32_MAX, .filesz = 0, .memsz = 0 },
		{ .type = PT_LOAD, .offset = PAGE_AT, .vaddr = 0xc0100000, .paddr = 0x100000, .filesz = 0x1000, .memsz = 0x3000 },
		{ .type = PT_LOAD, .offset = PAGE_AT + 0x1000, .vaddr = 0, .paddr = 0x200000, .filesz = 0, .memsz = 0x1000 },
	};

	core = corefile_build(class, EM_X86_64, segments, 4, flags);
	memcpy(core.data + NOTE_AT, notes.data, notes.size);
	free(notes.data);
	return core;
}

#define E64(core) ((Elf64_Ehdr *)(core).data)
#define P64(core, i) ((Elf64_Phdr *)((core).data + sizeof(Elf64_Ehdr)) + (i))
#define E32(core) ((Elf32_Ehdr *)(core).data)

/* Reads the core with its size known, as krestore does. */
static int parse(const struct blob *file, struct elfcore *core)
{
	int fd = fixture_fd(file->data, file->size);
	int ret = elfcore_read(fd, "dump.elf", file->size, core);

	close(fd);
	return ret;
}

/* The file is refused with a message that has `says`; it is freed. */
static void check_refused(struct blob file, const char *says, int line)
{
	struct elfcore core;

	check_forget_failure();
	if (!check_failure(parse(&file, &core), says, __FILE__, line, "elfcore_read"))
		elfcore_free(&core);
	check_true(!core.segment && !core.count, __FILE__, line, "nothing is left to free");
	free(file.data);
}

#define CHECK_REFUSED(file, says) check_refused(file, says, __LINE__)

static void both_classes(void)
{
	static const int classes[] = { ELFCLASS32, ELFCLASS64 };

	for (int flags = 0; flags <= CORE_XNUM; flags++)
		for (size_t i = 0; i < 2; i++) {
			struct blob file = sample(classes[i], flags);
			struct elfcore core;

			if (CHECK_OK(parse(&file, &core)) && CHECK_EQ(core.count, 3)) {
				CHECK_EQ(core.machine, EM_X86_64);
				CHECK_EQ(core.header_end, corefile_header_end(classes[i], 4));
				CHECK_EQ(core.segment[0].type, PT_NOTE);
				CHECK_EQ(core.segment[0].offset, NOTE_AT);
				CHECK_EQ(core.segment[1].type, PT_LOAD);
				CHECK_EQ(core.segment[1].offset, PAGE_AT);
				CHECK_EQ(core.segment[1].vaddr, 0xc0100000);
				CHECK_EQ(core.segment[1].paddr, 0x100000);
				CHECK_EQ(core.segment[1].filesz, 0x1000);
				CHECK_EQ(core.segment[1].memsz, 0x3000);
				CHECK_EQ(core.segment[2].paddr, 0x200000);
				CHECK_EQ(core.segment[2].filesz, 0);
			}
			elfcore_free(&core);
			CHECK_EQ(core.count, 0);
			free(file.data);
		}
}

/* A count that does not fit into 16 bits is stored elsewhere (PN_XNUM). */
static void many_segments(void)
{
	enum { COUNT = 70000 };
	struct core_segment *segments = calloc(COUNT, sizeof(*segments));
	struct elfcore core;
	struct blob file;

	for (size_t i = 0; i < COUNT; i++)
		segments[i] = (struct core_segment){ .type = PT_LOAD, .paddr = i << 13, .memsz = 4096 };
	file = corefile_build(ELFCLASS64, EM_X86_64, segments, COUNT, CORE_XNUM);
	if (CHECK_OK(parse(&file, &core)) && CHECK_EQ(core.count, COUNT))
		CHECK_EQ(core.segment[COUNT - 1].paddr, (uint64_t)(COUNT - 1) << 13);
	elfcore_free(&core);
	free(file.data);
	free(segments);
}

static void bad_xnum(void)
{
	struct blob file = sample(ELFCLASS64, CORE_XNUM);
	Elf64_Shdr *section = (Elf64_Shdr *)(file.data + file.size - sizeof(Elf64_Shdr));

	section->sh_info = 0;
	CHECK_REFUSED(file, "0 program headers");
	file = sample(ELFCLASS64, CORE_XNUM);
	section = (Elf64_Shdr *)(file.data + file.size - sizeof(Elf64_Shdr));
	section->sh_info = UINT32_MAX;
	CHECK_REFUSED(file, "4294967295 program headers");
	file = sample(ELFCLASS64, CORE_XNUM);
	section = (Elf64_Shdr *)(file.data + file.size - sizeof(Elf64_Shdr));
	section->sh_info = 1 << 20;
	CHECK_REFUSED(file, "torn");
	file = sample(ELFCLASS64, CORE_XNUM);
	E64(file)->e_shoff = 0;
	CHECK_REFUSED(file, "no section 0");
	file = sample(ELFCLASS64, CORE_XNUM);
	E64(file)->e_shoff = INT64_MAX;
	CHECK_REFUSED(file, "no section 0");
	file = sample(ELFCLASS64, CORE_XNUM);
	E64(file)->e_shoff = UINT64_MAX;
	CHECK_REFUSED(file, "no section 0");
	file = sample(ELFCLASS64, CORE_XNUM);
	E64(file)->e_shentsize = sizeof(Elf32_Shdr);
	CHECK_REFUSED(file, "no section 0");
	file = sample(ELFCLASS64, CORE_XNUM);
	E64(file)->e_shoff = file.size - 1;
	CHECK_REFUSED(file, "read");
}

static void bad_header(void)
{
	struct blob file = sample(ELFCLASS64, 0);

	E64(file)->e_ident[EI_MAG3] = 'G';
	CHECK_REFUSED(file, "no ELF file");
	for (int class = 0; class < 256; class += class == ELFCLASSNONE ? 3 : 126) {
		file = sample(ELFCLASS64, 0);
		E64(file)->e_ident[EI_CLASS] = (unsigned char)class;
		CHECK_REFUSED(file, "class");
	}
	/* A header of one class, with the mark of the other, makes no sense. */
	file = sample(ELFCLASS64, 0);
	E64(file)->e_ident[EI_CLASS] = ELFCLASS32;
	CHECK_REFUSED(file, "e_phentsize");
	file = sample(ELFCLASS32, 0);
	E32(file)->e_ident[EI_CLASS] = ELFCLASS64;
	CHECK_REFUSED(file, "e_phentsize");
	file = sample(ELFCLASS64, 0);
	E64(file)->e_ident[EI_DATA] = ELFDATA2MSB;
	CHECK_REFUSED(file, "byte order");
	file = sample(ELFCLASS64, 0);
	E64(file)->e_ident[EI_VERSION] = 2;
	CHECK_REFUSED(file, "version 2");
	file = sample(ELFCLASS64, 0);
	E64(file)->e_type = ET_EXEC;
	CHECK_REFUSED(file, "no core");
	file = sample(ELFCLASS64, 0);
	E64(file)->e_phentsize = sizeof(Elf64_Phdr) + 8;
	CHECK_REFUSED(file, "e_phentsize");
	file = sample(ELFCLASS64, 0);
	E64(file)->e_phentsize = 0;
	CHECK_REFUSED(file, "e_phentsize");
	file = sample(ELFCLASS64, 0);
	E64(file)->e_phnum = 0;
	CHECK_REFUSED(file, "0 program headers");
	file = sample(ELFCLASS64, 0);
	E64(file)->e_phnum = PN_XNUM - 1;
	CHECK_REFUSED(file, "torn");
	file = sample(ELFCLASS64, 0);
	E64(file)->e_phoff = file.size - 1;
	CHECK_REFUSED(file, "torn");
	file = sample(ELFCLASS64, 0);
	E64(file)->e_phoff = UINT64_MAX - 100;
	CHECK_REFUSED(file, "e_phoff");
	file = sample(ELFCLASS64, 0);
	E64(file)->e_phoff = INT64_MAX - 4 * sizeof(Elf64_Phdr) + 1;
	CHECK_REFUSED(file, "e_phoff");
}

static void bad_segment(void)
{
	struct blob file = sample(ELFCLASS64, 0);

	P64(file, 2)->p_filesz = P64(file, 2)->p_memsz + 1;
	CHECK_REFUSED(file, "more bytes in the file");
	file = sample(ELFCLASS64, 0);
	P64(file, 2)->p_offset = file.size - P64(file, 2)->p_filesz + 1;
	CHECK_REFUSED(file, "torn");
	file = sample(ELFCLASS64, 0);
	P64(file, 2)->p_offset = UINT64_MAX - 0xfff;
	CHECK_REFUSED(file, "beyond any file");
	file = sample(ELFCLASS64, 0);
	P64(file, 2)->p_offset = INT64_MAX - 0xffe;
	CHECK_REFUSED(file, "beyond any file");
	file = sample(ELFCLASS64, 0);
	P64(file, 2)->p_filesz = P64(file, 2)->p_memsz = UINT64_MAX;
	CHECK_REFUSED(file, "segment 2");
	file = sample(ELFCLASS64, 0);
	P64(file, 2)->p_paddr = UINT64_MAX - 0x2ffe;
	CHECK_REFUSED(file, "wraps around");
	file = sample(ELFCLASS64, 0);
	P64(file, 3)->p_memsz = UINT64_MAX;
	CHECK_REFUSED(file, "wraps around");
	file = sample(ELFCLASS64, 0);
	P64(file, 0)->p_filesz = file.size;
	CHECK_REFUSED(file, "torn");
}

/* In /proc/kcore, whose size is not known, p_paddr may be all ones. */
static void unknown_size(void)
{
	struct blob file = sample(ELFCLASS64, 0);
	struct elfcore core;
	int fd;

	P64(file, 2)->p_paddr = UINT64_MAX;
	P64(file, 2)->p_offset = 0x7fff00000000;
	fd = fixture_fd(file.data, file.size);
	if (CHECK_OK(elfcore_read(fd, "kcore", 0, &core)))
		CHECK_EQ(core.segment[1].paddr, UINT64_MAX);
	elfcore_free(&core);
	close(fd);
	free(file.data);
}

/* In /proc/kcore and /proc/vmcore a physical address, if there is one, must not wrap around. */
static void wraps_around_with_unknown_size(void)
{
	struct blob file = sample(ELFCLASS64, 0);
	struct elfcore core;
	int fd;

	P64(file, 2)->p_paddr = UINT64_MAX - 0x2ffe;
	fd = fixture_fd(file.data, file.size);
	CHECK_FAILS(elfcore_read(fd, "vmcore", 0, &core), "wraps around");
	close(fd);
	free(file.data);
}

/* A count of headers that the file cannot have is refused before memory is allocated for them, which the window may not have. */
static void count_beyond_the_file(void)
{
	static const uint32_t counts[] = { 2000, 1 << 20, (1 << 20) + 1 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct blob file = sample(ELFCLASS64, CORE_XNUM);
		Elf64_Shdr *section = (Elf64_Shdr *)(file.data + file.size - sizeof(Elf64_Shdr));
		struct elfcore core;
		int fd;

		section->sh_info = counts[i];
		fd = fixture_fd(file.data, file.size);
		CHECK_FAILS(elfcore_read(fd, "dump.elf", 1ULL << 40, &core), counts[i] > 1 << 20 ? "program headers" : "ends before");
		CHECK(!core.segment);
		close(fd);
		free(file.data);
	}
}

static void truncated_headers(int class, int flags)
{
	struct blob file = sample(class, flags);
	size_t end = corefile_header_end(class, 4);
	struct elfcore core;

	for (size_t size = 0; size < end; size++) {
		int fd = fixture_fd(file.data, size);

		/* The file is read with the size that it should have, and with the size that it has. */
		if (!CHECK_EQ(elfcore_read(fd, "dump.elf", file.size, &core), -1) ||
		    !CHECK_EQ(elfcore_read(fd, "dump.elf", size, &core), -1))
			elfcore_free(&core);
		close(fd);
	}
	free(file.data);
}

static void truncated(void)
{
	struct blob file = sample(ELFCLASS64, 0);
	struct elfcore core;

	truncated_headers(ELFCLASS32, 0);
	truncated_headers(ELFCLASS64, 0);
	truncated_headers(ELFCLASS32, CORE_XNUM);
	truncated_headers(ELFCLASS64, CORE_XNUM);
	/* The last page of the file is not whole. */
	file.size--;
	CHECK_FAILS(parse(&file, &core), "torn");
	free(file.data);
}

static int read_note(const struct blob *notes, const char *name, struct blob *out)
{
	const struct core_segment segment = { .type = PT_NOTE, .filesz = notes->size };
	const struct elfcore core = { .segment = (struct core_segment *)&segment, .count = 1 };
	int fd = fixture_fd(notes->data, notes->size);
	int ret = elfcore_note(fd, "dump.elf", &core, name, out);

	close(fd);
	return ret;
}

static void notes_found(void)
{
	struct blob file = sample(ELFCLASS64, 0), out = { 0 };
	struct elfcore core;
	int fd = fixture_fd(file.data, file.size);

	CHECK_OK(elfcore_read(fd, "dump.elf", file.size, &core));
	if (CHECK_OK(elfcore_note(fd, "dump.elf", &core, "VMCOREINFO", &out))) {
		CHECK_EQ(out.size, strlen(vmcoreinfo));
		CHECK(!memcmp(out.data, vmcoreinfo, out.size));
		free(out.data);
	}
	if (CHECK_OK(elfcore_note(fd, "dump.elf", &core, "CORE", &out))) {
		CHECK_EQ(out.size, 5);
		free(out.data);
	}
	/* A note with a longer or a shorter name is another one. */
	CHECK_FAILS(elfcore_note(fd, "dump.elf", &core, "VMCOREINF", &out), "no VMCOREINF note");
	CHECK_FAILS(elfcore_note(fd, "dump.elf", &core, "VMCOREINFO2", &out), "no VMCOREINFO2 note");
	CHECK_FAILS(elfcore_note(fd, "dump.elf", &core, "", &out), "note");
	elfcore_free(&core);
	close(fd);
	free(file.data);
}

static void malformed_notes(void)
{
	static const uint32_t sizes[] = { 0, 1, 3, 0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffffd, 0xffffffff };
	struct blob notes = { 0 }, out = { 0 };
	size_t first;

	corefile_add_note(&notes, "CORE", "12345678", 8);
	first = notes.size;
	corefile_add_note(&notes, "VMCOREINFO", "x", 1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (size_t field = 0; field < 2; field++) {
			struct blob bad = fixture_blob(notes.data, notes.size);

			/* With any sizes of name and descriptor in either note, nothing is read behind the notes. */
			memcpy(bad.data + field * 4, &sizes[i], 4);
			if (!read_note(&bad, "VMCOREINFO", &out))
				free(out.data);
			memcpy(bad.data, notes.data, notes.size);
			memcpy(bad.data + first + field * 4, &sizes[i], 4);
			if (sizes[i] > 3)
				CHECK_FAILS(read_note(&bad, "VMCOREINFO", &out), "no VMCOREINFO note");
			free(bad.data);
		}
	/* Of the notes only the padding behind the last descriptor may be missing. */
	for (size_t size = 1; size < notes.size; size++) {
		struct blob cut = { notes.data, size };

		if (size < notes.size - 3)
			CHECK_FAILS(read_note(&cut, "VMCOREINFO", &out), "no VMCOREINFO note");
		else if (CHECK_OK(read_note(&cut, "VMCOREINFO", &out)))
			free(out.data);
	}
	free(notes.data);
}

static uint64_t random_state = 0x9e3779b97f4a7c15;

/* Random numbers that are the same in each run (xorshift64). */
static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Is an accepted core as elfcore.h promises it? */
static bool is_sound(const struct elfcore *core, uint64_t file_size)
{
	if (!core->header_end || core->header_end > file_size)
		return false;
	for (size_t i = 0; i < core->count; i++) {
		const struct core_segment *s = &core->segment[i];

		if ((s->type != PT_LOAD && s->type != PT_NOTE) || s->offset + s->filesz < s->offset ||
		    s->offset + s->filesz > file_size || s->paddr + s->memsz < s->paddr ||
		    (s->type == PT_LOAD && s->filesz > s->memsz))
			return false;
	}
	return true;
}

static void mutations(int class, int flags)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff };
	struct blob file = sample(class, flags);
	int fd = fixture_fd(file.data, file.size);
	/* Bytes are changed in the headers, in the notes and in section 0, which is at the end. In the pages there is nothing to parse. */
	size_t places[512], count = 0, accepted = 0, refused = 0, unsound = 0;

	for (size_t at = 0; at < corefile_header_end(class, 4); at++)
		places[count++] = at;
	for (size_t at = 0; at < 80; at++)
		places[count++] = NOTE_AT + at;
	if (flags & CORE_XNUM)
		for (size_t at = 40; at; at--)
			places[count++] = file.size - at;
	for (size_t round = 0; round < 10000; round++) {
		size_t flips = 1 + next_random() % 4, flipped[4];
		struct elfcore core;
		struct blob note;

		for (size_t i = 0; i < flips; i++) {
			uint64_t r = next_random();
			unsigned char value = r & 1 ? values[(r >> 8) % sizeof(values)] : (unsigned char)(r >> 16);

			flipped[i] = places[(r >> 32) % count];
			if (pwrite(fd, &value, 1, (off_t)flipped[i]) != 1)
				abort();
		}
		if (!elfcore_read(fd, "dump.elf", file.size, &core)) {
			accepted++;
			unsound += !is_sound(&core, file.size);
			if (!elfcore_note(fd, "dump.elf", &core, "VMCOREINFO", &note))
				free(note.data);
			elfcore_free(&core);
		} else {
			refused++;
		}
		for (size_t i = 0; i < flips; i++)
			if (pwrite(fd, file.data + flipped[i], 1, (off_t)flipped[i]) != 1)
				abort();
	}
	CHECK_EQ(unsound, 0);
	/* If the first check had refused all of them, nothing would be shown. */
	CHECK(accepted > 1000);
	CHECK(refused > 1000);
	close(fd);
	free(file.data);
}

static void never_crashes(void)
{
	mutations(ELFCLASS32, 0);
	mutations(ELFCLASS64, 0);
	mutations(ELFCLASS32, CORE_XNUM);
	mutations(ELFCLASS64, CORE_XNUM);
}

RUN_TESTS(both_classes, many_segments, bad_xnum, bad_header, bad_segment, unknown_size, wraps_around_with_unknown_size,
	  count_beyond_the_file, truncated, notes_found,
	  malformed_notes, never_crashes)
