/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the running kernel expects of its free pages: a resumed one must find that, too. */
#ifndef KH_KERNEL_FREE_PAGES_H
#define KH_KERNEL_FREE_PAGES_H

#include <stddef.h>

enum free_pages {
	FREE_PAGES_ANY,  /* nothing: what is in them may be lost */
	FREE_PAGES_ZERO, /* zeros (init_on_free=1): it does not clear them again when they are allocated */
	FREE_PAGES_KEPT  /* what it wrote into them (page_poison=1): it takes anything else for damage */
};

/* Of pages that were filled and freed: how many there are, and how many of them still have the content, or zeros, or poison. */
struct free_pages_seen {
	size_t count, filled, zero, poison;
};

/*
 * What the kernel expects, when this was seen, and its command line is `cmdline`. A kernel that does nothing with pages that are freed
 * leaves nearly all as they were. Zeros and poison are seen as such, but for poison in pages that the kernel does not show
 * (debug_pagealloc): that is taken from the command line. When in doubt it is zeros, which do no harm where nothing is expected.
 */
enum free_pages free_pages_judge(const struct free_pages_seen *seen, const char *cmdline);

/*
 * Fills and frees a few MiB of this process's memory, looks at them through /proc/kcore, and judges. So it needs no knowledge of the
 * kernel's configuration, nor of how its command line was understood.
 */
enum free_pages free_pages_expected(const char *cmdline);

#endif
