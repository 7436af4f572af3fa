/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Swap areas into which a system has hibernated by its own means. */
#include "checks/suspended.h"

#include <fcntl.h>
#include <unistd.h>

#include "blockdev.h"
#include "check.h"
#include "fixture.h"

#define UUID "5f6ab1c2-0d3e-4f51-8a9b-c0d1e2f3a4b5"

static void poke(const char *path, uint64_t at, const void *bytes, size_t size)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	CHECK_EQ(pwrite(fd, bytes, size, (off_t)at), size);
	close(fd);
}

/* A machine with a disk, and a swap area that mkswap has made, whose path it returns. */
static const char *machine(const char *root)
{
	fixture_write(root, "dev/vda", blockdev_ext4(1, "root"), BLOCKDEV_EXT4_SIZE);
	blockdev_add(root, "vda", 0, 8);
	blockdev_add(root, "vdb", 0, 16384);
	/* Lines as the kernel prints them (kernel/kallsyms.c, s_show()). */
	fixture_text(root, "proc/kallsyms", "ffffffff9ac00000 T _text\nffffffff9b5f0120 T restore_registers\nffffffff9b5f0000 T restore_image\n");
	return blockdev_made(root, "dev/vdb", 8, "mkswap -q -U " UUID);
}

static void none(void)
{
	const char *root = fixture_root();
	struct suspended found;

	CHECK_FAILS(suspended_find(root, &found), "sys/class/block (");
	machine(root);
	CHECK_EQ(suspended_find(root, &found), 1);
}

/*
 * What a kernel writes (kernel/power/swap.c, arch/x86/power/hibernate.c): its mark, and the number of the page that begins with the number
 * of the page that begins with the address at which it goes on. Its code there lay at another multiple of 2 MiB then.
 */
static void by_linux(void)
{
	static const unsigned char own[] = { 0x20, 0x01, 0x3f, 0x82 }, other[] = { 0x40, 0x01, 0x3f, 0x82 };
	const char *root = fixture_root(), *path = machine(root);
	struct suspended found;
	char node[512];

	poke(path, 4086, "S1SUSPEND\0", 10);
	poke(path, 4064, (unsigned char[8]){ 3 }, 8);
	poke(path, 3 * 4096, (unsigned char[8]){ 5 }, 8);
	poke(path, 5 * 4096, own, 4);
	CHECK_OK(suspended_find(root, &found));
	snprintf(node, sizeof(node), "%s/dev/vdb", root);
	CHECK_STR(found.node, node);
	CHECK_STR(found.name, "vdb");
	CHECK(found.own);
	poke(path, 5 * 4096, other, 4);
	CHECK_OK(suspended_find(root, &found));
	CHECK(!found.own);
	poke(path, 5 * 4096, own, 4);
	/* Pages that are not there. */
	poke(path, 3 * 4096, (unsigned char[8]){ 0xff, 0xff }, 8);
	CHECK_OK(suspended_find(root, &found));
	CHECK(!found.own);
	poke(path, 4064, (unsigned char[8]){ [7] = 0xff }, 8);
	CHECK_OK(suspended_find(root, &found));
	CHECK(!found.own);
	poke(path, 4064, (unsigned char[8]){ 3 }, 8);
	poke(path, 3 * 4096, (unsigned char[8]){ 5 }, 8);
	CHECK_OK(suspended_find(root, &found));
	CHECK(found.own);
	/* The running kernel hides its symbols. */
	fixture_text(root, "proc/kallsyms", "0000000000000000 T restore_registers\n");
	CHECK_OK(suspended_find(root, &found));
	CHECK(!found.own);
}

static void by_others(void)
{
	static const char *const marks[] = { "S2SUSPEND\0", "ULSUSPEND\0", "LINHIB0001" };
	const char *root = fixture_root(), *path = machine(root);
	struct suspended found;

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		poke(path, 4086, marks[i], 10);
		CHECK_OK(suspended_find(root, &found));
		CHECK(!found.own);
	}
	blockdev_image(root, "dev/vdb", "tuxonice");
	CHECK_OK(suspended_find(root, &found));
	CHECK(!found.own);
}

RUN_TESTS(none, by_linux, by_others)
