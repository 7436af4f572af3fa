/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/report.h"

#define THREADS_MAX 16
/* Threads beyond one for each CPU, since some of them always wait for the disk. */
#define WAITING 3

struct team {
	const struct work *work;
	size_t items;
	atomic_size_t next, done;
	pthread_mutex_t lock;
	char why[512]; /* the first failure */
};

unsigned int workers_count(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned int n = (cpus > 0 ? (unsigned int)cpus : 1) + WAITING;

	return n < THREADS_MAX ? n : THREADS_MAX;
}

static void remember(struct team *team)
{
	pthread_mutex_lock(&team->lock);
	if (!*team->why)
		snprintf(team->why, sizeof(team->why), "%s", fail_text());
	pthread_mutex_unlock(&team->lock);
}

static void give_up(struct team *team)
{
	remember(team);
	/* No thread takes another item. */
	atomic_store(&team->next, team->items);
}

static void *member(void *argument)
{
	struct team *team = argument;
	void *own = team->work->begin(team->work->context);

	/* A thread without the memory that it needs leaves the items to the others. */
	if (!own)
		remember(team);
	while (own) {
		size_t item = atomic_fetch_add(&team->next, 1);

		if (item >= team->items)
			break;
		if (team->work->work(team->work->context, own, item)) {
			give_up(team);
			break;
		}
		atomic_fetch_add(&team->done, 1);
	}
	team->work->end(own);
	return NULL;
}

int workers_run(const struct work *work, unsigned int threads, size_t items)
{
	struct team team = { .work = work, .items = items, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread[THREADS_MAX];
	unsigned int started = 0;
	int err = 0;

	while (started < threads && started < THREADS_MAX && !err) {
		err = pthread_create(&thread[started], NULL, member, &team);
		started += !err;
	}
	/* One thread is enough to do all items. */
	if (!started)
		return fail("threads", err, "start");
	for (unsigned int i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	return atomic_load(&team.done) == items ? 0 : fail_again(team.why);
}
