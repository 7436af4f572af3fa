/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kimage state: what is on the partition, for a shell to eval. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/keyvalue.h"
#include "base/options.h"
#include "base/report.h"
#include "base/shell.h"
#include "cmd/kimage.h"
#include "image/state.h"

#define VALUE_MAX 4096

/* What the description has for `key`, also a damaged one, which has it for people; "" if it has nothing. */
static const char *value_of(const struct image_status *status, const char *key, char value[VALUE_MAX])
{
	*value = '\0';
	if (status->text.data)
		(void)keyvalue_get(&status->text, key, value, VALUE_MAX);
	return value;
}

static void put_summary(const struct image_status *status)
{
	char text[VALUE_MAX + 128] = "", unguarded[VALUE_MAX];

	if (status->described)
		snprintf(text, sizeof(text), "an image of %" PRIu64 " MiB", status->meta.dump_size >> 20);
	if (*text && *value_of(status, "unguarded", unguarded))
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "; not guarded against changes, since not seen: %s",
			 unguarded);
	shell_assign(stdout, "summary", text);
}

static int print(const struct image_status *status)
{
	const struct meta *meta = &status->meta;
	char value[VALUE_MAX], attempts[16], size[32] = "", window[48] = "", saved_at[IMAGE_TIME_MAX];

	snprintf(attempts, sizeof(attempts), "%u", status->attempts);
	if (status->described) {
		snprintf(size, sizeof(size), "%" PRIu64, meta->dump_size);
		snprintf(window, sizeof(window), "%" PRIx64 "-%" PRIx64, meta->window.start, meta->window.end);
	}
	shell_assign(stdout, "state", image_state_name(status->state));
	shell_assign(stdout, "reason", reason_name(status->reason));
	shell_assign(stdout, "why", status->why);
	shell_assign(stdout, "given_up", status->given_up ? "1" : "0");
	shell_assign(stdout, "attempts", attempts);
	image_saved_at(status, saved_at);
	shell_assign(stdout, "saved_at", saved_at);
	shell_assign(stdout, "id", value_of(status, "id", value));
	shell_assign(stdout, "dump_size", size);
	shell_assign(stdout, "window", window);
	shell_assign(stdout, "entry", meta->entry);
	shell_assign(stdout, "paging", meta->paging);
	shell_assign(stdout, "mailbox", meta->mailbox);
	put_summary(status);
	return finish_output();
}

int kimage_state(int argc, char **argv)
{
	bool force_stale = false;
	const struct option_row rows[] = {
		OPTION_FLAG("force-stale", 0, &force_stale, "what was refused as STALE or NORESUME is ready all the same"),
	};
	const struct options options = {
		.program = PROGRAM " state", .synopsis = "[--force-stale] DIRECTORY", .row = rows, .count = 1,
		.more = "Prints state, reason, why, given_up, attempts, saved_at, id, dump_size (bytes), window (START-END, hexadecimal),\n"
			"entry, paging, mailbox and summary, each as NAME='VALUE' on a line of its own, always all of them.\n"
			"state is absent, torn, ready, consumed, snapshot or refused.\n"
			"Exit: 0 unless the directory cannot be read.\n",
	};
	struct image_status status;
	int first, ret;

	if (!options_parse(&options, argc, argv, 1, 1, &first, &ret))
		return ret;
	if (image_status(argv[first], force_stale, &status))
		return report_failure(PROGRAM);
	ret = print(&status);
	image_status_free(&status);
	return report_status(PROGRAM, ret);
}
