/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/room.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/progress.h"
#include "base/range.h"
#include "base/report.h"
#include "base/units.h"
#include "kernel/memmap.h"

#define ZONEINFO_MAX (16u << 20)
/* Less than lies between two watermarks, so that where there is no room for a step, kswapd is at work. */
#define STEP (128u << 10)
/* What stays in memory that could be swapped out or read again: programs have to run in it until they are frozen. */
#define KEPT MIB(24)
/*
 * Made available beyond what is needed, once more in each round: for what others take in the meantime, and since the kernel, which
 * keeps some pages for itself, says 0 also of less than nothing.
 */
#define MORE MIB(4)
#define ROUNDS 4
#define WAIT_MS 10
/* After so long without any gain, the child makes the kernel look for some. */
#define PATIENCE_MS 1000
/* After so long there is none to be had. */
#define STALLED_MS 10000

/* --- what there is */

/* The sum of two values of /proc/meminfo. 0, or -1 and fail(). */
static int sum(const char *root, const char *one, const char *other, uint64_t *bytes)
{
	uint64_t more;

	if (memmap_meminfo(root, one, bytes) || memmap_meminfo(root, other, &more))
		return -1;
	*bytes += more;
	return 0;
}

int room_look(const char *root, struct room *room)
{
	uint64_t swap_free, anonymous;

	/* Files in memory (tmpfs) count as anonymous here; what is locked does not (mm/vmscan.c, Linux 6.12). */
	if (memmap_available(root, &room->available) || memmap_meminfo(root, "SwapFree", &swap_free) ||
	    sum(root, "Active(anon)", "Inactive(anon)", &anonymous))
		return -1;
	room->swappable = min_u64(swap_free, anonymous > KEPT ? anonymous - KEPT : 0);
	return 0;
}

int room_lacking(const struct room *room)
{
	return fail("memory", 0, "too little free memory: %" PRIu64 " MiB are available, %" PRIu64 " MiB are needed, and %" PRIu64
		    " MiB more could be swapped out: end programs, or add swap", room->available >> 20, room->needed >> 20,
		    room->swappable >> 20);
}

/* The last number of a list "(0, 2921, 7918)": what is kept from a request that any zone can serve. */
static uint64_t last_of(const char *list)
{
	const char *end = list + strcspn(list, ")\n"), *at = end;

	while (at > list && at[-1] != ' ' && at[-1] != '(')
		at--;
	return strtoull(at, NULL, 10);
}

int room_at_once(const char *root, uint64_t *bytes)
{
	uint64_t free_pages = 0, least = 0, pages = 0;
	char path[256];
	struct blob text;
	bool any = false;

	snprintf(path, sizeof(path), "%s/proc/zoneinfo", root);
	if (read_file(path, ZONEINFO_MAX, &text))
		return -1;
	for (char *rest = (char *)text.data, *line; (line = strsep(&rest, "\n"));) {
		uint64_t kept;

		line += strspn(line, " ");
		if (sscanf(line, "pages free %" SCNu64, &free_pages) == 1 || sscanf(line, "min %" SCNu64, &least) == 1)
			continue;
		/* This line comes after the two others of its zone. */
		if (strncmp(line, "protection: (", 13))
			continue;
		kept = last_of(line + 12);
		if (free_pages > least && free_pages - least > kept)
			pages += free_pages - least - kept;
		any = true;
		free_pages = least = 0;
	}
	free(text.data);
	*bytes = pages * PAGE_BYTES;
	return any ? 0 : fail("memory", 0, "%s does not tell what is free", path);
}

/* --- the child that takes memory */

/* It lies in no group whose limit it would reach, and is the first that the kernel ends where memory is short. 0, or -1 and fail(). */
static int stand_apart(void)
{
	static const char *const roots[] = { "/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs" };

	if (write_setting("/proc/self/oom_score_adj", "1000"))
		return -1;
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++)
		/* Where it has to stay in its group it comes only as far as that group's limit. */
		if (!access(roots[i], W_OK) && write_setting(roots[i], "0"))
			debug("%s", fail_text());
	return 0;
}

/*
 * Makes the kernel look for some memory that it can take back, for nobody's use. A kswapd that once found none does not look again by
 * itself, though swap was added since. Where there is no such file, or nothing is found, that is as before.
 */
static void nudge(void)
{
	static const char reclaim[] = "/sys/fs/cgroup/memory.reclaim";

	if (!access(reclaim, W_OK) && write_setting(reclaim, "4M"))
		debug("%s", fail_text());
}

static void wait_a_little(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = WAIT_MS * 1000000L }, NULL);
}

/* Takes up to `wanted` bytes at `base`, until that many would be available without them. 0, or -1 and fail(). */
static int take(unsigned char *base, uint64_t wanted, struct room *room, struct progress *progress)
{
	uint64_t held = 0, best = 0, at_once, unused, in_use;
	unsigned int stalled = 0;

	for (;;) {
		if (room_look("", room) || room_at_once("", &at_once) || memmap_meminfo("", "MemFree", &unused) ||
		    sum("", "Active", "Inactive", &in_use))
			return -1;
		if (room->available + held >= wanted)
			return 0;
		if (unused + held >= best + STEP) {
			best = unused + held;
			stalled = 0;
		}
		if (!room->swappable || in_use < KEPT || stalled >= STALLED_MS)
			return fail("memory", 0, "%" PRIu64 " MiB were taken, and no more can be swapped out", held >> 20);
		if (at_once >= STEP) {
			/* Locked, because these pages are the first that would be swapped. */
			if (mlock(base + held, STEP))
				return fail("mlock", errno, "%" PRIu64 " MiB", held >> 20);
			held += STEP;
			progress_add(progress, STEP);
			continue;
		}
		/* What was taken last has woken the kernel's kswapd. */
		wait_a_little();
		stalled += WAIT_MS;
		if (!(stalled % PATIENCE_MS))
			nudge();
	}
}

static _Noreturn void child(struct room *room, unsigned int round, FILE *to)
{
	uint64_t wanted = align_up(room->needed + (round + 1) * MORE, STEP);
	struct progress progress;
	unsigned char *base;
	int ret = -1;

	/* It must not outlive who waits for it, nor be ended because nobody reads its progress any more. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	progress_begin(&progress, "making room", wanted, to);
	base = mmap(NULL, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base != MAP_FAILED && !stand_apart()) {
		/* A huge page would be more than a step. A kernel that has none fails here, which is as good. */
		madvise(base, wanted, MADV_NOHUGEPAGE);
		ret = take(base, wanted, room, &progress);
		if (ret)
			debug("making room: %s", fail_text());
		if (progress.shown > progress.started)
			progress_end(&progress);
		if (to)
			fflush(to);
	}
	_exit(ret ? EXIT_FAILED : EXIT_OK);
}

/* --- making room */

int room_make(uint64_t needed, FILE *progress)
{
	struct room room = { .needed = needed };
	bool more = true;

	for (unsigned int round = 0; !room_look("", &room); round++) {
		int status;
		pid_t pid;

		if (room.available >= needed)
			return 0;
		if (!more || round == ROUNDS || room.swappable < needed - room.available)
			return room_lacking(&room);
		debug("making room: %" PRIu64 " MiB are available, %" PRIu64 " MiB are needed", room.available >> 20, needed >> 20);
		fflush(NULL);
		pid = fork();
		if (!pid)
			child(&room, round, progress);
		if (pid < 0)
			return fail("memory", errno, "a process that makes room");
		while (waitpid(pid, &status, 0) < 0)
			if (errno != EINTR)
				return fail("memory", errno, "waiting for the process that makes room");
		/* Others may have taken what was gained. */
		more = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_OK;
	}
	return -1;
}
