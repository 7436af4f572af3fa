/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the GDT check. The input: /proc/kcore, in which the kernel's image lies at physical address 0x1000. */
#include "kexec/gdt_check.h"

#include "addresses.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct range image = { 0x1000, 0x1200, 0 };
	char path[32];
	int fd;

	input_path(data, size, &fd, path);
	(void)gdt_check(path, DIRECT_MAP, &(struct ranges){ &image, 1, 1 });
	close(fd);
	return 0;
}
