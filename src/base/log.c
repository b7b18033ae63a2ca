// SPDX-License-Identifier: MIT
#include "base/log.h"
#include "base/buf.h"
#include "base/clock.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096, VALUE_MAX_BYTES = 512 };

static const char *const level_words[] = {"debug", "info", "warning", "error", "critical"};
enum log_level log_threshold = LOG_INFO;
static enum log_format line_format = LOG_CONSOLE;
static int log_file = -1;

static void put_escaped(struct buf *out, struct span text)
{
	static const char hex[] = "0123456789abcdef";
	size_t n = min_size(text.n, VALUE_MAX_BYTES);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c == '"' || c == '\\') {
			buf_char(out, '\\');
			buf_char(out, (char)c);
		} else if (c < 0x20 || c >= 0x7f) {
			buf_put(out, line_format == LOG_JSON ? "\\u00" : "\\x",
				line_format == LOG_JSON ? 4 : 2);
			buf_char(out, hex[c >> 4]);
			buf_char(out, hex[c & 15]);
		} else {
			buf_char(out, (char)c);
		}
	}
	if (text.n > n)
		buf_lit(out, "...");
}

static bool is_plain(struct span text)
{
	if (text.n == 0 || text.n > VALUE_MAX_BYTES)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
			return false;
	}
	return true;
}

static void put_field(struct buf *out, const struct log_field *f)
{
	bool json = line_format == LOG_JSON;
	buf_printf(out, json ? ",\"%s\":" : " %s=", f->key);
	if (f->type == LOG_FIELD_INT) {
		buf_int(out, f->number);
	} else if (f->type == LOG_FIELD_HEX) {
		buf_printf(out, json ? "\"%llx\"" : "%llx", (unsigned long long)f->number);
	} else if (!json && is_plain(f->text)) {
		buf_span(out, f->text);
	} else {
		buf_char(out, '"');
		put_escaped(out, f->text);
		buf_char(out, '"');
	}
}

// A full pipe or disk loses the line, never the daemon: what cannot be written at once is not.
// A pipe is ready when it has room for PIPE_BUF bytes, which no line of ours is longer than.
_Static_assert((int)LINE_MAX_BYTES <= PIPE_BUF, "a line goes out whole or not at all");

static void put_line(int fd, const struct buf *line)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	if (poll(&ready, 1, 0) == 1 && ready.revents & POLLOUT)
		(void)!write(fd, line->p, line->n);
}

void log_write(enum log_level level, const char *word, const struct log_field *fields)
{
	char time[CLOCK_TEXT_BYTES];
	struct buf line = {.max = LINE_MAX_BYTES};
	clock_text(clock_wall_us(), time);
	time[23] = '\0'; // milliseconds are enough
	if (line_format == LOG_JSON)
		buf_printf(&line, "{\"time\":\"%sZ\",\"level\":\"%s\",\"event\":\"%s\"", time,
			level_words[level], word);
	else
		buf_printf(&line, "%sZ %s %s", time, level_words[level], word);
	for (; fields->key; fields++) {
		size_t mark = line.n;
		put_field(&line, fields);
		if (line.n > LINE_MAX_BYTES - 8 || line.failed) { // leave out what does not fit
			line.n = mark;
			line.failed = false;
		}
	}
	buf_put(&line, line_format == LOG_JSON ? "}\n" : "\n", line_format == LOG_JSON ? 2 : 1);
	put_line(STDERR_FILENO, &line);
	if (log_file >= 0)
		put_line(log_file, &line);
	buf_fini(&line);
}

enum log_level log_paced(struct log_pace *p, enum log_level level)
{
	uint64_t now = clock_ms();
	if (now - p->since_ms >= LOG_PACE_MS)
		*p = (struct log_pace){.since_ms = now};
	return p->lines++ < LOG_PACE_LINES ? level : LOG_DEBUG;
}

void log_setup(enum log_level level, enum log_format format)
{
	log_threshold = level;
	line_format = format;
}

bool log_open(const char *path)
{
	int fd = *path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640) : -1;
	if (fd < 0 && *path)
		return false;
	if (log_file >= 0)
		close(log_file);
	log_file = fd;
	return true;
}

bool log_level_parse(const char *word, enum log_level *out)
{
	for (size_t i = 0; i < countof(level_words); i++)
		if (!strcasecmp(word, level_words[i]))
			return *out = (enum log_level)i, true;
	return false;
}
