/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hibernate.meta: one that is incomplete, damaged or contradictory is refused. */
#include "image/meta.h"

#include "check.h"
#include "fixture.h"
#include "base/hash.h"

static const char *const fields[] = {
	"format=2", "arch=x86_64", "state=ready", "dump=dump.elf.lz4", "dump_size=1234567", "index_sum=0123456789abcdef",
	"window=4000000-8000000", "ram=100000-4000000,8000000-7ffe0000,100000000-180000000",
};

enum { FORMAT, ARCH, STATE, DUMP, DUMP_SIZE, INDEX_SUM, WINDOW, RAM, FIELDS };

/* Appends the last line, the checksum of those before it. */
static void seal(char *text)
{
	struct hash *hash = hash_begin();
	char digest[HASH_TEXT_SIZE];

	hash_add(hash, text, strlen(text));
	hash_end(hash, digest);
	sprintf(text + strlen(text), "sum=%s\n", digest);
}

/* A text with its checksum, in which line `changed` is replaced by `with`, or left out for NULL; the caller frees it. */
static struct blob sealed(size_t changed, const char *with)
{
	char text[2048] = "";

	for (size_t i = 0; i < FIELDS; i++) {
		const char *line = i == changed ? with : fields[i];

		if (line)
			sprintf(text + strlen(text), "%s\n", line);
	}
	seal(text);
	return fixture_blob(text, strlen(text));
}

/* The text is refused with a message that has `says`; it is freed. */
static void check_refused(struct blob text, const char *says, int line)
{
	struct meta meta;

	check_forget_failure();
	if (!check_failure(meta_parse(&text, &meta), says, __FILE__, line, "meta_parse"))
		printf("  the text was:\n%s", (char *)text.data);
	meta_free(&meta);
	free(text.data);
}

#define CHECK_REFUSED(text, says) check_refused(text, says, __LINE__)

static void valid(void)
{
	struct blob text = sealed(FIELDS, NULL);
	struct meta meta;

	if (CHECK_OK(meta_parse(&text, &meta))) {
		char *ram = ranges_text(&meta.ram, false);

		CHECK_STR(meta.arch, "x86_64");
		CHECK_STR(meta.state, "ready");
		CHECK_STR(meta.dump, "dump.elf.lz4");
		CHECK_EQ(meta.index_sum, 0x0123456789abcdef);
		CHECK_EQ(meta.dump_size, 1234567);
		CHECK_EQ(meta.window.start, 0x4000000);
		CHECK_EQ(meta.window.end, 0x8000000);
		CHECK_STR(ram, "100000-4000000,8000000-7ffe0000,100000000-180000000");
		free(ram);
	}
	meta_free(&meta);
	free(text.data);
}

/* Keys that krestore does not read may be there, and a value that looks like the line of the checksum. */
static void other_keys(void)
{
	struct blob text = sealed(STATE, "note=sum=x\nstates=no\nxstate=no\nstate=ready\nsum=0000000000000000\nstate");
	struct meta meta;

	if (CHECK_OK(meta_parse(&text, &meta)))
		CHECK_STR(meta.state, "ready");
	meta_free(&meta);
	free(text.data);
}

static void missing(void)
{
	for (size_t i = 0; i < FIELDS; i++) {
		char says[64];

		snprintf(says, sizeof(says), "%.*s is missing", (int)strcspn(fields[i], "="), fields[i]);
		CHECK_REFUSED(sealed(i, NULL), says);
	}
}

/* A key that is there twice is refused, since one reader might take the first and another one the last. */
static void twice(void)
{
	for (size_t i = 0; i < FIELDS; i++) {
		char lines[256], says[64];

		snprintf(lines, sizeof(lines), "%s\nother=1\n%s", fields[i], fields[i]);
		snprintf(says, sizeof(says), "%.*s is there twice", (int)strcspn(fields[i], "="), fields[i]);
		CHECK_REFUSED(sealed(i, lines), says);
	}
	CHECK_REFUSED(sealed(FORMAT, "memmap=1000-2000:1\nformat=2\nmemmap=1000-2000:1"), "memmap is there twice");
}

/* `ram` may only have what firmware's map calls RAM, since anything else must not be written. */
static void ram_in_firmware_map(void)
{
	static const struct {
		const char *memmap, *says;
	} cases[] = {
		{ "100000-7ffe0000:1,100000000-180000000:1", NULL },
		{ "0-a0000:1,a0000-100000:2,100000-4000000:1,4000000-7ffe0000:1,80000000-100000000:2,100000000-200000000:1", NULL },
		{ "100000-7ffe0000:1", "ram is not firmware's: 100000000-180000000" },
		{ "100000-7ffe0000:1,100000000-180000000:3", "ram is not firmware's: 100000000-180000000" },
		{ "101000-7ffe0000:1,100000000-180000000:1", "ram is not firmware's: 100000-4000000" },
		{ "100000-5000000:1,5000000-5001000:2,5001000-8001000:1,100000000-180000000:1", "8000000-7ffe0000" },
		{ "100000-7ffe0000,100000000-180000000:1", "ram is not firmware's" },
		{ "", "memmap is empty" },
		{ "100000-7ffe0000:1,100000-180000000:1", "overlaps" },
		{ "none", "no range" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char line[256];
		struct blob text;
		struct meta meta;

		snprintf(line, sizeof(line), "state=ready\nmemmap=%s", cases[i].memmap);
		if (cases[i].says) {
			CHECK_REFUSED(sealed(STATE, line), cases[i].says);
			continue;
		}
		text = sealed(STATE, line);
		CHECK_OK(meta_parse(&text, &meta));
		meta_free(&meta);
		free(text.data);
	}
}

static void bad_values(void)
{
	static const struct {
		size_t field;
		const char *line, *says;
	} cases[] = {
		{ FORMAT, "format=1", "format 1" },
		{ FORMAT, "format=3", "format 3" },
		{ FORMAT, "format=", "format is empty" },
		{ FORMAT, "format=one", "format is no number" },
		{ FORMAT, "format=2 ", "format is no number" },
		{ ARCH, "arch=", "arch is empty" },
		{ ARCH, "arch=0123456789abcdef", "arch has more than 15" },
		{ STATE, "state=", "state is empty" },
		{ DUMP_SIZE, "dump_size=-1", "dump_size is no number" },
		{ DUMP_SIZE, "dump_size=18446744073709551616", "dump_size is no number" },
		{ DUMP_SIZE, "dump_size=0x10", "dump_size is no number" },
		{ INDEX_SUM, "index_sum=", "index_sum is empty" },
		{ INDEX_SUM, "index_sum=0123456789abcdefg", "index_sum is no number" },
		{ INDEX_SUM, "index_sum=10123456789abcdef", "index_sum is no number" },
		{ INDEX_SUM, "index_sum=0123456789abcdef0123456789abcdef", "index_sum has more than 31" },
		{ DUMP, "dump=", "dump is empty" },
		{ DUMP, "dump=0123456789abcdef0123456789abcdef", "dump has more than 31" },
		{ DUMP, "dump=../dump.elf", "dump is no file's name" },
		{ DUMP, "dump=/dump.elf", "dump is no file's name" },
		{ WINDOW, "window=", "window is empty" },
		{ WINDOW, "window=4000000", "no range" },
		{ WINDOW, "window=8000000-4000000", "no range" },
		{ WINDOW, "window=4000000-5000000,6000000-7000000", "window" },
		{ WINDOW, "window=3fff000-8000000", "window is inside ram" },
		{ WINDOW, "window=4000000-8000001", "window is inside ram" },
		{ WINDOW, "window=100000-4000000", "window is inside ram" },
		{ WINDOW, "window=0-ffffffffffffffff", "window is inside ram" },
		{ RAM, "ram=", "ram is empty" },
		{ RAM, "ram=100000-4000000,garbage", "no range" },
		{ RAM, "ram=100000-4000000,200000-300000", "overlaps" },
		{ RAM, "ram=100000-3fff800", "whole pages" },
		{ RAM, "ram=100800-4000000", "whole pages" },
		{ RAM, "ram=0-4000000", "page 0" },
		{ RAM, "ram=0-1000,100000-4000000", "page 0" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		CHECK_REFUSED(sealed(cases[i].field, cases[i].line), cases[i].says);
}

static void truncated(void)
{
	struct blob whole = sealed(FIELDS, NULL);

	for (size_t size = 0; size < whole.size; size++)
		CHECK_REFUSED(fixture_blob(whole.data, size), "metadata");
	free(whole.data);
}

static void any_byte_changed(void)
{
	struct blob whole = sealed(FIELDS, NULL);

	for (size_t at = 0; at < whole.size; at++)
		for (int bit = 0; bit < 8; bit++) {
			struct blob text = fixture_blob(whole.data, whole.size);

			text.data[at] ^= (unsigned char)(1 << bit);
			CHECK_REFUSED(text, "metadata");
		}
	free(whole.data);
}

static void bad_checksum(void)
{
	struct blob text = sealed(FIELDS, NULL);

	text.data[text.size - 2] = text.data[text.size - 2] == '0' ? '1' : '0';
	CHECK_REFUSED(text, "checksum is wrong");
	CHECK_REFUSED(fixture_blob("format=1\n", 9), "no checksum");
	CHECK_REFUSED(fixture_blob("", 0), "no checksum");
	CHECK_REFUSED(fixture_blob("sum=2d06800538d394c2\n", 21), "no checksum");
	CHECK_REFUSED(fixture_blob("\nsum=", 5), "checksum is wrong");
}

static void something_after_the_checksum(void)
{
	struct blob text = sealed(FIELDS, NULL);
	char longer[2100];

	snprintf(longer, sizeof(longer), "%sstate=ready\n", (char *)text.data);
	CHECK_REFUSED(fixture_blob(longer, strlen(longer)), "checksum is wrong");
	snprintf(longer, sizeof(longer), "%s\n", (char *)text.data);
	CHECK_REFUSED(fixture_blob(longer, strlen(longer)), "checksum is wrong");
	/* A second text follows the first, as it might if the file was written over in place. */
	snprintf(longer, sizeof(longer), "%s%s", (char *)text.data, (char *)text.data);
	CHECK_REFUSED(fixture_blob(longer, strlen(longer)), "checksum is wrong");
	free(text.data);
}

static void nul(void)
{
	struct blob text = sealed(FIELDS, NULL);
	struct blob longer = fixture_blob(text.data, text.size + 1);

	CHECK_REFUSED(longer, "NUL");
	text.data[20] = '\0';
	CHECK_REFUSED(text, "NUL");
}

RUN_TESTS(valid, other_keys, missing, twice, ram_in_firmware_map, bad_values, truncated, any_byte_changed, bad_checksum,
	  something_after_the_checksum, nul)
