// SPDX-License-Identifier: MIT
// Exactly once over kill -9: a child that uses a stream is ended at any moment, again and again, by
// a timer the kernel runs.  What it had told its senders and its consumers comes through a pipe; the
// next child has it and goes on as real clients do: what was not answered is sent again, and who
// comes back says what it had last.
#include "bridge_rig.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 60, ROUNDS_MAX = 2000, LIFE_US = 40000, COUNT = 20, MESSAGES_MAX = 200000 };

// What the world outside has been told: in memory of its own, shared with the children.
struct world {
	uint32_t sent;                   // messages
	uint64_t kept_as[MESSAGES_MAX];  // 0: its sender does not know yet
	uint32_t given[2][MESSAGES_MAX]; // by seq: the message and 1; 0: not given
	bool lost[2][MESSAGES_MAX];      // by seq
	uint64_t had[2];                 // by each consumer, last
	uint64_t epoch;
	uint64_t fault; // line of the first
	uint64_t gaps, again;
};

static struct world *w;
static struct bed bed;
static struct streams *all;
static struct stream *stream;
static struct cursor *consumers[2];
static int under_way;

#define check(cond)                                                                                \
	do {                                                                                       \
		if (!(cond) && !w->fault)                                                          \
			w->fault = __LINE__;                                                       \
	} while (0)

static void on_done(void *owner, uint64_t message, enum stream_result result, uint64_t seq)
{
	(void)owner;
	under_way--;
	check(result == STREAM_KEPT || result == STREAM_DUPLICATE);
	check(!w->kept_as[message] || w->kept_as[message] == seq);
	w->again += result == STREAM_DUPLICATE;
	w->kept_as[message] = seq;
}

static void send_message(uint32_t message)
{
	char id[16];
	uint64_t seq;
	snprintf(id, sizeof id, "%u", message);
	struct stream_message m = {
		SPAN("mod:s"), span_str(id), clock_wall_us(), span_of(id, strlen(id))};
	under_way++;
	enum stream_result result =
		stream_append(stream, &m, &(struct stream_sender){on_done, NULL, message}, &seq);
	if (result != STREAM_LATER)
		on_done(NULL, message, result, seq);
}

static void take(int i)
{
	struct cursor_item it;
	uint64_t last, message = 0;
	switch (cursor_next(consumers[i], &it)) {
	case CURSOR_NOTHING: return;
	case CURSOR_GAP:
		check(it.gap.from == w->had[i] + 1 && it.gap.lost == it.gap.to - w->had[i]);
		for (uint64_t seq = it.gap.from; seq <= it.gap.to; seq++)
			w->lost[i][seq] = true;
		w->gaps++;
		last = it.gap.to;
		break;
	default:
		check(it.entry.seq == w->had[i] + 1);
		check(!w->given[i][it.entry.seq]);
		check(span_uint(it.entry.text, MESSAGES_MAX, &message));
		w->given[i][it.entry.seq] = (uint32_t)message + 1;
		last = it.entry.seq;
	}
	cursor_given(consumers[i], last);
	w->had[i] = last;
}

static void ready(void *owner, struct cursor *c)
{
	(void)owner, (void)c;
}

static void start(void)
{
	struct streams_config config = STREAMS_DEFAULT;
	bool is_new;
	config.limits.count = COUNT;
	bed.backend = &store_sqlite;
	log_threshold = LOG_CRITICAL;
	bed_open(&bed);
	all = streams_new(bed.s, &config);
	stream = streams_open(all, STREAM_TO_BOTS, SPAN("1"));
	for (int i = 0; i < 2; i++) {
		struct cursor_spec spec = {i ? SPAN("bot:1") : SPAN("bot:0"), true, ready, NULL};
		consumers[i] = cursor_open(stream, &spec, &is_new);
		check(w->epoch == stream_epoch(stream) || !w->had[i]);
		if (w->had[i]) {
			check(cursor_ack(consumers[i], w->had[i]));
			cursor_given(consumers[i], w->had[i]);
		}
	}
	w->epoch = stream_epoch(stream);
	for (uint32_t message = 0; message < w->sent; message++)
		if (!w->kept_as[message])
			send_message(message);
}

// The second consumer reads rarely, so that it loses some.
static void work(unsigned turn)
{
	while (under_way < 8 && w->sent < MESSAGES_MAX)
		send_message(w->sent++);
	for (int n = 0; n < 4; n++)
		take(0);
	for (int n = 0; stream_last(stream) > w->had[1] + 2 * COUNT && n < 10; n++)
		take(1);
	if (turn % 8 == 0)
		cursor_ack(consumers[0], w->had[0]);
	if (turn % 128 == 0)
		cursor_ack(consumers[1], w->had[1]);
	uv_run(&bed.loop.uv, UV_RUN_NOWAIT);
}

static void live(int round)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (!child) {
		struct itimerval life = {.it_value.tv_usec = 1 + round * 7919 % LIFE_US};
		signal(SIGALRM, SIG_DFL); // nobody catches it: it ends us as SIGKILL does
		start();
		setitimer(ITIMER_REAL, &life, NULL);
		for (unsigned turn = 0;; turn++)
			work(turn);
	}
	int how;
	assert_int_equal(waitpid(child, &how, 0), child);
	assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGALRM);
}

static void finish(void)
{
	start();
	loop_run(&bed.loop);
	for (int i = 0; i < 2; i++)
		while (w->had[i] < stream_last(stream))
			take(i);
	for (uint32_t message = 0; message < w->sent; message++)
		check(w->kept_as[message]);
	check(stream_last(stream) == w->sent);
	streams_free(all);
	bed_close(&bed);
}

// On a slow disk it takes more rounds.
static bool has_seen_enough(void)
{
	return w->sent > 500 && w->gaps > 5 && w->again > 5;
}

static void nothing_is_lost_or_repeated_over_kill_9(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS || (round < ROUNDS_MAX && !has_seen_enough()); round++)
		live(round);
	finish();
	if (w->fault)
		fail_msg("line %d", (int)w->fault);
	for (int i = 0; i < 2; i++)
		for (uint32_t message = 0; message < w->sent; message++) {
			uint64_t seq = w->kept_as[message];
			assert_true(!w->given[i][seq] == w->lost[i][seq]);
			assert_true(w->lost[i][seq] || w->given[i][seq] == message + 1);
		}
	assert_true(has_seen_enough());
}

static int set_up(void **state)
{
	w = mmap(NULL, sizeof *w, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(w != MAP_FAILED);
	snprintf(bed.dir, sizeof bed.dir, "/tmp/stream_kill_test.XXXXXX");
	assert_non_null(mkdtemp(bed.dir));
	snprintf(bed.path, sizeof bed.path, "%s/records.db", bed.dir);
	(void)state;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *copy = mem_alloc(sizeof *copy);
	*copy = bed;
	*state = copy;
	munmap(w, sizeof *w);
	return bed_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
		nothing_is_lost_or_repeated_over_kill_9, set_up, tear_down)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
