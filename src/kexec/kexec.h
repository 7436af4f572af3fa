/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kexec_load(2) and the jump, with refusals explained. */
#ifndef KH_KEXEC_KEXEC_H
#define KH_KEXEC_KEXEC_H

#include <stdbool.h>

#include "kexec/plan.h"

/*
 * Bytes of free memory that it takes to load segments of `size` bytes with KEXEC_PRESERVE_CONTEXT, and to jump: the kernel takes a
 * page for each of theirs, and suspending A's devices takes some, too. Who loads has to see to it that they are there, for the
 * kernel itself would call the OOM killer.
 */
uint64_t kexec_needs(uint64_t size);

/* Loads `plan`; `preserve` asks for KEXEC_PRESERVE_CONTEXT. 0, or -1 and fail() with the cause. */
int kexec_load_plan(const struct plan *plan, bool preserve);

/* Forgets what is loaded. 0, or -1 and fail(). */
int kexec_unload(void);

#define KEXEC_NEVER_JUMPS 1

/*
 * Can this kernel jump? Unloads what is loaded, for the same call tells. 0; KEXEC_NEVER_JUMPS and fail() if it was built without
 * the jump; or -1 and fail() with another cause.
 */
int kexec_probe_jump(void);

/* Enters what is loaded. 0 when this kernel was re-entered, or an errno. */
int kexec_enter(void);

/* The same without coming back, as this kernel is left for good. -1 and fail() when nothing happened. */
int kexec_jump(void);

/* Loads `plan`, with context preserved, in place of what is loaded; needs little more than the system call. 0, or an errno. */
int kexec_replace(const struct plan *plan);

#endif
