/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reader of a bzImage: one that is accepted fits into the window with all that it needs. */
#include "kexec/bzimage.h"

#include <asm/bootparam.h>

#include "arch/arch.h"
#include "fuzz.h"
#include "kexec/plan.h"

#define WINDOW_START 0x4000000
#define WINDOW_END 0x8000000

static void lay_out(const struct bzimage *bz)
{
	static const struct boot_params own;
	static const char *root;
	static unsigned char archive[64];
	struct range memory[] = { { 0, 0x9fc00, 1 }, { 0x100000, 0x80000000, 1 } };
	const struct ranges firmware = { memory, 2, 2 };
	const struct blob initrd = { archive, sizeof(archive) };
	struct cmdline line = { 0 };
	struct plan plan;

	if (!root) {
		root = fixture_root();
		fixture_write(root, "sys/kernel/boot_params/data", &own, sizeof(own));
	}
	PROMISE(!cmdline_add(&line, "quiet"));
	if (!plan_kernel(&(struct plan_input){ .root = root, .firmware = &firmware, .window = { WINDOW_START, WINDOW_END, 0 },
					       .low = { 0x1000, 0x9f000, 0 }, .kernel = bz, .initrd = &initrd, .cmdline = &line },
			 &plan)) {
		uintptr_t end = WINDOW_START;

		for (size_t i = 0; i < plan.count; i++) {
			PROMISE((uintptr_t)plan.segment[i].mem >= end && plan.segment[i].bufsz <= plan.segment[i].memsz);
			end = (uintptr_t)plan.segment[i].mem + plan.segment[i].memsz;
		}
		PROMISE(end <= WINDOW_END && plan.entry >= WINDOW_START && plan.entry < WINDOW_END);
		plan_free(&plan);
	}
	free(line.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzimage bz = { .file = fixture_blob(data, size) };

	if (!bzimage_parse("bzImage", &bz) && !arch_check_kernel("bzImage", bz.xloadflags))
		lay_out(&bz);
	bzimage_free(&bz);
	return 0;
}
