/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several threads work on one list of items. */
#include "base/workers.h"

#include <sched.h>
#include <stdatomic.h>

#include "check.h"

#define ITEMS 1000

/* What was seen of one run; all threads share it. */
struct run {
	atomic_uint done[ITEMS];
	atomic_uint begun, begin_calls, ended;
	unsigned int refuse; /* which call of begin() fails, counted from 1; 0: none */
	atomic_bool second_begun, other_gone, second_fails;
};

static void *begin(void *context)
{
	struct run *run = context;

	if (atomic_fetch_add(&run->begin_calls, 1) + 1 == run->refuse) {
		fail("begin", 0, "call %u refused", run->refuse);
		return NULL;
	}
	atomic_fetch_add(&run->begun, 1);
	return run;
}

static void end(void *own)
{
	struct run *run = own;

	if (!run)
		return;
	atomic_fetch_add(&run->ended, 1);
	atomic_store(&run->other_gone, true);
}

static int work(void *context, void *own, size_t item)
{
	struct run *run = own;

	if (context != own)
		return fail("work", 0, "without what begin() made");
	atomic_fetch_add(&run->done[item], 1);
	return 0;
}

static int run_with(struct run *run, int (*one)(void *, void *, size_t), unsigned int threads, size_t items)
{
	const struct work job = { run, begin, one, end };
	int ret = workers_run(&job, threads, items);

	CHECK_EQ(run->ended, run->begun);
	return ret;
}

/* How many of the first `items` items were not done exactly once, and how many behind them were done. */
static size_t count_wrong(const struct run *run, size_t items)
{
	size_t wrong = 0;

	for (size_t i = 0; i < ITEMS; i++)
		wrong += run->done[i] != (i < items);
	return wrong;
}

static void all_items_once(void)
{
	/* Fewer items than threads, no items, and more threads than there may be. */
	static const struct {
		unsigned int threads;
		size_t items;
	} cases[] = { { 1, ITEMS }, { 4, ITEMS }, { 4, 1 }, { 5, 3 }, { 3, 0 }, { 500, ITEMS }, { 2, 2 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct run run = { 0 };

		CHECK_OK(run_with(&run, work, cases[i].threads, cases[i].items));
		CHECK_EQ(count_wrong(&run, cases[i].items), 0);
		CHECK(run.begun >= 1 && run.begun <= cases[i].threads);
	}
}

static int fail_at_300(void *context, void *own, size_t item)
{
	return item == 300 ? fail("work", 0, "item %zu", item) : work(context, own, item);
}

static void failure_ends_it(void)
{
	struct run run = { 0 };

	CHECK_FAILS(run_with(&run, fail_at_300, 1, ITEMS), "work: item 300");
	/* Items are begun in their order: all before the failed one were done, and none behind it. */
	CHECK_EQ(count_wrong(&run, 300), 0);
	run = (struct run){ 0 };
	CHECK_FAILS(run_with(&run, fail_at_300, 4, ITEMS), "work: item 300");
}

/* Item 0 fails while another thread works on item 1, which ends only when the first thread is gone. */
static int fail_while_another_works(void *context, void *own, size_t item)
{
	struct run *run = context;

	if (item > 1)
		return work(context, own, item);
	if (item == 1)
		atomic_store(&run->second_begun, true);
	while (!atomic_load(item ? &run->other_gone : &run->second_begun))
		sched_yield();
	return item == 0 || run->second_fails ? fail("work", 0, "item %zu", item) : 0;
}

static void first_failure_is_told(void)
{
	struct run run = { .second_fails = true };

	CHECK_FAILS(run_with(&run, fail_while_another_works, 2, ITEMS), "work: item 0");
}

static void nobody_goes_on(void)
{
	struct run run = { 0 };

	CHECK_FAILS(run_with(&run, fail_while_another_works, 2, ITEMS), "work: item 0");
	CHECK_EQ(count_wrong(&run, 0), 0);
}

static void begin_fails(void)
{
	struct run alone = { .refuse = 1 };

	/* If a thread cannot begin, the others do all items. If none can, it fails. */
	for (unsigned int refuse = 1; refuse <= 3; refuse++) {
		struct run run = { .refuse = refuse };

		CHECK_OK(run_with(&run, work, 3, ITEMS));
		CHECK_EQ(count_wrong(&run, ITEMS), 0);
	}
	CHECK_FAILS(run_with(&alone, work, 1, ITEMS), "begin: call");
}

static void no_threads(void)
{
	struct run run = { 0 };

	CHECK_FAILS(run_with(&run, work, 0, 1), "threads: start");
	CHECK_EQ(run.begin_calls, 0);
	CHECK(workers_count() >= 1 && workers_count() <= 64);
}

RUN_TESTS(all_items_once, failure_ends_it, first_failure_is_told, nobody_goes_on, begin_fails, no_threads)
