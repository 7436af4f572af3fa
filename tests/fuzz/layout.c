/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes how dump.elf is laid out. The input: a vmcore, and bitmaps of the pages that are kept and of those that are zero. */
#include "save/layout.h"

#include <elf.h>

#include "arch/arch.h"
#include "save/dump_headers.h"
#include "fuzz.h"
#include "base/range.h"

/* More pages than the bitmaps of any input have bits for. */
#define PAGES 4096

static struct bitmap pages_of(const struct input *in)
{
	struct bitmap map;

	PROMISE(!bitmap_new(&map, PAGES));
	for (size_t i = 0; i < PAGES && i / 8 < in->size; i++)
		if (in->data[i / 8] >> i % 8 & 1)
			bitmap_set(&map, i);
	return map;
}

static void build(const struct layout *layout)
{
	const struct blob notes = { (unsigned char *)"note", 4 };
	struct blob headers;
	struct elfcore core;
	uint64_t data = 0;
	int fd;

	for (size_t i = 0; i < layout->count; i++) {
		PROMISE(layout->segment[i].offset == data && layout->segment[i].filesz <= layout->segment[i].memsz);
		data += layout->segment[i].filesz;
	}
	PROMISE(data == layout->data && layout_find(layout, data) == layout->count);
	PROMISE(!dump_headers_build(layout, &notes, ARCH_ELF_CLASS, ARCH_ELF_MACHINE, &headers));
	fd = fixture_fd(headers.data, headers.size);
	PROMISE(!elfcore_read(fd, "dump.elf", headers.size + data, &core));
	PROMISE(core.count == layout->count + 1 && core.header_end <= headers.size);
	elfcore_free(&core);
	close(fd);
	free(headers.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input rest = { data, size }, file = input_part(&rest), first = input_part(&rest);
	struct bitmap kept = pages_of(&first), zero = pages_of(&rest);
	int fd = fixture_fd(file.data, file.size);
	struct elfcore core;

	if (!elfcore_read(fd, "vmcore", 0, &core)) {
		static const size_t most[] = { 2, 100 };

		for (size_t i = 0; i < 2; i++) {
			struct layout layout;

			if (layout_make(&core, &kept, &zero, most[i], &layout))
				continue;
			PROMISE(layout.count <= most[i]);
			build(&layout);
			layout_free(&layout);
		}
		elfcore_free(&core);
	}
	close(fd);
	bitmap_free(&kept);
	bitmap_free(&zero);
	return 0;
}
