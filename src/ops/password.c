// SPDX-License-Identifier: MIT
#include "ops/password.h"
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_LINE_MAX = 1024 }; // more than any that is taken

static void on_signal(int signal)
{
	(void)signal; // it ends the read, so that the terminal is put right
}

// Byte by byte: what stands behind the line is not ours.
static bool read_line(struct buf *out)
{
	char c;
	ssize_t n;
	while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n')
		buf_char(out, c);
	if (out->n && out->p[out->n - 1] == '\r')
		out->n--;
	return (n == 1 || (n == 0 && out->n)) && !out->failed;
}

static bool read_hidden(const char *prompt, struct buf *out)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction wake = {.sa_handler = on_signal}, before[countof(ends)];
	struct termios shown, hidden;
	if (tcgetattr(STDIN_FILENO, &shown) < 0)
		return false;
	for (size_t i = 0; i < countof(ends); i++)
		sigaction(ends[i], &wake, &before[i]);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	bool good = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
	fputs(prompt, stderr);
	good = good && read_line(out);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputs("\n", stderr);
	for (size_t i = 0; i < countof(ends); i++)
		sigaction(ends[i], &before[i], NULL);
	return good;
}

static bool read_twice(struct buf *out)
{
	struct buf again = {.max = PASSWORD_LINE_MAX};
	buf_reserve(&again, PASSWORD_LINE_MAX); // does not move, so that it can be wiped
	bool good = read_hidden("Password: ", out) && read_hidden("The same again: ", &again);
	if (good && !span_eq(buf_bytes(out), buf_bytes(&again))) {
		fputs("gatehouse: that was not the same\n", stderr);
		good = false;
	}
	sodium_memzero(again.p, again.n);
	buf_fini(&again);
	return good;
}

bool password_read(struct buf *out)
{
	out->max = PASSWORD_LINE_MAX;
	buf_reserve(out, PASSWORD_LINE_MAX);
	return isatty(STDIN_FILENO) ? read_twice(out) : read_line(out);
}
