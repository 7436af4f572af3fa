/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drivers that lead to a disk: whether the appliance has them, too, and what it need not look for. */
#ifndef KH_CHECKS_DRIVERS_H
#define KH_CHECKS_DRIVERS_H

#include <stdbool.h>

#define DRIVERS_TEXT_MAX 256

struct drivers {
	char names[DRIVERS_TEXT_MAX]; /* with spaces between; the device's own first, then those of what it hangs on */
	char missing[64];             /* the first of them that the appliance has not, in words where there are none at all; "" if it has them all */
	bool on_ata;                  /* it hangs on a port of libata */
};

/*
 * Looks up those of the block device `device`, "vda1" or its node `root`/dev/vda1, in `root`/sys; `root` is "" but in tests.
 * 0, or -1 and fail().
 */
int drivers_of(const char *root, const char *device, struct drivers *out);

#endif
