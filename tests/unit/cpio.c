/* The archive that is appended to an initrd: read by a reader of our own and by cpio(1). */
#include "cpio.h"

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

/* Parses the entry at `at` as buffer-format.rst has it. */
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

/* Every alignment of the initrd, the name and the content. */
static void appended(void)
{
	static const char old[] = "initrd.";
	static const char *const names[] = { "a", "ab", "abc", "abcd", "etc/khibernate/config" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (size_t before = 0; before < sizeof(old); before++)
			for (size_t size = 0; size < 6; size++) {
				struct blob initrd = fixture_blob(old, before), content = { (unsigned char *)"value", size };
				size_t at = (before + 3) / 4 * 4;
				struct entry e;

				CHECK_OK(cpio_append(&initrd, names[i], &content));
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
	struct blob initrd = { 0 }, content = { NULL, 0 };
	struct entry e;

	CHECK_OK(cpio_append(&initrd, "empty", &content));
	CHECK(read_entry(&initrd, 0, &e));
	CHECK_STR(e.name, "empty");
	free(initrd.data);
}

static void too_large(void)
{
	struct blob initrd = fixture_blob("x", 1), content = { calloc(1, (1 << 20) + 1), (1 << 20) + 1 };

	CHECK_FAILS(cpio_append(&initrd, "big", &content), "big has 1048577 bytes");
	CHECK_EQ(initrd.size, 1);
	content.size--;
	CHECK_OK(cpio_append(&initrd, "big", &content));
	free(initrd.data);
	free(content.data);
}

/* Where cpio(1) is installed, it has to agree. */
static void unpacked_by_cpio(void)
{
	static const char text[] = "PARTITION=LABEL=khibernate\n";
	struct blob archive = { 0 }, content = { (unsigned char *)text, strlen(text) }, got;
	const char *root = fixture_root();
	char command[1024], path[512];

	if (system("command -v cpio >/dev/null 2>&1")) {
		puts("cpio(1) is not installed");
		return;
	}
	CHECK_OK(cpio_append(&archive, "khibernate.conf", &content));
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

RUN_TESTS(appended, to_nothing, too_large, unpacked_by_cpio)
