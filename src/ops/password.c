// SPDX-License-Identifier: MIT
#include "ops/password.h"
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_LINE_MAX = 1024 }; // more than any that is taken

static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void on_signal(int signal)
{
	(void)signal; // it ends the wait, so that the terminal is put right
}

// awake: the signals that may come while it waits; NULL: as they are.
static bool wait_for_byte(const sigset_t *awake)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	return ppoll(&in, 1, NULL, awake) == 1;
}

// Byte by byte: what stands behind the line is not ours.
static bool read_line(struct buf *out, const sigset_t *awake)
{
	char c;
	ssize_t n = -1;
	while (wait_for_byte(awake) && (n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n')
		buf_char(out, c);
	if (out->n && out->p[out->n - 1] == '\r')
		out->n--;
	return ((n == 1 && c == '\n') || (n == 0 && out->n)) && !out->failed;
}

// Signals come only while it waits, so that none is missed in between.
static bool read_hidden(const char *prompt, struct buf *out)
{
	struct sigaction wake = {.sa_handler = on_signal}, before[countof(ends)];
	struct termios shown, hidden;
	sigset_t held, awake;
	if (tcgetattr(STDIN_FILENO, &shown) < 0)
		return false;
	sigemptyset(&held);
	for (size_t i = 0; i < countof(ends); i++)
		sigaddset(&held, ends[i]);
	sigprocmask(SIG_BLOCK, &held, &awake);
	for (size_t i = 0; i < countof(ends); i++)
		sigaction(ends[i], &wake, &before[i]);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	bool good = tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) == 0;
	fputs(prompt, stderr);
	good = good && read_line(out, &awake);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	fputs("\n", stderr);
	for (size_t i = 0; i < countof(ends); i++)
		sigaction(ends[i], &before[i], NULL);
	sigprocmask(SIG_SETMASK, &awake, NULL);
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
	return isatty(STDIN_FILENO) ? read_twice(out) : read_line(out, NULL);
}
