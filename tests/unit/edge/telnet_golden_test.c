// SPDX-License-Identifier: MIT
// Transcripts of real clients at our terminal, played again: in one block a step, and byte by byte.
//
//	> what the client sent         < what it is sent, inflated
//	! what the gate does           = what the terminal tells
//	. what is known in the end     # remark
//
// A transcript with other lines than the terminal makes is a failure that shows both; --bless FILE
// writes what it makes now.
#include "telnet_bed.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char *folder;

static void escape(struct buf *out, const char *mark, struct span s)
{
	buf_str(out, mark);
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		if (c >= ' ' && c < 0x7f && c != '\\')
			buf_char(out, (char)c);
		else
			buf_printf(out, "\\x%02x", c);
	}
	buf_char(out, '\n');
}

static void unescape(struct buf *out, struct span s)
{
	while (s.n) {
		if (*s.p != '\\') {
			buf_char(out, *span_take(&s, 1).p);
			continue;
		}
		const char digits[] = {s.p[2], s.p[3], '\0'};
		buf_char(out, (char)strtoul(digits, NULL, 16));
		span_take(&s, 4);
	}
}

static void act(struct bed *b, struct span what)
{
	struct buf text = {0};
	struct span word = span_until(what, ' ');
	span_take(&what, min_size(word.n + 1, what.n));
	unescape(&text, what);
	buf_char(&text, '\0');
	if (span_is(word, "hide"))
		b->terminal->kind->hide(b->terminal, true);
	else if (span_is(word, "unhide"))
		b->terminal->kind->hide(b->terminal, false);
	else
		bed_show(b, text.p, span_is(word, "prompt"), span_is(word, "notice"));
	buf_fini(&text);
}

static void note(struct bed *b, struct buf *out)
{
	struct span read = bed_read(b);
	if (read.n)
		escape(out, "< ", read);
	if (b->said.n)
		escape(out, "= ", buf_bytes(&b->said));
	buf_clear(&b->said);
}

static void note_facts(struct bed *b, struct buf *out)
{
	struct terminal_facts f;
	b->terminal->kind->facts(b->terminal, &f);
	buf_printf(out, ". client=%.*s version=%.*s type=%.*s mtts=%u size=%ux%u colours=%u",
		(int)f.client.n, f.client.p, (int)f.version.n, f.version.p, (int)f.type.n, f.type.p,
		f.mtts, f.width, f.height, b->terminal->look.colours);
	buf_printf(out, " charset=%s%s%s%s\n", charset_name(b->terminal->look.charset),
		f.gmcp ? " gmcp" : "", f.eor ? " eor" : "", f.mccp ? " mccp" : "");
}

// Plays the steps of `file`.  → the transcript it gives.
static void play(struct span file, bool bytewise, struct buf *out)
{
	struct bed *b = bed_new();
	b->quiet_changes = true;
	while (file.n) {
		struct span line = span_until(file, '\n'), rest = line;
		struct buf wire = {0};
		span_take(&file, min_size(line.n + 1, file.n));
		if (line.n < 2 || !strchr("#>!", *line.p))
			continue;
		buf_span(out, line);
		buf_char(out, '\n');
		span_take(&rest, 2);
		if (*line.p == '>')
			unescape(&wire, rest);
		else if (*line.p == '!')
			act(b, rest);
		if (bytewise)
			bed_dribble(b, buf_bytes(&wire));
		else
			bed_send(b, buf_bytes(&wire));
		note(b, out);
		buf_fini(&wire);
	}
	note_facts(b, out);
	bed_free(b);
}

static void read_file(const char *path, struct buf *out)
{
	char some[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (ssize_t n; (n = read(fd, some, sizeof some)) > 0;)
		buf_put(out, some, (size_t)n);
	close(fd);
}

static void test_real_clients_are_served_as_ever(void **unused)
{
	(void)unused;
	DIR *d = opendir(folder);
	size_t files = 0;
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		char path[512];
		struct buf file = {0};
		if (!span_ends(span_str(e->d_name), SPAN(".txt")))
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		read_file(path, &file);
		for (int bytewise = 0; bytewise < 2; bytewise++) {
			struct buf got = {0};
			print_message("%s %s\n", e->d_name, bytewise ? "by bytes" : "by steps");
			play(buf_bytes(&file), bytewise, &got);
			check_bytes(buf_bytes(&got), buf_bytes(&file));
			buf_fini(&got);
		}
		buf_fini(&file);
		files++;
	}
	closedir(d);
	assert_true(files >= 6);
}

static int bless(const char *path)
{
	struct buf file = {0}, out = {0};
	read_file(path, &file);
	play(buf_bytes(&file), false, &out);
	FILE *to = fopen(path, "we");
	assert_non_null(to);
	fwrite(out.p, 1, out.n, to);
	fclose(to);
	buf_fini(&file);
	buf_fini(&out);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {TEST(test_real_clients_are_served_as_ever)};
	if (argc == 3 && strcmp(argv[1], "--bless") == 0)
		return bless(argv[2]);
	folder = argc > 1 ? argv[1] : "tests/golden/telnet";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
