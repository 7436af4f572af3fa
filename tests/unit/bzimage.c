/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The setup header of a bzImage: a valid one, and one for each check. */
#include "kexec/bzimage.h"

#include "arch/arch.h"
#include "check.h"
#include "fixture.h"
#include "kernelfile.h"

static void valid(void)
{
	struct bzimage bz = { .file = kernelfile_build() };

	if (CHECK_OK(bzimage_parse("bzImage", &bz))) {
		CHECK_EQ(bz.setup_header_end, KERNELFILE_HEADER_END);
		CHECK_EQ(bz.kernel_at, KERNELFILE_KERNEL_AT);
		CHECK_EQ(bz.kernel_size, KERNELFILE_KERNEL_SIZE);
		CHECK_EQ(bz.init_size, 0x801000);
		CHECK_EQ(bz.alignment, 0x200000);
		CHECK_EQ(bz.preferred, 0x1000000);
		CHECK_EQ(bz.initrd_max, 0x7fffffff);
		CHECK_EQ(bz.cmdline_max, 2047);
		CHECK_OK(arch_check_kernel("bzImage", bz.xloadflags));
	}
	bzimage_free(&bz);
	CHECK(!bz.file.data);
}

static void from_a_file(void)
{
	const char *root = fixture_root();
	struct blob file = kernelfile_build();
	struct bzimage bz;
	char path[512];

	snprintf(path, sizeof(path), "%s/bzImage", root);
	fixture_write(root, "bzImage", file.data, file.size);
	CHECK_OK(bzimage_read(path, &bz));
	CHECK_EQ(bz.kernel_size, KERNELFILE_KERNEL_SIZE);
	bzimage_free(&bz);
	/* If a failure left memory allocated, LeakSanitizer would say so. */
	fixture_write(root, "bzImage", file.data, 100);
	CHECK_FAILS(bzimage_read(path, &bz), "too short");
	CHECK(!bz.file.data);
	snprintf(path, sizeof(path), "%s/none", root);
	CHECK_FAILS(bzimage_read(path, &bz), "open");
	free(file.data);
}

static void truncated(void)
{
	struct blob whole = kernelfile_build();

	for (size_t size = 0; size <= KERNELFILE_KERNEL_AT; size += size < 0x26c ? 1 : 0x26c) {
		struct bzimage bz = { .file = fixture_blob(whole.data, size) };

		CHECK_FAILS(bzimage_parse("bzImage", &bz), "kernel: bzImage");
		bzimage_free(&bz);
	}
	free(whole.data);
}

static void four_sectors_by_default(void)
{
	struct bzimage bz = { .file = kernelfile_build() };

	kernelfile_header(&bz.file)->setup_sects = 0;
	CHECK_OK(bzimage_parse("bzImage", &bz));
	CHECK_EQ(bz.kernel_at, 5 * 512);
	bzimage_free(&bz);
}

/* Of a header that is longer than the one we know, only what we know is used. */
static void longer_header(void)
{
	struct bzimage bz = { .file = kernelfile_build() };

	bz.file.data[0x201] = 0xff;
	CHECK_OK(bzimage_parse("bzImage", &bz));
	CHECK_EQ(bz.setup_header_end, 0x1f1 + sizeof(struct setup_header));
	bz.file.data[0x201] = 0x10;
	CHECK_OK(bzimage_parse("bzImage", &bz));
	CHECK_EQ(bz.setup_header_end, 0x212);
	bzimage_free(&bz);
}

static void spoil_boot_flag(struct setup_header *h) { h->boot_flag = 0x55aa; }
static void spoil_magic(struct setup_header *h) { h->header++; }
static void spoil_version(struct setup_header *h) { h->version = 0x020b; }
static void spoil_loadflags(struct setup_header *h) { h->loadflags = CAN_USE_HEAP; }
static void spoil_relocatable(struct setup_header *h) { h->relocatable_kernel = 0; }
static void spoil_setup_sects(struct setup_header *h) { h->setup_sects = 255; }
static void spoil_init_size(struct setup_header *h) { h->init_size = 0x2000; }
static void spoil_init_size_zero(struct setup_header *h) { h->init_size = 0; }
static void spoil_init_size_huge(struct setup_header *h) { h->init_size = 0xffffffff; }
static void spoil_alignment_zero(struct setup_header *h) { h->kernel_alignment = 0; }
static void spoil_alignment_odd(struct setup_header *h) { h->kernel_alignment = 0x300000; }
static void spoil_alignment_small(struct setup_header *h) { h->kernel_alignment = 0x800; }
static void spoil_alignment_large(struct setup_header *h) { h->kernel_alignment = 0x2000000; }

/* The sum with the kernel's size wraps around to a low address. */
static void spoil_preferred(struct setup_header *h) { h->pref_address = 0xfffffffffff00000; }
static void spoil_preferred_high(struct setup_header *h) { h->pref_address = 0x100000000; }

static void refusals(void)
{
	static const struct {
		void (*spoil)(struct setup_header *h);
		const char *says;
	} cases[] = {
		{ spoil_boot_flag, "no bzImage" },
		{ spoil_magic, "no bzImage" },
		{ spoil_version, "boot protocol 2.11" },
		{ spoil_loadflags, "not relocatable" },
		{ spoil_relocatable, "not relocatable" },
		{ spoil_setup_sects, "protected-mode part" },
		{ spoil_init_size, "init_size" },
		{ spoil_init_size_zero, "init_size" },
		{ spoil_init_size_huge, "init_size" },
		{ spoil_alignment_zero, "alignment" },
		{ spoil_alignment_odd, "alignment" },
		{ spoil_alignment_small, "alignment" },
		{ spoil_alignment_large, "alignment" },
		{ spoil_preferred, "preferred address" },
		{ spoil_preferred_high, "preferred address" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bzimage bz = { .file = kernelfile_build() };

		cases[i].spoil(kernelfile_header(&bz.file));
		CHECK_FAILS(bzimage_parse("bzImage", &bz), cases[i].says);
		bzimage_free(&bz);
	}
}

/* Whichever byte of the header is wrong, a header that is accepted has numbers that can be used. */
static void any_byte_wrong(void)
{
	struct blob whole = kernelfile_build();
	size_t unsound = 0;

	for (size_t at = 0x1f1; at < 0x1f1 + sizeof(struct setup_header); at++)
		for (unsigned int value = 0; value < 256; value += 15) {
			struct bzimage bz = { .file = fixture_blob(whole.data, whole.size) };

			bz.file.data[at] = (unsigned char)value;
			if (!bzimage_parse("bzImage", &bz))
				unsound += bz.kernel_at + bz.kernel_size != whole.size || !bz.kernel_size ||
					   bz.setup_header_end > bz.kernel_at || bz.setup_header_end < 0x202 ||
					   bz.init_size < bz.kernel_size || bz.init_size % PAGE_BYTES || !bz.alignment;
			bzimage_free(&bz);
		}
	CHECK_EQ(unsound, 0);
	free(whole.data);
}

RUN_TESTS(valid, from_a_file, truncated, four_sectors_by_default, longer_header, refusals, any_byte_wrong)
