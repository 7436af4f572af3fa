/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes ksave. The input: a byte for the compression and the dump level, the vmcore. */
#include "../../src/cmd/ksave.c"

#include "fuzz.h"
#include "restore/restore.h"

#define WINDOW "200000-201000"

/* krestore accepts what ksave wrote, unless the vmcore has some memory twice or has memory of the window. */
static void check_dump(const char *vmcore, const char *dump)
{
	struct meta meta = { .window = { 0x200000, 0x201000, 0 } };
	struct elfcore core;
	struct stat st;
	int fd = open(vmcore, O_RDONLY);
	bool fit;

	PROMISE(fd >= 0 && !fstat(fd, &st) && !elfcore_read(fd, vmcore, (uint64_t)st.st_size, &core));
	for (size_t i = 0; i < core.count; i++)
		if (core.segment[i].type == PT_LOAD)
			ranges_add(&meta.ram, core.segment[i].paddr, core.segment[i].paddr + core.segment[i].memsz, 0);
	fit = !ranges_normalize(&meta.ram) && !ranges_touch(&meta.ram, meta.window.start, meta.window.end);
	elfcore_free(&core);
	close(fd);
	if (fit) {
		fd = open(dump, O_RDONLY);
		PROMISE(fd >= 0 && !fstat(fd, &st) && !elfcore_read(fd, dump, (uint64_t)st.st_size, &core));
		PROMISE(!restore_check(&core, &meta, (uint64_t)st.st_size, core.machine));
		elfcore_free(&core);
		close(fd);
	}
	ranges_free(&meta.ram);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const codecs[] = { "none", "lz4", "zstd" };
	static const char *root;
	static char facts[512], dump[512];
	char vmcore[32];
	int fd, status;

	if (!size)
		return 0;
	if (!root) {
		root = fixture_root();
		snprintf(facts, sizeof(facts), "%s/facts", root);
		snprintf(dump, sizeof(dump), "%s/dump.elf", root);
	}
	input_path(data + 1, size - 1, &fd, vmcore);
	const char *args[] = { "ksave", "-q", "--compress", codecs[data[0] % 3], "--dump-level", data[0] & 4 ? "1" : "0",
			       "--window", WINDOW, "--facts", facts, vmcore, root, NULL };

	/* This makes glibc's getopt() begin anew. */
	optind = 0;
	status = ksave_main(12, (char **)args);
	if (!status && data[0] % 3 == CODEC_NONE)
		check_dump(vmcore, dump);
	close(fd);
	return 0;
}
