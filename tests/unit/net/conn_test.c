// SPDX-License-Identifier: MIT
// Input, output, deadlines and ends of one connection, over real sockets.
#include "bed.h"

#include "base/clock.h"
#include "base/metric.h"
#include "proto/codecs.h"
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

// --- messages in ---

static void messages_are_cut_alike_however_they_arrive(void **state)
{
	struct bed *b = *state;
	static const char text[] = "one\r\ntwo\n\nfour is longer\n";
	bed_listen(b, &(struct listener_spec){0});
	for (size_t step = 1; step < sizeof text; step++) {
		int fd = peer_new(b);
		b->on_msg = NULL;
		buf_clear(&b->said);
		for (struct span s = span_str(text); s.n;) {
			peer_send(b, fd, span_take(&s, min_size(step, s.n)));
			bed_turn(b, -1);
		}
		close(fd);
		bed_until(b, net_count(b->net) == 0);
		check_text(buf_bytes(&b->said),
			"open msg:one msg:two msg: msg:four is longer close:eof ");
	}
}

static void longer_than_one_read_and_than_the_kept_part(void **state)
{
	struct bed *b = *state;
	static const size_t sizes[] = {16383, 16384, 16385, 40000, 65535, 65536};
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = bed_echo;
	int fd = peer_new(b);
	for (size_t i = 0; i < countof(sizes); i++) {
		struct span s = pattern(sizes[i]);
		struct buf got = {0};
		peer_send(b, fd, span_of(s.p, 100));
		bed_turn(b, -1);
		peer_send(b, fd, span_of(s.p + 100, 16300 - 100));
		bed_turn(b, -1);
		peer_send(b, fd, span_of(s.p + 16300, s.n - 16300));
		bed_turn(b, -1);
		peer_send(b, fd, SPAN("\n"));
		assert_int_equal(peer_read(b, fd, &got, s.n + 1), PEER_OPEN);
		got.n--;
		check_bytes(buf_bytes(&got), s);
		assert_null(b->open[0]->in.p); // nothing is kept between messages
		buf_fini(&got);
		free((char *)s.p);
	}
	close(fd);
}

static void say_sorry(struct bed *b, struct conn *c)
{
	(void)b;
	conn_write(c, SPAN("sorry\n"));
}

// The peer has sent far more than we ever read, and reads only then: a reset must not overtake.
static void too_long_a_message_is_refused_with_last_words(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){0});
	b->on_bad = say_sorry;
	int fd = peer_new(b);
	struct span much = pattern(1 << 20);
	struct buf got = {0};
	peer_send(b, fd, much);
	bed_until(b, b->closed == 1);
	peer_send(b, fd, much);
	assert_int_equal(peer_read(b, fd, &got, 100), PEER_EOF);
	check_text(buf_bytes(&got), "sorry\n");
	check_text(buf_bytes(&b->said), "open bad:line too long close:too_big ");
	close(fd);
	bed_until(b, net_count(b->net) == 0);
	buf_fini(&got);
	free((char *)much.p);
}

// --- another codec in mid-stream ---

static size_t finis;

static void eat_init(void *s, size_t max)
{
	*(size_t *)s = max;
}

static void eat_fini(void *s)
{
	(void)s;
	finis++;
}

// Messages of exactly max bytes.
static enum codec_got eat_take(void *s, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	size_t n = *(size_t *)s;
	(void)reply;
	if (in->n < n)
		return CODEC_MORE;
	*msg = (struct codec_msg){.body = span_take(in, n)};
	return CODEC_MSG;
}

static const struct codec codec_eat = {
	.name = "eat",
	.state_bytes = sizeof(size_t),
	.init = eat_init,
	.fini = eat_fini,
	.take = eat_take,
};

static void change_codec(struct bed *b, struct conn *c, struct span body)
{
	buf_printf(&b->said, "[%.*s]", (int)body.n, body.p);
	if (span_is(body, "change")) {
		conn_use(c, &codec_eat, 5);
		conn_use(c, &codec_eat, 4); // thought better of it
		conn_use(c, &codec_eat, 3);
	}
}

static void the_codec_may_change_within_a_message(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = change_codec;
	finis = 0;
	int fd = peer_new(b);
	peer_send(b, fd, SPAN("line\nchange\nabcde"));
	bed_until(b, span_ends(buf_bytes(&b->said), SPAN("[abc]")));
	peer_send(b, fd, SPAN("f"));
	bed_until(b, span_ends(buf_bytes(&b->said), SPAN("[def]")));
	check_text(buf_bytes(&b->said), "open [line][change][abc][def]");
	close(fd);
	bed_until(b, net_count(b->net) == 0);
	assert_int_equal(finis, 3);
}

// --- pausing ---

static void pause_at_stop(struct bed *b, struct conn *c, struct span body)
{
	buf_printf(&b->said, "%.*s ", (int)body.n, body.p);
	if (span_is(body, "stop"))
		conn_pause(c);
	if (span_is(body, "blink")) {
		conn_pause(c);
		conn_resume(c);
	}
}

static void a_paused_conn_takes_nothing_more_until_resumed(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = pause_at_stop;
	int fd = peer_new(b), other = peer_new(b);
	peer_send(b, fd, SPAN("a\nblink\nb\nstop\nc\nstop\nd\n"));
	bed_until(b, span_ends(buf_bytes(&b->said), SPAN("stop ")));
	peer_send(b, fd, SPAN("e\n"));
	peer_send(b, other, SPAN("other\n"));
	bed_until(b, span_ends(buf_bytes(&b->said), SPAN("other ")));
	assert_true(conn_has_input(b->open[0]));
	conn_resume(b->open[0]);
	bed_until(b, span_ends(buf_bytes(&b->said), SPAN("c stop ")));
	conn_resume(b->open[0]);
	bed_until(b, span_ends(buf_bytes(&b->said), SPAN("e ")));
	check_text(buf_bytes(&b->said), "open open a blink b stop other c stop d e ");
	close(fd);
	close(other);
}

// What one request answers with, far over the high-water mark.
static void answer_much(struct bed *b, struct conn *c, struct span body)
{
	static char much[64 << 10];
	memset(much, body.p[0], sizeof much);
	conn_write(c, span_of(much, sizeof much));
	b->answers++;
}

static void unread_answers_stop_the_reading(void **state)
{
	struct bed *b = *state;
	enum { ASKED = 64, EACH = 64 << 10 };
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = answer_much;
	b->quiet = true;
	static const struct conn_limits wide = {16 << 20, 60000};
	int fd = peer_new(b), small = 16384;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	bed_until(b, b->opened);
	conn_limit(b->open[0], &wide);
	setsockopt(b->open[0]->end.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	for (int i = 0; i < ASKED; i++)
		peer_send(b, fd, SPAN("x\n"));
	bed_until(b, b->open[0]->throttled && b->open[0]->end.blocked);
	for (int i = 0; i < 20; i++)
		uv_run(&b->loop.uv, UV_RUN_NOWAIT);
	assert_true(b->answers <= 8);
	assert_true(conn_unsent(b->open[0]) <= CONN_OUT_HIGH + EACH);
	struct buf got = {0};
	assert_int_equal(peer_read(b, fd, &got, (size_t)ASKED * EACH), PEER_OPEN);
	assert_int_equal(b->answers, ASKED);
	assert_true(b->drains > 0);
	buf_fini(&got);
	close(fd);
}

// --- output ---

static void write_and_share(struct bed *b, struct conn *c, struct span body)
{
	struct blob *blob = b->extra;
	(void)body;
	conn_write(c, SPAN("<"));
	conn_share(c, blob, 0, 3);
	conn_write(c, SPAN("|"));
	conn_write(c, SPAN("|"));
	conn_share(c, blob, 3, 6);
	conn_write(c, SPAN(""));
	conn_share(c, blob, 6, 6);
	conn_write(c, SPAN(">"));
}

static void own_and_shared_bytes_keep_their_order(void **state)
{
	struct bed *b = *state;
	struct blob *blob = blob_new(6);
	blob_append(blob, SPAN("abcdef"));
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = write_and_share;
	b->extra = blob;
	int fd = peer_new(b);
	peer_send(b, fd, SPAN("1\n2\n"));
	peer_expect(b, fd, "<abc||def><abc||def>");
	assert_int_equal(blob->refs, 1);
	close(fd);
	blob_unref(blob);
}

static void a_big_answer_arrives_whole(void **state)
{
	struct bed *b = *state;
	struct span much = pattern(900 << 10);
	struct buf got = {0};
	bed_listen(b, &(struct listener_spec){0});
	int fd = peer_new(b);
	bed_until(b, b->opened);
	conn_write(b->open[0], much);
	conn_write(b->open[0], SPAN("end"));
	assert_int_equal(peer_read(b, fd, &got, much.n + 3), PEER_OPEN);
	assert_true(span_starts(buf_bytes(&got), much));
	assert_null(b->open[0]->out.at);
	buf_fini(&got);
	free((char *)much.p);
	close(fd);
}

static void one_turn_writes_a_slice_of_a_big_answer(void **state)
{
	struct bed *b = *state;
	enum { SLICE_BYTES = 256 << 10 };
	struct span much = pattern(1000 << 10);
	int large = 4 << 20;
	bed_listen(b, &(struct listener_spec){0});
	int fd = peer_new(b);
	bed_until(b, b->opened);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
	setsockopt(b->open[0]->end.fd, SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
	int64_t sent = metric_get(METRIC_TX_BYTES);
	conn_write(b->open[0], much);
	net_flush(b->net);
	assert_in_range(metric_get(METRIC_TX_BYTES) - sent, 1, SLICE_BYTES);
	struct buf got = {0};
	assert_int_equal(peer_read(b, fd, &got, much.n), PEER_OPEN);
	check_bytes(buf_bytes(&got), much);
	buf_fini(&got);
	free((char *)much.p);
	close(fd);
}

static void more_receivers_than_one_slice_all_get_it(void **state)
{
	struct bed *b = *state;
	enum { N = 300 };
	int fd[N];
	struct blob *blob = blob_new(6);
	blob_append(blob, SPAN("hello!"));
	b->quiet = true;
	bed_listen(b, &(struct listener_spec){0});
	for (size_t i = 0; i < N; i++) {
		fd[i] = peer_new(b);
		bed_until(b, b->opened == i + 1);
	}
	for (size_t i = 0; i < N; i++)
		conn_share(b->open[i], blob, 0, 6);
	for (size_t i = 0; i < N; i++) {
		peer_expect(b, fd[i], "hello!");
		close(fd[i]);
	}
	assert_int_equal(blob->refs, 1);
	blob_unref(blob);
}

// --- ends ---

static void close_from(struct bed *b, struct conn *c, struct span body)
{
	buf_printf(&b->said, "%.*s ", (int)body.n, body.p);
	if (span_is(body, "bye")) {
		conn_write(c, SPAN("bye\n"));
		conn_close(c, CLOSE_DONE);
		conn_write(c, SPAN("not any more\n"));
		conn_close(c, CLOSE_BAD);
	} else if (span_is(body, "cut")) {
		conn_close(c, CLOSE_RESET);
	} else if (span_is(body, "others")) {
		net_close_all(b->net, CLOSE_SHUTDOWN);
	}
}

static void nothing_is_heard_after_an_end_from_within(void **state)
{
	struct bed *b = *state;
	struct buf got = {0};
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = close_from;
	int fd = peer_new(b);
	peer_send(b, fd, SPAN("hello\nbye\nagain\n"));
	assert_int_equal(peer_read(b, fd, &got, 100), PEER_EOF);
	check_text(buf_bytes(&got), "bye\n");
	peer_send(b, fd, SPAN("and again\n"));
	close(fd);
	bed_until(b, net_count(b->net) == 0);
	check_text(buf_bytes(&b->said), "open hello bye close:done ");
	buf_fini(&got);
}

static void one_conn_may_end_all_others(void **state)
{
	struct bed *b = *state;
	int fd[3];
	struct buf got = {0};
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = close_from;
	b->quiet = true;
	for (size_t i = 0; i < countof(fd); i++) {
		fd[i] = peer_new(b);
		bed_until(b, b->opened == i + 1);
		peer_send(b, fd[i], SPAN("hello\n"));
	}
	peer_send(b, fd[1], SPAN("others\nmore\n"));
	for (size_t i = 0; i < countof(fd); i++) {
		assert_int_equal(peer_read(b, fd[i], &got, 1), PEER_EOF);
		close(fd[i]);
	}
	bed_until(b, net_count(b->net) == 0);
	assert_int_equal(b->closed, 3);
	assert_int_equal(b->why, CLOSE_SHUTDOWN);
	assert_false(span_ends(buf_bytes(&b->said), SPAN("more ")));
	buf_fini(&got);
}

static void close_at_once(struct bed *b, struct conn *c)
{
	(void)b;
	conn_write(c, SPAN("no\n"));
	conn_close(c, CLOSE_REFUSED);
}

static void an_end_from_on_open_still_says_why(void **state)
{
	struct bed *b = *state;
	struct buf got = {0};
	bed_listen(b, &(struct listener_spec){0});
	b->on_open = close_at_once;
	int fd = peer_new(b);
	peer_send(b, fd, SPAN("early\n"));
	assert_int_equal(peer_read(b, fd, &got, 100), PEER_EOF);
	check_text(buf_bytes(&got), "no\n");
	close(fd);
	bed_until(b, net_count(b->net) == 0);
	check_text(buf_bytes(&b->said), "open close:refused ");
	buf_fini(&got);
}

static void meddle(struct bed *b, struct conn *c)
{
	conn_close(c, CLOSE_RESET);
	conn_close(c, CLOSE_DONE);
	conn_write(c, SPAN("too late"));
	conn_resume(c);
	for (size_t i = 0; i < b->opened; i++)
		if (b->open[i])
			conn_close(b->open[i], CLOSE_REPLACED);
}

static void on_close_may_end_itself_and_others(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){0});
	b->on_close = meddle;
	int one = peer_new(b), two = peer_new(b);
	bed_until(b, b->opened == 2);
	close(one);
	bed_until(b, net_count(b->net) == 0);
	check_text(buf_bytes(&b->said), "open open close:eof close:replaced ");
	close(two);
}

// Never again after on_close, even though output falls below the mark meanwhile.
static void on_drain_does_not_follow_on_close(void **state)
{
	struct bed *b = *state;
	struct span much = pattern(512 << 10);
	struct buf got = {0};
	int small = 16384;
	bed_listen(b, &(struct listener_spec){0});
	int fd = peer_new(b);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	bed_until(b, b->opened);
	setsockopt(b->open[0]->end.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	conn_write(b->open[0], much);
	conn_close(b->open[0], CLOSE_DONE);
	bed_until(b, b->closed);
	assert_int_equal(peer_read(b, fd, &got, much.n + 1), PEER_EOF);
	check_bytes(buf_bytes(&got), much);
	assert_int_equal(b->drains, 0);
	close(fd);
	buf_fini(&got);
	free((char *)much.p);
}

// It writes megabytes before it reads, and our last words are more than the kernel holds: neither
// may wait for the other.
static void a_peer_that_writes_before_it_reads_gets_its_last_words(void **state)
{
	struct bed *b = *state;
	struct span much = pattern(900 << 10);
	struct buf got = {0};
	int small = 16384;
	bed_listen(b, &(struct listener_spec){0});
	int fd = peer_new(b);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	bed_until(b, b->opened);
	setsockopt(b->open[0]->end.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	conn_write(b->open[0], much);
	conn_close(b->open[0], CLOSE_DONE);
	for (int i = 0; i < 8; i++)
		peer_send(b, fd, much);
	assert_int_equal(peer_read(b, fd, &got, much.n + 1), PEER_EOF);
	check_bytes(buf_bytes(&got), much);
	close(fd);
	buf_fini(&got);
	free((char *)much.p);
}

static void answers_reach_a_peer_that_shut_its_side(void **state)
{
	struct bed *b = *state;
	struct buf got = {0};
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = bed_echo;
	int fd = peer_new(b);
	peer_send(b, fd, SPAN("question\nhalf"));
	shutdown(fd, SHUT_WR);
	assert_int_equal(peer_read(b, fd, &got, 100), PEER_EOF);
	check_text(buf_bytes(&got), "question\n");
	bed_until(b, net_count(b->net) == 0);
	check_text(buf_bytes(&b->said), "open close:eof ");
	buf_fini(&got);
	close(fd);
}

static void reset_now(int fd)
{
	struct linger l = {.l_onoff = 1};
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
	close(fd);
}

static void what_came_before_a_reset_is_heard(void **state)
{
	struct bed *b = *state;
	enum { LINES = 40000 }; // more than one read
	struct buf lines = {0};
	bed_listen(b, &(struct listener_spec){0});
	b->on_msg = NULL;
	int fd = peer_new(b), got = 0;
	bed_until(b, b->opened);
	conn_pause(b->open[0]);
	for (int i = 0; i < LINES; i++)
		buf_str(&lines, "12345\n");
	for (struct span s = buf_bytes(&lines); s.n && got >= 0; got = (int)send(fd, s.p, s.n, 0))
		if (got > 0)
			span_take(&s, (size_t)got);
	reset_now(fd);
	conn_resume(b->open[0]);
	bed_until(b, net_count(b->net) == 0);
	assert_true(b->said.n > 100 * 1024);
	assert_true(span_ends(buf_bytes(&b->said), SPAN("close:reset ")));
	buf_fini(&lines);
}

static void a_reset_is_noticed_while_blocked_and_paused(void **state)
{
	struct bed *b = *state;
	struct span much = pattern(CONN_OUT_MAX);
	int small = 16384;
	bed_listen(b, &(struct listener_spec){0});
	int fd = peer_new(b);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	bed_until(b, b->opened);
	setsockopt(b->open[0]->end.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	conn_pause(b->open[0]);
	conn_write(b->open[0], span_of(much.p, much.n / 2));
	bed_until(b, b->open[0]->end.blocked);
	reset_now(fd);
	bed_until(b, net_count(b->net) == 0);
	check_text(buf_bytes(&b->said), "open close:reset ");
	free((char *)much.p);
}

// --- deadlines ---

static void with_deadline(struct bed *b, struct conn *c)
{
	(void)b;
	conn_deadline(c, 1, CLOSE_IDLE);
}

static void a_deadline_ends_with_its_reason(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){0});
	b->on_open = with_deadline;
	int fd = peer_new(b);
	bed_until(b, b->closed == 1);
	check_text(buf_bytes(&b->said), "open close:idle ");
	close(fd);
}

static void a_face_may_do_otherwise_at_a_deadline(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){.to.face = &face_bed_deadline});
	b->on_open = with_deadline;
	int fd = peer_new(b);
	bed_until(b, b->deadlines == 1);
	assert_true(conn_is_open(b->open[0]));
	conn_deadline(b->open[0], 1, CLOSE_IDLE);
	bed_until(b, b->deadlines == 2);
	check_text(buf_bytes(&b->said), "open deadline deadline ");
	close(fd);
}

static void put_off(struct bed *b, struct conn *c)
{
	(void)b;
	conn_deadline(c, 20, CLOSE_IDLE);
	conn_deadline(c, 60000, CLOSE_IDLE);
	conn_deadline(c, 30, CLOSE_NO_AUTH);
	conn_deadline(c, 0, CLOSE_IDLE);
}

static void a_deadline_taken_back_does_nothing(void **state)
{
	struct bed *b = *state;
	bed_listen(b, &(struct listener_spec){0});
	b->on_open = put_off;
	int fd = peer_new(b);
	bed_until(b, b->opened);
	uint64_t opened = clock_ms();
	bed_until(b, clock_ms() > opened + 60);
	assert_true(conn_is_open(b->open[0]));
	conn_deadline(b->open[0], 60000, CLOSE_IDLE);
	conn_deadline(b->open[0], 5, CLOSE_NO_AUTH); // nearer than the one before
	bed_until(b, b->closed);
	assert_int_equal(b->why, CLOSE_NO_AUTH);
	close(fd);
}

static void a_peer_that_never_answers_our_end_is_dropped(void **state)
{
	struct bed *b = *state;
	b->net->patience.lingering_ms = 5;
	bed_listen(b, &(struct listener_spec){0});
	int fd = peer_new(b);
	bed_until(b, b->opened);
	conn_close(b->open[0], CLOSE_DONE);
	bed_until(b, net_count(b->net) == 0);
	close(fd);
}

static void a_peer_that_never_takes_its_last_words_is_dropped(void **state)
{
	struct bed *b = *state;
	struct span much = pattern(CONN_OUT_MAX / 2);
	int small = 16384;
	b->net->patience.flushing_ms = 5;
	bed_listen(b, &(struct listener_spec){0});
	int fd = peer_new(b);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	bed_until(b, b->opened);
	setsockopt(b->open[0]->end.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	conn_write(b->open[0], much);
	conn_close(b->open[0], CLOSE_DONE);
	bed_until(b, net_count(b->net) == 0);
	check_text(buf_bytes(&b->said), "open close:done ");
	free((char *)much.p);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BED_TEST(messages_are_cut_alike_however_they_arrive),
		BED_TEST(longer_than_one_read_and_than_the_kept_part),
		BED_TEST(too_long_a_message_is_refused_with_last_words),
		BED_TEST(the_codec_may_change_within_a_message),
		BED_TEST(a_paused_conn_takes_nothing_more_until_resumed),
		BED_TEST(unread_answers_stop_the_reading),
		BED_TEST(own_and_shared_bytes_keep_their_order),
		BED_TEST(a_big_answer_arrives_whole),
		BED_TEST(one_turn_writes_a_slice_of_a_big_answer),
		BED_TEST(more_receivers_than_one_slice_all_get_it),
		BED_TEST(nothing_is_heard_after_an_end_from_within),
		BED_TEST(one_conn_may_end_all_others),
		BED_TEST(an_end_from_on_open_still_says_why),
		BED_TEST(on_close_may_end_itself_and_others),
		BED_TEST(on_drain_does_not_follow_on_close),
		BED_TEST(a_peer_that_writes_before_it_reads_gets_its_last_words),
		BED_TEST(answers_reach_a_peer_that_shut_its_side),
		BED_TEST(what_came_before_a_reset_is_heard),
		BED_TEST(a_reset_is_noticed_while_blocked_and_paused),
		BED_TEST(a_deadline_ends_with_its_reason),
		BED_TEST(a_face_may_do_otherwise_at_a_deadline),
		BED_TEST(a_deadline_taken_back_does_nothing),
		BED_TEST(a_peer_that_never_answers_our_end_is_dropped),
		BED_TEST(a_peer_that_never_takes_its_last_words_is_dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
