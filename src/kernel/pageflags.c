/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/pageflags.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/range.h"
#include "base/report.h"

/* Bits from include/linux/kernel-page-flags.h and uapi/linux/kernel-page-flags.h (Linux 6.12). */
#define KPF_NOPAGE (1ULL << 20)
#define KPF_HWPOISON (1ULL << 19)
#define KPF_RESERVED (1ULL << 32)

/* Documentation/admin-guide/mm/pagemap.rst: bit 63 present, bits 0-54 page frame. */
#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_FRAME ((1ULL << 55) - 1)

int pageflags_open_at(const char *root)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/proc/kpageflags", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail("open", errno, "%s: does the kernel have CONFIG_PROC_PAGE_MONITOR?", path);
	return fd;
}

int pageflags_open(void)
{
	return pageflags_open_at("");
}

static bool is_of_kind(uint64_t flags, enum page_kind kind)
{
	switch (kind) {
	case PAGE_MISSING: return flags & KPF_NOPAGE;
	case PAGE_THERE: return !(flags & KPF_NOPAGE);
	default: return !(flags & (KPF_NOPAGE | KPF_RESERVED));
	}
}

uint64_t pageflags_find(int fd, uint64_t start, uint64_t end, enum page_kind kind)
{
	uint64_t flags[512];

	for (uint64_t at = start, pages; at < end; at += pages * PAGE_BYTES) {
		pages = min_u64((end - at) / PAGE_BYTES, sizeof(flags) / 8);
		if (pread_exact(fd, flags, pages * 8, at / PAGE_BYTES * 8, "/proc/kpageflags"))
			return UINT64_MAX;
		for (uint64_t i = 0; i < pages; i++)
			if (is_of_kind(flags[i], kind))
				return at + i * PAGE_BYTES;
	}
	return end;
}

uint64_t pageflags_last_reserved(int fd, uint64_t start, uint64_t end)
{
	uint64_t last = 0, flags[512];

	for (uint64_t at = start; at < end; at += sizeof(flags) / 8 * PAGE_BYTES) {
		uint64_t pages = (end - at) / PAGE_BYTES;

		if (pages > sizeof(flags) / 8)
			pages = sizeof(flags) / 8;
		if (pread_exact(fd, flags, pages * 8, at / PAGE_BYTES * 8, "/proc/kpageflags"))
			return UINT64_MAX;
		for (uint64_t i = 0; i < pages; i++)
			if (flags[i] & (KPF_RESERVED | KPF_NOPAGE | KPF_HWPOISON))
				last = at + (i + 1) * PAGE_BYTES;
	}
	return last;
}

int physical_frames(const void *pages, size_t count, uint32_t *frame)
{
	uint64_t entry[512], first = (uintptr_t)pages / PAGE_BYTES;
	int ret = 0, fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fail("open", errno, "/proc/self/pagemap: does the kernel have CONFIG_PROC_PAGE_MONITOR?");
	for (size_t at = 0, part; at < count && !ret; at += part) {
		part = count - at < sizeof(entry) / 8 ? count - at : sizeof(entry) / 8;
		ret = pread_exact(fd, entry, part * 8, (first + at) * 8, "/proc/self/pagemap");
		for (size_t i = 0; i < part && !ret; i++) {
			uint64_t number = entry[i] & PAGEMAP_FRAME;

			if (!(entry[i] & PAGEMAP_PRESENT) || !number)
				ret = fail("pagemap", 0, "the frame of a locked page is not shown (not root?)");
			else if (number > UINT32_MAX)
				ret = fail("pagemap", 0, "page frame %#llx", (unsigned long long)number);
			else
				frame[at + i] = (uint32_t)number;
		}
	}
	close(fd);
	return ret;
}

uint64_t physical_address(const void *page)
{
	uint32_t frame;

	return physical_frames(page, 1, &frame) ? 0 : frame * PAGE_BYTES;
}
