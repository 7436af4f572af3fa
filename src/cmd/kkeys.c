/*
 * kkeys: what the user types on the appliance's consoles.
 *   kkeys watch COMMAND...        runs COMMAND, which Esc or ^C ends: status 130, else the command's; 128 more than the signal's
 *                                 number when it was ended by one, which is named
 *   kkeys ask SECONDS [CHARS]     waits for a key, one of CHARS if they are given, and prints it; status 1 when none comes in time
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/programs.h"
#include "base/io.h"
#include "base/number.h"
#include "kernel/keys.h"
#include "base/report.h"

#define PROGRAM "kkeys"
#define KLOG_READ_ALL 3 /* syslog(2) */
#define SECONDS_MAX 86400

extern char **environ;

static void child_ended(int number)
{
	/* It only has to end ppoll(). */
	(void)number;
}

/* In a group of its own, so that what it starts ends with it. */
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

static int watch(char **argv)
{
	struct sigaction action = { .sa_handler = child_ended };
	const char *console;
	struct keys keys;
	sigset_t child, mask;
	int status, key = 0;
	pid_t pid, ended;

	/* Only let through while we wait for a key: none is missed. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &child, &mask) || sigaction(SIGCHLD, &action, NULL)) {
		fail("start", errno, "signals");
		return report_failure(PROGRAM);
	}
	keys_open("", &keys);
	if (start(argv, &mask, &pid))
		return report_failure(PROGRAM);
	while (!(ended = waitpid(pid, &status, WNOHANG)) && key != KEY_ESCAPE && key != KEY_INTERRUPT) {
		key = keys_wait(&keys, KEYS_FOREVER, &mask, &console);
		/* Without keys the command is as good. */
		if (key < 0 && errno != EINTR) {
			ended = waitpid(pid, &status, 0);
			break;
		}
	}
	if (!ended) {
		kill(-pid, SIGKILL);
		/* Until what it has given to the disk is there. */
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		fprintf(stderr, "aborted by the user (%s on %s)\n", key == KEY_ESCAPE ? "Esc" : "^C", console);
		status = EXIT_ABORTED;
	} else if (ended < 0) {
		fail("wait", errno, "%s", argv[0]);
		status = report_failure(PROGRAM);
	} else if (WIFEXITED(status)) {
		status = WEXITSTATUS(status);
	} else {
		status = ended_by(WTERMSIG(status), argv[0], pid);
	}
	keys_close(&keys);
	return status;
}

static int ask(const char *seconds_text, const char *wanted)
{
	const char *console;
	struct keys keys;
	uint64_t seconds;
	int64_t until;
	int key;

	if (number_parse(seconds_text, 10, &seconds) || seconds > SECONDS_MAX) {
		fail("options", 0, "no number of seconds: %.40s", seconds_text);
		return report_failure(PROGRAM);
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
	if (argc >= 3 && !strcmp(argv[1], "watch"))
		return watch(argv + 2);
	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "ask"))
		return ask(argv[2], argv[3]);
	fputs("usage: kkeys watch COMMAND... | kkeys ask SECONDS [CHARS]\n", stderr);
	return EXIT_USAGE;
}
