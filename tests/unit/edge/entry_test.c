// SPDX-License-Identifier: MIT
// The way in by telnet listeners: proxies' headers and the door, with real sockets and a player who
// does nothing but greet.
#include "../net/bed.h"

#include "base/clock.h"
#include "base/metric.h"
#include "edge/edge.h"
#include "proto/codecs.h"
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct gate {
	struct bed *bed;
	struct edge edge;
	struct game game;
	struct buf came; // "192.0.2.1 game|", for each that came in
	size_t wrote;    // bytes players have sent
};

static struct gate *gate; // for those whom the linker sends here

// --- players and games, as far as the entry knows them ---

static void on_text(struct conn *c, struct codec_msg *msg)
{
	(void)c;
	gate->wrote += msg->body.n;
}

static void on_player_gone(struct conn *c, enum conn_close why)
{
	(void)why;
	door_leave(&gate->edge.door, span_str(conn_owner(c)));
	free(conn_owner(c));
}

static const struct face face_player = {
	.name = "player", .on_msg = on_text, .on_close = on_player_gone};

void player_arrive(struct edge *e, struct conn *c, const char *address, struct game *g)
{
	assert_ptr_equal(e, &gate->edge);
	buf_printf(&gate->came, "%s%s|", address, g ? " game" : "");
	conn_own(c, mem_str(address));
	conn_face(c, &face_player);
	conn_use(c, &codec_line, 100);
	conn_write(c, SPAN("hello\r\n"));
}

struct game *edge_game(struct edge *e, struct span name)
{
	(void)e;
	return span_is(name, "Alpha") ? &gate->game : NULL;
}

// --- the bed ---

static int set_up(void **state)
{
	static struct gate the_gate;
	the_gate = (struct gate){.bed = bed_new()};
	gate = &the_gate;
	*state = gate;
	door_init(&gate->edge.door);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bed_free(gate->bed);
	assert_int_equal(gate->edge.door.n, 0);
	door_fini(&gate->edge.door);
	entries_free(&gate->edge);
	buf_fini(&gate->came);
	return 0;
}
#define GATE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void configure(const char *ban, const char *trusted, int per_address)
{
	struct config c = {.players = {.max = 100,
				   .per_address = per_address,
				   .connects_per_minute = 1000,
				   .bans = {&ban, ban != NULL},
				   .trusted_proxies = {&trusted, trusted != NULL}}};
	door_configure(&gate->edge.door, &c);
}

static void listen_for(enum config_proxy proxy, const char *game)
{
	const struct config_listen l = {.kind = LISTEN_TELNET, .proxy = proxy, .game = game};
	struct listener_spec spec = {.name = "telnet",
		.host = "127.0.0.1",
		.max = 100,
		.to = {.face = &face_telnet, .owner = entry_for(&gate->edge, &l)}};
	struct buf why = {0};
	if (gate->bed->listener)
		listener_adopt(gate->bed->listener, &spec);
	else
		gate->bed->listener = listener_open(gate->bed->net, &spec, &why);
	assert_non_null(gate->bed->listener);
}

// Connects, sends, and is told `words` and no more; with an end when it is turned away.
static int visit(struct span sends, const char *words, enum peer_end end)
{
	struct buf got = {0};
	int fd = peer_new(gate->bed);
	peer_send(gate->bed, fd, sends);
	enum peer_end ended =
		peer_read(gate->bed, fd, &got, end == PEER_OPEN ? strlen(words) : 1000);
	check_text(buf_bytes(&got), words);
	assert_int_equal(ended, end);
	buf_fini(&got);
	return fd;
}

// --- tests ---

static void players_come_in_with_their_address_and_the_listeners_game(void **state)
{
	(void)state;
	configure(NULL, NULL, 10);
	listen_for(PROXY_NONE, "Alpha");
	int one = visit(SPAN("name\n"), "hello\r\n", PEER_OPEN);
	listen_for(PROXY_NONE, "");
	int two = visit(SPAN(""), "hello\r\n", PEER_OPEN);
	listen_for(PROXY_NONE, "Gone");
	int three = visit(SPAN(""), "hello\r\n", PEER_OPEN);
	check_text(buf_bytes(&gate->came), "127.0.0.1 game|127.0.0.1|127.0.0.1|");
	bed_until(gate->bed, gate->wrote == 4);
	close(one), close(two), close(three);
}

static void who_is_not_let_in_reads_why(void **state)
{
	(void)state;
	int64_t banned = metric_get(METRIC_DOOR_BANNED), full = metric_get(METRIC_DOOR_ADDRESS);
	listen_for(PROXY_NONE, "");
	configure("127.0.0.0/8", NULL, 10);
	close(visit(SPAN("name\n"), "Your address is banned.\r\n", PEER_EOF));
	assert_int_equal(metric_get(METRIC_DOOR_BANNED), banned + 1);
	configure(NULL, NULL, 1);
	int one = visit(SPAN(""), "hello\r\n", PEER_OPEN);
	close(visit(SPAN("\xff\xfb\x1f"), "There are too many connections from your address.\r\n",
		PEER_EOF));
	assert_int_equal(metric_get(METRIC_DOOR_ADDRESS), full + 1);
	close(one);
	bed_until(gate->bed, gate->edge.door.n == 0);
	close(visit(SPAN(""), "hello\r\n", PEER_OPEN));
}

#define V1  "PROXY TCP4 192.0.2.1 198.51.100.1 4711 4000\r\n"
#define V2  "\r\n\r\n\0\r\nQUIT\n"
#define V24 V2 "\x21\x11\0\x0c\xc0\0\2\2\xc6\x33\x64\1\x12\x67\x0f\xa0"

static void a_trusted_proxy_says_whom_it_brings(void **state)
{
	(void)state;
	configure(NULL, "127.0.0.1", 2);
	listen_for(PROXY_ANY, "Alpha");
	int one = visit(SPAN(V1 "name\n"), "hello\r\n", PEER_OPEN);
	int two = visit(SPAN(V24), "hello\r\n", PEER_OPEN);
	int three = visit(SPAN(V2 "\x20\0\0\0"), "hello\r\n", PEER_OPEN);
	check_text(buf_bytes(&gate->came), "192.0.2.1 game|192.0.2.2 game|127.0.0.1 game|");
	bed_until(gate->bed, gate->wrote == 4); // what came behind the header
	int four = visit(SPAN(V1), "hello\r\n", PEER_OPEN);
	close(visit(SPAN(V1), "There are too many connections from your address.\r\n", PEER_EOF));
	close(one), close(two), close(three), close(four);
}

static void bans_hold_for_whom_a_proxy_brings(void **state)
{
	(void)state;
	configure("192.0.2.0/24", "127.0.0.1", 2);
	listen_for(PROXY_V1, "");
	close(visit(SPAN(V1), "Your address is banned.\r\n", PEER_EOF));
	close(visit(SPAN("PROXY UNKNOWN\r\n"), "hello\r\n", PEER_OPEN));
}

static void nobody_else_is_a_proxy(void **state)
{
	(void)state;
	int64_t refused = metric_get(METRIC_DOOR_PROXY);
	configure(NULL, "10.0.0.0/8", 2);
	listen_for(PROXY_ANY, "");
	close(visit(SPAN(V1), "This port is for proxies only.\r\n", PEER_EOF));
	assert_int_equal(metric_get(METRIC_DOOR_PROXY), refused + 1);
	assert_int_equal(gate->came.n, 0);
}

static void a_proxy_speaks_the_version_that_was_agreed(void **state)
{
	(void)state;
	static const char no[] = "This port is for another version of PROXY.\r\n";
	configure(NULL, "127.0.0.1", 9);
	listen_for(PROXY_V1, "");
	close(visit(SPAN(V24), no, PEER_EOF));
	close(visit(SPAN(V1), "hello\r\n", PEER_OPEN));
	listen_for(PROXY_V2, "");
	close(visit(SPAN(V1), no, PEER_EOF));
	close(visit(SPAN(V24), "hello\r\n", PEER_OPEN));
	listen_for(PROXY_NONE, "");
	int fd = visit(SPAN(V1), "hello\r\n", PEER_OPEN); // to the player, as text
	bed_until(gate->bed, gate->wrote == strlen(V1) - 2);
	assert_true(span_ends(buf_bytes(&gate->came), SPAN("|127.0.0.1|")));
	close(fd);
}

static void what_is_no_header_ends_it(void **state)
{
	(void)state;
	int64_t refused = metric_get(METRIC_DOOR_PROXY);
	configure(NULL, "127.0.0.1", 9);
	listen_for(PROXY_ANY, "");
	close(visit(SPAN("connect Ann secret\r\n"), "", PEER_EOF));
	close(visit(SPAN("PROXY TCP4 nonsense\r\n"), "", PEER_EOF));
	assert_int_equal(metric_get(METRIC_DOOR_PROXY), refused + 2);
	assert_int_equal(gate->came.n, 0);
}

// Its bytes can still be read, its address cannot.
static void who_is_gone_again_is_nobody(void **state)
{
	(void)state;
	configure(NULL, NULL, 9);
	for (int proxy = PROXY_NONE; proxy <= PROXY_ANY; proxy++) {
		listen_for((enum config_proxy)proxy, "");
		struct linger reset = {.l_onoff = 1};
		int fd = peer_new(gate->bed);
		assert_int_equal(write(fd, V1, strlen(V1)), strlen(V1));
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		close(fd);
		int64_t accepted = metric_get(METRIC_ACCEPTED);
		bed_until(gate->bed, metric_get(METRIC_ACCEPTED) > accepted);
		bed_until(gate->bed, net_count(gate->bed->net) == 0);
		assert_int_equal(gate->came.n, 0);
	}
}

static void a_header_comes_in_time(void **state)
{
	(void)state;
	configure(NULL, "127.0.0.1", 9);
	listen_for(PROXY_ANY, "");
	int fd = peer_new(gate->bed);
	struct buf got = {0};
	clock_update();
	uint64_t from = clock_ms();
	peer_send(gate->bed, fd, SPAN("PROXY TCP4 "));
	assert_int_equal(peer_read(gate->bed, fd, &got, 10), PEER_EOF);
	clock_update();
	assert_in_range(clock_ms() - from, 4500, 9000);
	assert_int_equal(got.n, 0);
	close(fd);
}

static void a_listener_that_changes_keeps_who_is_on_the_way(void **state)
{
	(void)state;
	configure(NULL, "127.0.0.1", 9);
	listen_for(PROXY_V1, "Alpha");
	int fd = peer_new(gate->bed);
	peer_send(gate->bed, fd, SPAN("PROXY TCP4 "));
	bed_until(gate->bed, net_count(gate->bed->net) == 1);
	listen_for(PROXY_NONE, "");
	peer_send(gate->bed, fd, SPAN("192.0.2.1 198.51.100.1 4711 4000\r\n"));
	peer_expect(gate->bed, fd, "hello\r\n");
	check_text(buf_bytes(&gate->came), "192.0.2.1 game|");
	close(fd);
	const struct config_listen again = {.proxy = PROXY_V1, .game = "Alpha"};
	struct entry *first = gate->edge.entries;
	assert_ptr_equal(entry_for(&gate->edge, &again), first->next); // no third
	assert_null(first->next->next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GATE_TEST(players_come_in_with_their_address_and_the_listeners_game),
		GATE_TEST(who_is_not_let_in_reads_why),
		GATE_TEST(a_trusted_proxy_says_whom_it_brings),
		GATE_TEST(bans_hold_for_whom_a_proxy_brings),
		GATE_TEST(nobody_else_is_a_proxy),
		GATE_TEST(a_proxy_speaks_the_version_that_was_agreed),
		GATE_TEST(what_is_no_header_ends_it),
		GATE_TEST(who_is_gone_again_is_nobody),
		GATE_TEST(a_header_comes_in_time),
		GATE_TEST(a_listener_that_changes_keeps_who_is_on_the_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
