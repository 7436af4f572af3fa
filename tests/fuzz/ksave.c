/* A vmcore through ksave: a byte for the compression and the dump level, then the core. */
#define main ksave_main
#include "../../src/ksave.c"
#undef main

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const codecs[] = { "none", "lz4", "zstd" };
	static const char *root;
	static char facts[512];
	char vmcore[32];
	int fd;

	if (!size)
		return 0;
	if (!root) {
		root = fixture_root();
		snprintf(facts, sizeof(facts), "%s/facts", root);
	}
	input_path(data + 1, size - 1, &fd, vmcore);
	const char *args[] = { "ksave", "-q", "--compress", codecs[data[0] % 3], "--dump-level", data[0] & 4 ? "1" : "0",
			       "--facts", facts, vmcore, root, NULL };

	/* glibc's getopt() begins anew. */
	optind = 0;
	(void)ksave_main(10, (char **)args);
	close(fd);
	return 0;
}
