/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command on a terminal of its own, and closes that as soon as it has shown a text, as when a connection breaks: the command gets
 * SIGHUP, and can write nothing any more.
 *
 *   hangup TEXT COMMAND...    (ends with the command's exit status; 128 and the number of the signal that ended it)
 */
#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char shown[65536];
	size_t used = 0;
	int terminal, status;
	pid_t child;

	if (argc < 3) {
		fputs("usage: hangup TEXT COMMAND...\n", stderr);
		return 2;
	}
	child = forkpty(&terminal, NULL, NULL, NULL);
	if (!child) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (child < 0) {
		perror("hangup: forkpty");
		return 1;
	}
	while (!strstr(shown, argv[1])) {
		ssize_t got = read(terminal, shown + used, sizeof(shown) - 1 - used);

		if (got <= 0)
			break;
		used += (size_t)got;
	}
	close(terminal);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	fputs(shown, stdout);
	if (!strstr(shown, argv[1])) {
		fputs("hangup: that text was not shown\n", stdout);
		return 125;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
