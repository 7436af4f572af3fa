/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the reader of the initramfs's gzip header. */
#include "kexec/initrd.h"

#include "arch/arch.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A buffer of exactly this size, so that AddressSanitizer notices a byte that is read behind it. */
	struct blob initrd = { malloc(size ? size : 1), size };
	const struct initrd_file conf = { "khibernate.conf", { (unsigned char *)"a=b\n", 4 } };

	PROMISE(initrd.data);
	if (size)
		memcpy(initrd.data, data, size);
	if (!initrd_check("rootfs.gz", &initrd)) {
		PROMISE(!initrd_append(&initrd, &conf, 1));
		PROMISE(initrd.size > size && initrd.size % 4 == 0 && (!size || !memcmp(initrd.data, data, size)));
	}
	free(initrd.data);
	return 0;
}
