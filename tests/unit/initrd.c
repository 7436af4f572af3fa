/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For which architecture an initramfs is, and the archive that is appended to it, which a reader of our own and cpio(1) read. */
#include "kexec/initrd.h"

#include "arch/arch.h"
#include "check.h"
#include "fixture.h"

#define HEADER_BYTES 110

struct entry {
	const char *name;
	const unsigned char *content;
	size_t size;
	unsigned long mode, links;
	size_t next; /* where the next entry begins */
};

/* The 8 hex digits of header field `index`, counted from c_ino = 0. */
static unsigned long field(const unsigned char *header, int index)
{
	char digits[9] = "";

	memcpy(digits, header + 6 + index * 8, 8);
	return strtoul(digits, NULL, 16);
}

/* Parses the entry at `at` as Linux' buffer-format.rst describes it. */
static bool read_entry(const struct blob *archive, size_t at, struct entry *out)
{
	const unsigned char *header = archive->data + at;
	size_t name_size;

	if (at % 4 || at + HEADER_BYTES > archive->size || memcmp(header, "070701", 6) ||
	    strspn((const char *)header, "0123456789abcdef") < HEADER_BYTES)
		return false;
	name_size = field(header, 11);
	*out = (struct entry){
		.name = (const char *)header + HEADER_BYTES,
		.content = archive->data + (at + HEADER_BYTES + name_size + 3) / 4 * 4,
		.size = field(header, 6),
		.mode = field(header, 1),
		.links = field(header, 4),
	};
	if (at + HEADER_BYTES + name_size > archive->size || out->name[name_size - 1] || strlen(out->name) != name_size - 1)
		return false;
	out->next = ((size_t)(out->content - archive->data) + out->size + 3) / 4 * 4;
	return out->next <= archive->size;
}

/* All alignments of the initramfs, of the name and of the content. */
static void appended(void)
{
	static const char old[] = "initrd.";
	static const char *const names[] = { "a", "ab", "abc", "abcd", "etc/khibernate/config" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (size_t before = 0; before < sizeof(old); before++)
			for (size_t size = 0; size < 6; size++) {
				struct initrd_file file = { names[i], { (unsigned char *)"value", size } };
				struct blob initrd = fixture_blob(old, before);
				size_t at = (before + 3) / 4 * 4;
				struct entry e;

				CHECK_OK(initrd_append(&initrd, &file, 1));
				CHECK(!memcmp(initrd.data, old, before));
				for (size_t pad = before; pad < at; pad++)
					CHECK_EQ(initrd.data[pad], 0);
				if (CHECK(read_entry(&initrd, at, &e))) {
					CHECK_STR(e.name, names[i]);
					CHECK_EQ(e.mode, 0100400);
					CHECK_EQ(e.links, 1);
					CHECK_EQ(e.size, size);
					CHECK(!memcmp(e.content, "value", size));
					CHECK(read_entry(&initrd, e.next, &e));
					CHECK_STR(e.name, "TRAILER!!!");
					CHECK_EQ(e.size, 0);
					CHECK_EQ(e.next, initrd.size);
				}
				free(initrd.data);
			}
}

static void to_nothing(void)
{
	const struct initrd_file file = { "empty", { NULL, 0 } };
	struct blob initrd = { 0 };
	struct entry e;

	CHECK_OK(initrd_append(&initrd, &file, 1));
	CHECK(read_entry(&initrd, 0, &e));
	CHECK_STR(e.name, "empty");
	free(initrd.data);
}

static void too_large(void)
{
	struct initrd_file files[] = { { "small", { NULL, 0 } }, { "big", { calloc(1, INITRD_FILE_MAX + 1), INITRD_FILE_MAX + 1 } } };
	struct blob initrd = fixture_blob("x", 1);

	CHECK_FAILS(initrd_append(&initrd, files, 2), "big has 1048577 bytes");
	CHECK_EQ(initrd.size, 1);
	files[1].content.size--;
	CHECK_OK(initrd_append(&initrd, files, 2));
	free(initrd.data);
	free(files[1].content.data);
}

/* Several files are in one archive, so there is one trailer. */
static void several_files(void)
{
	const struct initrd_file files[] = {
		{ "khibernate.conf", { (unsigned char *)"partition=LABEL=x\n", 18 } },
		{ "khibernate.facts", { (unsigned char *)"id=1\n", 5 } },
	};
	struct blob initrd = fixture_blob("old", 3);
	struct entry e = { .next = 4 };

	CHECK_OK(initrd_append(&initrd, files, 2));
	for (size_t i = 0; i < 2; i++)
		if (CHECK(read_entry(&initrd, e.next, &e))) {
			CHECK_STR(e.name, files[i].name);
			CHECK_EQ(e.size, files[i].content.size);
			CHECK(!memcmp(e.content, files[i].content.data, e.size));
		}
	if (CHECK(read_entry(&initrd, e.next, &e))) {
		CHECK_STR(e.name, "TRAILER!!!");
		CHECK_EQ(e.next, initrd.size);
	}
	free(initrd.data);
}

/* cpio(1), where it is installed, unpacks the archive. */
static void unpacked_by_cpio(void)
{
	static const char text[] = "PARTITION=LABEL=khibernate\n";
	const struct initrd_file file = { "khibernate.conf", { (unsigned char *)text, strlen(text) } };
	struct blob archive = { 0 }, got;
	const char *root = fixture_root();
	char command[1024], path[512];

	if (system("command -v cpio >/dev/null 2>&1")) {
		puts("cpio(1) is not installed");
		return;
	}
	CHECK_OK(initrd_append(&archive, &file, 1));
	fixture_write(root, "archive", archive.data, archive.size);
	snprintf(command, sizeof(command), "cd '%s' && cpio -i --quiet <archive && test \"$(stat -c %%a khibernate.conf)\" = 400", root);
	CHECK_EQ(system(command), 0);
	snprintf(path, sizeof(path), "%s/khibernate.conf", root);
	if (CHECK_OK(read_file(path, 65536, &got))) {
		CHECK_STR((char *)got.data, text);
		free(got.data);
	}
	free(archive.data);
}

/* Bits of the field FLG (RFC 1952). */
#define FHCRC 0x02
#define FEXTRA 0x04
#define FNAME 0x08
#define OTHER (ARCH_ELF_CLASS == ELFCLASS64 ? "i386" : "x86_64")

/* Calls initrd_check() with the first `size` bytes of a gzip header with `flags` and `name`. Nothing may be read behind them. */
static int check_part(unsigned char flags, const char *name, size_t size)
{
	const unsigned char header[10] = { 0x1f, 0x8b, 8, flags };
	char whole[128] = "";
	struct blob initrd = { malloc(size), size };
	int ret;

	memcpy(whole, header, sizeof(header));
	snprintf(whole + sizeof(header), sizeof(whole) - sizeof(header), "%s", name);
	memcpy(initrd.data, whole, size);
	ret = initrd_check("rootfs.gz", &initrd);
	free(initrd.data);
	return ret;
}

static int check_name(unsigned char flags, const char *name)
{
	return check_part(flags, name, 128);
}

/* The name that build.sh gives the archive. */
static const char *name_for(const char *arch)
{
	static char name[64];

	snprintf(name, sizeof(name), "khibernate-%s.cpio", arch);
	return name;
}

static void architectures(void)
{
	char refusal[64];

	CHECK_OK(check_name(FNAME, name_for(ARCH_NAME)));
	CHECK_OK(check_name(FNAME | FHCRC, name_for(ARCH_NAME)));
	snprintf(refusal, sizeof(refusal), "rootfs.gz is for %s, this kjump for %s", OTHER, ARCH_NAME);
	CHECK_FAILS(check_name(FNAME, name_for(OTHER)), refusal);
	CHECK_FAILS(check_name(FNAME | FHCRC, name_for(OTHER)), refusal);
	/* Names that only begin or end like those of build.sh. */
	CHECK_FAILS(check_name(FNAME, name_for(ARCH_NAME "x")), "is for " ARCH_NAME "x,");
	CHECK_FAILS(check_name(FNAME, name_for("x" ARCH_NAME)), "is for x" ARCH_NAME ",");
	CHECK_FAILS(check_name(FNAME, name_for("i38")), "is for i38,");
	CHECK_FAILS(check_name(FNAME, name_for("")), "is for ,");
}

static void names_of_others(void)
{
	static const char *const names[] = {
		"", "initrd.img", "khibernate.cpio", "khibernate-", "khibernate-cpio", "khibernate-arm64", "khibernate-arm64.cpi",
		"khibernate-arm64.cpio.old", "Khibernate-arm64.cpio", "my-khibernate-arm64.cpio", "khibernate-.cpi",
		"khibernate-a-name-that-no-architecture-would-have.cpio",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!CHECK_OK(check_name(FNAME, names[i])))
			printf("  the name was \"%s\"\n", names[i]);
	/* The header has no name, or has it behind another field. */
	CHECK_OK(check_name(0, name_for(OTHER)));
	CHECK_OK(check_name(FHCRC, name_for(OTHER)));
	CHECK_OK(check_name(FNAME | FEXTRA, name_for(OTHER)));
}

static void no_gzip(void)
{
	static const char zstd[] = "\x28\xb5\x2f\xfd and so on, longer than any header";
	struct blob initrd = fixture_blob(zstd, sizeof(zstd));

	CHECK_OK(initrd_check("initrd.zst", &initrd));
	/* Both bytes of the magic number have to be right. */
	memcpy(initrd.data, "\x1f\x8b\x08\x08\0\0\0\0\0\0khibernate-arm64.cpio", 32);
	CHECK_FAILS(initrd_check("initrd", &initrd), "is for arm64");
	initrd.data[0] ^= 1;
	CHECK_OK(initrd_check("initrd", &initrd));
	initrd.data[0] ^= 1;
	initrd.data[1] ^= 1;
	CHECK_OK(initrd_check("initrd", &initrd));
	free(initrd.data);
	initrd = (struct blob){ NULL, 0 };
	CHECK_OK(initrd_check("initrd", &initrd));
}

static void torn(void)
{
	size_t whole = 10 + strlen(name_for(OTHER));

	/* The file ends with the name, before its NUL. */
	CHECK_FAILS(check_part(FNAME, name_for(OTHER), whole), "is for");
	CHECK_OK(check_part(FNAME, name_for(ARCH_NAME), 10 + strlen(name_for(ARCH_NAME))));
	for (size_t size = 0; size < whole; size++)
		CHECK_OK(check_part(FNAME, name_for(OTHER), size));
}

/* The header is written by gzip(1), called as build.sh does it. */
static void made_by_gzip(void)
{
	const char *const architectures[] = { ARCH_NAME, OTHER };
	const char *root = fixture_root();
	char command[1024], path[512];
	struct blob initrd;

	snprintf(path, sizeof(path), "%s/rootfs.gz", root);
	for (size_t i = 0; i < 2; i++) {
		const char *name = name_for(architectures[i]);

		fixture_text(root, name, "content");
		snprintf(command, sizeof(command), "gzip -9cN '%s/%s' >'%s'", root, name, path);
		CHECK_EQ(system(command), 0);
		if (!CHECK_OK(read_file(path, 65536, &initrd)))
			return;
		if (i)
			CHECK_FAILS(initrd_check(path, &initrd), OTHER);
		else
			CHECK_OK(initrd_check(path, &initrd));
		free(initrd.data);
	}
}

RUN_TESTS(architectures, names_of_others, no_gzip, torn, made_by_gzip, appended, to_nothing, too_large,
	  several_files, unpacked_by_cpio)
