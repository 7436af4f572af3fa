/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kkeys: what the user types on the appliance's consoles. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/io.h"
#include "base/number.h"
#include "base/options.h"
#include "base/report.h"
#include "cmd/programs.h"
#include "kernel/keys.h"
#include "settings/table.h"

#define PROGRAM "kkeys"
#define KLOG_READ_ALL 3 /* syslog(2) */

extern char **environ;

static void child_ended(int number)
{
	/* Nothing is to be done: that a signal came ends ppoll(), which is all that it is for. */
	(void)number;
}

/* Starts the command in a process group of its own, by which it can be ended together with all that it has started. */
static int start(char **argv, const sigset_t *mask, pid_t *pid)
{
	posix_spawnattr_t how;
	int err = posix_spawnattr_init(&how);

	if (err)
		return fail("start", err, "%s", argv[0]);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setsigmask(&how, mask);
	posix_spawnattr_setpgroup(&how, 0);
	err = posix_spawnp(pid, argv[0], NULL, &how, argv, environ);
	posix_spawnattr_destroy(&how);
	return err ? fail("start", err, "%s", argv[0]) : 0;
}

/*
 * Did the kernel kill that process for want of memory? Its last messages say so then: "Out of memory: Killed process PID (NAME)"
 * (mm/oom_kill.c, Linux 6.12). (The appliance's kernel does not count it in /proc/vmstat.)
 */
static bool ran_out_of_memory(pid_t pid)
{
	static char log[16384];
	char wanted[48];
	int size = klogctl(KLOG_READ_ALL, log, sizeof(log) - 1);

	snprintf(wanted, sizeof(wanted), "Out of memory: Killed process %d (", (int)pid);
	return size > 0 && strstr(log, wanted);
}

static int ended_by(int number, const char *program, pid_t pid)
{
	fail(program, 0, "ended by signal %d (%s)%s", number, strsignal(number),
	     number == SIGKILL && ran_out_of_memory(pid) ? ": out of memory, a larger --window gives more" : "");
	report_failure(PROGRAM);
	return EXIT_SIGNAL + number;
}

static int watch(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = child_ended };
	char **command = argv + 1;
	const char *console;
	struct keys keys;
	sigset_t child, mask;
	int status, key = 0;
	pid_t pid, ended;

	(void)argc;
	/* SIGCHLD is blocked except in keys_wait(), so that an end of the command between a look and the wait is not missed. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &child, &mask) || sigaction(SIGCHLD, &action, NULL)) {
		fail("start", errno, "signals");
		return report_failure(PROGRAM);
	}
	keys_open("", &keys);
	if (start(command, &mask, &pid))
		return report_failure(PROGRAM);
	while (!(ended = waitpid(pid, &status, WNOHANG)) && key != KEY_ESCAPE && key != KEY_INTERRUPT) {
		key = keys_wait(&keys, KEYS_FOREVER, &mask, &console);
		/* When no console can be read any more, nobody can end the command, but it can run to its own end. */
		if (key < 0 && errno != EINTR) {
			ended = waitpid(pid, &status, 0);
			break;
		}
	}
	if (!ended) {
		kill(-pid, SIGKILL);
		/* This may take a while: a process ends only when what it has begun to write is on the disk. */
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		fprintf(stderr, "aborted by the user (%s on %s)\n", key == KEY_ESCAPE ? "Esc" : "^C", console);
		status = EXIT_ABORTED;
	} else if (ended < 0) {
		fail("wait", errno, "%s", command[0]);
		status = report_failure(PROGRAM);
	} else if (WIFEXITED(status)) {
		status = WEXITSTATUS(status);
	} else {
		status = ended_by(WTERMSIG(status), command[0], pid);
	}
	keys_close(&keys);
	return status;
}

static int ask(int argc, char **argv)
{
	const char *console, *wanted = argc > 2 ? argv[2] : NULL, *given = *argv[1] ? argv[1] : MENU_SECONDS;
	struct keys keys;
	uint64_t seconds;
	int64_t until;
	int key;

	if (number_parse(given, 10, &seconds) || seconds > SETTINGS_SECONDS_MAX) {
		fail("options", 0, "no number of seconds: %.40s", given);
		return report_usage(PROGRAM);
	}
	keys_open("", &keys);
	until = keys_now() + (int64_t)seconds * 1000;
	do
		key = keys_wait(&keys, until, NULL, &console);
	while (key > 0 && wanted && !strchr(wanted, key) && keys_now() < until);
	keys_close(&keys);
	if (key <= 0 || (wanted && !strchr(wanted, key)))
		return EXIT_FAILED;
	/* A control character must not end the line, nor command a terminal. */
	printf("%c\n", key > ' ' && key < 0x7f ? key : '?');
	return fflush(stdout) ? EXIT_FAILED : EXIT_OK;
}

int kkeys_main(int argc, char **argv)
{
	static const struct command commands[] = {
		COMMAND_PLAIN("watch", watch, "runs a command that a key ends", 1, INT_MAX, "COMMAND...",
			"Runs COMMAND, which Esc or ^C ends.\n"
			"Exit: the command's; 128 and a signal's number when one ended it, which is named; 130 ended by the user.\n"),
		COMMAND_PLAIN("ask", ask, "waits for a key", 1, 2, "SECONDS [CHARS]",
			"Waits for a key, one of CHARS if they are given, and prints it. Empty SECONDS are " MENU_SECONDS ".\n"
			"Exit: 0 there was one; 1 none came in time; 2 usage.\n"),
	};

	return commands_run(PROGRAM, commands, sizeof(commands) / sizeof(*commands), argc, argv);
}
