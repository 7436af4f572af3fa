/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "save/dump_headers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "elf/elfout.h"
#include "base/range.h"
#include "base/report.h"

/* Where the parts lie: program headers behind the ELF header, then the section header that may be needed, then the notes. */
static uint64_t section_at(unsigned char class, size_t phnum)
{
	return elfout_ehdr_size(class) + (uint64_t)phnum * elfout_phdr_size(class);
}

static unsigned char *put_loads(unsigned char *to, unsigned char class, const struct core_segment *segment, size_t count,
				uint64_t data_at)
{
	for (size_t i = 0; i < count; i++) {
		struct core_segment load = segment[i];

		load.offset += data_at;
		to = elfout_phdr(to, class, &load);
	}
	return to;
}

int dump_headers_build(const struct layout *layout, const struct blob *notes, unsigned char class, uint16_t machine,
		   struct blob *out)
{
	size_t phnum = 1 + layout->count + layout->views;
	uint64_t most = section_at(ELFCLASS32, phnum) + elfout_shdr_size(ELFCLASS32) + notes->size + PAGE_BYTES + layout->data;
	struct core_segment note = { .type = PT_NOTE, .filesz = notes->size };
	unsigned char *p;
	uint64_t size;

	if (class == ELFCLASS32 && most > UINT32_MAX)
		class = ELFCLASS64;
	note.offset = section_at(class, phnum) + elfout_shdr_size(class);
	size = page_up(note.offset + notes->size);
	if (size > SIZE_MAX)
		return fail("layout", ENOMEM, "headers");
	out->size = (size_t)size;
	out->data = calloc(1, out->size);
	if (!out->data)
		return fail("layout", ENOMEM, "%zu bytes of headers", out->size);
	elfout_ehdr(out->data, class, machine, phnum, section_at(class, phnum));
	p = elfout_phdr(out->data + elfout_ehdr_size(class), class, &note);
	p = put_loads(p, class, layout->segment, layout->count, size);
	p = put_loads(p, class, layout->view, layout->views, size);
	elfout_shdr(p, class, phnum);
	memcpy(out->data + note.offset, notes->data, notes->size);
	return 0;
}
