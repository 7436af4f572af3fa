/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is loaded where: the recipe for B, for C' and for the way back into A. */
#ifndef KH_KEXEC_PLAN_H
#define KH_KEXEC_PLAN_H

#include <linux/kexec.h>

#include "arch/arch.h"
#include "kexec/bzimage.h"
#include "kexec/cmdline.h"
#include "kernel/kcore.h"
#include "kexec/copy_list.h"
#include "base/range.h"

/* kexec_load(2) takes 16 at most; we need 4. */
#define PLAN_SEGMENTS 4

struct plan {
	struct kexec_segment segment[PLAN_SEGMENTS]; /* sorted by address; the buffers are the caller's, or in `setup` */
	const char *name[PLAN_SEGMENTS];             /* of each, for messages */
	size_t count;
	uint64_t entry;
	struct blob setup; /* ELF core header, boot_params, purgatory, command line */
};

struct plan_input {
	const char *root;             /* "" but in tests: where /sys is */
	const struct ranges *firmware; /* firmware's memory map */
	const struct ranges *ram;      /* A's RAM outside the window, for the core header; NULL for C' */
	const struct kcore *kcore;     /* of A; NULL for C' */
	const char *paging;            /* A's paging mode, a constant; NULL for C' */
	const struct arch_permit *permit; /* without which B is not entered; NULL where none is needed */
	struct range window;
	struct range low; /* the low memory */
	const struct bzimage *kernel;
	const struct blob *initrd;
	struct cmdline *cmdline; /* gets elfcorehdr= for B */
};

/*
 * Lays out B (with `ram` and `kcore`: segments then cover the low memory and
 * the whole window without a hole, so that A's kernel puts the content of all
 * of it aside and brings it back) or C' (only what is loaded). 0, or -1 and fail(); free with plan_free().
 * The kernel's and the initrd's buffers are referred to and stay the caller's.
 */
int plan_kernel(const struct plan_input *in, struct plan *out);

/*
 * Lays out the return trampoline for re-entry point `entry` and paging mode
 * `paging` (arch.h) at the end of `ram`'s last range below 4 GiB. 0, or -1 and fail().
 */
int trampoline_plan(const struct ranges *ram, uint64_t entry, const char *paging, struct plan *out);

/*
 * The same at the start of `place`, page-aligned RAM of the window, with the copy list `copies` behind it, which it carries
 * out before it enters A; no page of the list lies above `end`. 0, or -1 and fail(). trampoline_copying_size() is the
 * room, in bytes, that it takes with a list of `count` items; 0 and fail() when there can be no such trampoline.
 */
int trampoline_copying(const struct range *place, uint64_t end, uint64_t entry, const char *paging,
		       const struct copy_list *copies, struct plan *out);
uint64_t trampoline_copying_size(uint64_t end, uint64_t entry, const char *paging, size_t count);

void plan_free(struct plan *plan);

/* Adds [start, end), called `name`, which gets `buf` from `from` on (NULL: nothing) and zeros behind it. */
void plan_add(struct plan *plan, const char *name, const struct blob *buf, size_t from, uint64_t start, uint64_t end);

/*
 * Are the segments as kexec_load(2) wants them: whole pages, sorted, none over another, none with more content than room, and
 * none larger than `most` bytes? 0, or -1 and fail() with the name of the first that is not.
 */
int plan_check(const struct plan *plan, uint64_t most);

/* The sum of the segments' sizes in memory, bytes. */
uint64_t plan_size(const struct plan *plan);

#endif
