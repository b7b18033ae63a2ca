// SPDX-License-Identifier: MIT
// The link against games that are played by the test, byte by byte.
#include "link_rig.h"

#include "base/clock.h"

#define HELLO                                                                                      \
	IAC SB "\xc9"                                                                              \
	       "Core.Hello {\"client\":\"Mudlet\",\"version\":\"\"}" IAC SE

// --- nothing unasked ---

static void a_game_without_telnet_hears_lines_and_nothing_else(void **state)
{
	struct rig *r = *state;
	r->facts.width = 80, r->facts.height = 24, r->facts.gmcp = true;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN("By what name?\r\n"));
	check_said(r, 0, "By what name?\n");
	type(r, 0, "Bob \xc3\xbf$");
	link_telnet.resize(&r->game, &r->players[0]);
	link_telnet.oob(&r->game, &r->players[0], SPAN("Core.Hello"), SPAN("{}"));
	type(r, 0, "");
	check_got(r, game, SPAN("Bob \xc3\xbf$\r\n\r\n"));
	close(game);
}

static void what_it_does_not_know_is_refused(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN(IAC WILL "\x56" IAC DO "\x00" IAC WILL "\x5b" IAC DO "\x99"));
	check_got(r, game, SPAN(IAC DONT "\x56" IAC WONT "\x00" IAC DONT "\x5b" IAC WONT "\x99"));
	game_says(r, game,
		SPAN(IAC WONT "\x56" IAC DONT "\x99"
			      "hello"));
	check_said(r, 0, "hello");
	type(r, 0, "x");
	check_got(r, game, SPAN("x\r\n"));
	close(game);
}

// Of the kernel's own header: the C library's is older and shorter.
static uint32_t segments(int fd)
{
	struct {
		struct tcp_info known;
		uint64_t rates[4];
		uint32_t segs[2], notsent, min_rtt, data_segs_in;
	} info = {0};
	socklen_t n = sizeof info;
	assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n), 0);
	return info.data_segs_in;
}

static void each_answer_is_a_write_of_its_own(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	r->facts.width = 80, r->facts.height = 24;
	link_telnet.resize(&r->game, &r->players[0]);
	game_says(r, game,
		SPAN(IAC DO "\x18" IAC SB "\x18\x01" IAC SE IAC DO "\x1f" IAC WILL "\x01"));
	check_got(r, game,
		SPAN(IAC WILL "\x18" IAC SB "\x18\x00Mudlet" IAC SE IAC WILL "\x1f" IAC SB
			      "\x1f\0\x50\0\x18" IAC SE IAC DO "\x01"));
	assert_int_equal(segments(game), 4);
	close(game);
}

// --- options ---

static void the_client_is_named_then_its_terminal_then_what_holds_through_the_gate(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	r->terminal.look = (struct look){.colours = LOOK_256, .charset = CHARSET_UTF8};
	r->facts.mtts = 0xffff;
	game_says(r, game, SPAN(IAC DO "\x18"));
	check_got(r, game, SPAN(IAC WILL "\x18"));
	static const char *const names[] = {"Mudlet", "xterm", "MTTS 653", "MTTS 653"};
	for (size_t i = 0; i < countof(names); i++) {
		struct buf want = {0};
		telnet_put_sub(&want, 24, SPAN("\0"));
		buf_clear(&want);
		buf_lit(&want, IAC SB "\x18\0");
		buf_str(&want, names[i]);
		buf_lit(&want, IAC SE);
		game_says(r, game, SPAN(IAC SB "\x18\x01" IAC SE));
		check_got(r, game, buf_bytes(&want));
		buf_fini(&want);
	}
	close(game);
}

static void wait_ms(struct rig *r, uint64_t ms)
{
	uint64_t until = clock_ms() + ms;
	bed_until(r->bed, clock_ms() >= until);
}

static void a_game_that_has_copied_itself_over_is_answered_anew(void **state)
{
	struct rig *r = *state;
	r->facts.width = 80, r->facts.height = 24;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN(IAC DO "\x18" IAC SB "\x18\1" IAC SE IAC DO "\x1f"));
	check_got(r, game,
		SPAN(IAC WILL "\x18" IAC SB "\x18\0Mudlet" IAC SE IAC WILL "\x1f" IAC SB
			      "\x1f\0\x50\0\x18" IAC SE));
	game_says(r, game, SPAN(IAC DO "\x18" IAC DO "\x1f")); // its answers to our answers
	wait_ms(r, UPSTREAM_ANEW_MS + 100);
	game_says(r, game, SPAN(IAC DO "\x18" IAC SB "\x18\1" IAC SE IAC DO "\x1f"));
	check_got(r, game,
		SPAN(IAC WILL "\x18" IAC SB "\x18\0Mudlet" IAC SE IAC WILL "\x1f" IAC SB
			      "\x1f\0\x50\0\x18" IAC SE));
	close(game);
}

static void hiding_works_however_often_it_is_asked_for(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	for (int i = 0; i < TELNET_FLIPS_MAX; i++) {
		game_says(r, game, SPAN(IAC WILL "\x01" IAC WONT "\x01"));
		check_got(r, game, SPAN(IAC DO "\x01" IAC DONT "\x01"));
		check_said(r, 0, "[hide][unhide]");
		type(r, 0, "");
		check_got(r, game, SPAN("\r\n"));
	}
	close(game);
}

static void a_size_that_is_known_late_is_told_late_to_one_who_asked(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN(IAC DO "\x1f"));
	check_got(r, game, SPAN(IAC WONT "\x1f"));
	r->facts.width = 255, r->facts.height = 50;
	link_telnet.resize(&r->game, &r->players[0]);
	check_got(r, game, SPAN(IAC WILL "\x1f"));
	game_says(r, game, SPAN(IAC DO "\x1f"));
	check_got(r, game, SPAN(IAC SB "\x1f\0" IAC IAC "\0\x32" IAC SE));
	r->facts.width = 100;
	link_telnet.resize(&r->game, &r->players[0]);
	check_got(r, game, SPAN(IAC SB "\x1f\0\x64\0\x32" IAC SE));
	close(game);
}

static void variables_are_told_as_they_are_asked_for(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN(IAC DO "\x27"));
	check_got(r, game, SPAN(IAC WILL "\x27"));
	game_says(r, game, SPAN(IAC SB "\x27\1\0IPADDRESS\3USER\0NONE" IAC SE));
	check_got(r, game,
		SPAN(IAC SB "\x27\0\0IPADDRESS\1"
			    "192.0.2.1\3USER\0NONE" IAC SE));
	game_says(r, game, SPAN(IAC SB "\x27\1" IAC SE));
	check_got(r, game,
		SPAN(IAC SB
			"\x27\0\0CHARSET\1UTF-8\0CLIENT_NAME\1Mudlet\0CLIENT_VERSION\1\0IPADDRESS"
			"\1"
			"192.0.2.1\0MTTS\1"
			"132\0TERMINAL_TYPE\1xterm" IAC SE));
	close(game);
}

static void a_game_may_choose_its_charset(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN(IAC DO "\x2a"));
	check_got(r, game, SPAN(IAC WILL "\x2a"));
	game_says(r, game, SPAN(IAC SB "\x2a\1;EBCDIC;ISO-8859-1" IAC SE "caf\xe9"));
	check_got(r, game, SPAN(IAC SB "\x2a\2ISO-8859-1" IAC SE));
	check_said(r, 0, "caf\xc3\xa9");
	type(r, 0, "\xc3\xbf");
	check_got(r, game, SPAN(IAC IAC "\r\n"));
	game_says(r, game, SPAN(IAC SB "\x2a\1 KLINGON" IAC SE));
	check_got(r, game, SPAN(IAC SB "\x2a\3" IAC SE));
	close(game);
}

static void marks_make_prompts(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN(IAC WILL "\x19"));
	check_got(r, game, SPAN(IAC DO "\x19"));
	game_says(r, game,
		SPAN("A room.\r\n> " IAC EOR "You hear\r\n"
		     "more> " IAC GA));
	check_said(r, 0, "A room.\n> [prompt]You hear\nmore> [prompt]");
	close(game);
}

static void a_split_command_is_one_all_the_same(void **state)
{
	struct rig *r = *state;
	static const char says[] = "a" IAC DO "\x18" IAC SB "\x18\x01" IAC SE "b" IAC GA;
	int game = rig_in(r, 0);
	for (size_t i = 0; i + 1 < sizeof says; i++) {
		game_says(r, game, span_of(says + i, 1));
		for (int turns = 0; turns < 3; turns++)
			bed_turn(r->bed, game);
	}
	check_said(r, 0, "ab[prompt]");
	check_got(r, game, SPAN(IAC WILL "\x18" IAC SB "\x18\x00Mudlet" IAC SE));
	close(game);
}

// --- GMCP, MSSP ---

static void a_game_that_is_back_hears_what_the_client_said_of_itself(void **state)
{
	struct rig *r = *state;
	r->facts.gmcp = r->facts.msdp = true;
	r->facts.supports = SPAN("[\"Char 1\"]");
	reports_take(&r->players[0].reports, SPAN("{\"REPORT\":\"HEALTH\"}"));
	for (int round = 0; round < 2; round++) {
		int game = round ? rig_accept(r) : rig_in(r, 0);
		game_says(r, game, SPAN(IAC WILL "\xc9" IAC WILL "\x45"));
		check_got(r, game,
			SPAN(IAC DO
				"\xc9" IAC SB "\xc9"
				"Core.Hello {\"client\":\"Mudlet\",\"version\":\"\"}" IAC SE IAC SB
				"\xc9"
				"Core.Supports.Set [\"Char 1\"]" IAC SE IAC DO "\x45" IAC SB
				"\x45\1REPORT\2HEALTH" IAC SE));
		if (round)
			check_said(r, 0, "[resume][again]");
		close(game);
		check_said(r, 0, "[hold]");
	}
}

static void modules_that_come_later_are_told_later(void **state)
{
	struct rig *r = *state;
	r->facts.gmcp = true;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN(IAC WILL "\xc9"));
	check_got(r, game, SPAN(IAC DO "\xc9" HELLO));
	r->facts.supports = SPAN("[\"Room 1\"]");
	link_telnet.resize(&r->game, &r->players[0]);
	link_telnet.resize(&r->game, &r->players[0]);
	type(r, 0, "x");
	check_got(r, game,
		SPAN(IAC SB "\xc9"
			    "Core.Supports.Set [\"Room 1\"]" IAC SE "x\r\n"));
	close(game);
}

static void messages_go_both_ways_but_for_goodbye(void **state)
{
	struct rig *r = *state;
	r->facts.gmcp = true;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN(IAC WILL "\xc9"));
	check_got(r, game, SPAN(IAC DO "\xc9" HELLO));
	game_says(r, game,
		SPAN(IAC SB "\xc9"
			    "Char.Vitals {\"hp\": 1}" IAC SE IAC SB "\xc9"
			    "Core.Goodbye \"bye\"" IAC SE IAC SB "\xc9"
			    "Core.Ping" IAC SE IAC SB "\xc9"
			    "Old words \"here" IAC SE));
	check_said(r, 0, "[Char.Vitals {\"hp\": 1}][Core.Ping ][Old \"words \\\"here\"]");
	link_telnet.oob(&r->game, &r->players[0], SPAN("Room.Get"), SPAN("\"\xc3\xbf\""));
	check_got(r, game,
		SPAN(IAC SB "\xc9"
			    "Room.Get \"\xc3\xbf\"" IAC SE));
	close(game);
}

static void what_it_says_to_crawlers_is_remembered(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN(IAC WILL "\x46"));
	check_got(r, game, SPAN(IAC DO "\x46"));
	game_says(r, game,
		SPAN(IAC SB "\x46\1PLAYERS\2"
			    "3\1PORT\2"
			    "4000\2"
			    "4001\1EMPTY\2" IAC SE "!"));
	check_said(r, 0, "!");
	check_bytes(buf_bytes(&r->game.mssp), SPAN("PLAYERS\0"
						   "3\0PORT\0"
						   "4000\0PORT\0"
						   "4001\0EMPTY\0\0"));
	close(game);
}

// --- passwords, loss ---

static void hiding_ends_with_the_connection(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN("Password: " IAC WILL "\x01"));
	check_got(r, game, SPAN(IAC DO "\x01"));
	check_said(r, 0, "Password: [hide]");
	close(game);
	check_said(r, 0, "[unhide][hold]");
}

static void a_game_that_is_not_there_holds_and_is_tried_again(void **state)
{
	struct rig *r = *state;
	close(r->listener);
	rig_join(r, 0);
	check_said(r, 0, "[hold]");
	rig_listen(r, rig_port(r));
	int game = rig_accept(r);
	assert_int_equal(r->said[0].n, 0); // only a kernel has answered so far
	game_says(r, game, SPAN("Welcome" IAC GA));
	check_said(r, 0, "[resume][joined]Welcome[prompt]");
	close(game);
}

static void what_was_typed_meanwhile_is_not_typed_into_a_login(void **state)
{
	struct rig *r = *state;
	struct player *p = &r->players[0];
	int game = rig_in(r, 0);
	close(game);
	check_said(r, 0, "[hold]");
	buf_lit(&p->typed, "look\nnorth\n");
	p->n_typed = 2;
	game = rig_accept(r);
	game_says(r, game, SPAN("Name: "));
	check_said(r, 0, "[resume][dropped][again]Name: ");
	type(r, 0, "Bob");
	check_got(r, game, SPAN("Bob\r\n"));
	close(game);
}

static void who_quits_while_others_play_has_left(void **state)
{
	struct rig *r = *state;
	int one = rig_in(r, 0), other = rig_in(r, 1);
	game_says(r, other, SPAN("hi"));
	check_said(r, 1, "hi");
	type(r, 0, "quit");
	type(r, 0, "y");
	check_got(r, one, SPAN("quit\r\ny\r\n"));
	close(one);
	check_said(r, 0, "[end done]");
	assert_int_equal(r->said[1].n, 0);
	close(other);
}

static void who_quits_alone_has_left_when_the_game_lives(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	type(r, 0, "QUIT");
	check_got(r, game, SPAN("QUIT\r\n"));
	close(game);
	game = rig_accept(r);
	game_says(r, game, SPAN("Welcome"));
	check_said(r, 0, "[end done]");
	close(game);
}

static void who_quits_when_the_game_dies_is_held(void **state)
{
	struct rig *r = *state;
	int one = rig_in(r, 0), other = rig_in(r, 1);
	game_says(r, other, SPAN("hi"));
	check_said(r, 1, "hi");
	type(r, 0, "quit");
	check_got(r, one, SPAN("quit\r\n"));
	close(r->listener);
	close(one);
	close(other);
	check_said(r, 0, "[hold]");
	check_said(r, 1, "[hold]");
	rig_listen(r, rig_port(r));
}

static void who_is_thrown_out_time_after_time_is_let_go(void **state)
{
	struct rig *r = *state;
	int other = rig_in(r, 1), one = rig_in(r, 0);
	game_says(r, other, SPAN("hi"));
	check_said(r, 1, "hi");
	for (int i = 0; i < UPSTREAM_SHORT_MAX; i++) {
		game_says(r, one, SPAN("You are banned."));
		check_said(r, 0, i ? "[resume][again]You are banned." : "You are banned.");
		close(one);
		check_said(r, 0, "[hold]");
		one = rig_accept(r);
	}
	game_says(r, one, SPAN("You are banned."));
	check_said(r, 0, "[end done]");
	close(one);
	close(other);
}

static void who_loses_a_game_that_dies_time_after_time_is_held(void **state)
{
	struct rig *r = *state;
	int games[2] = {rig_in(r, 0), rig_in(r, 1)};
	for (int i = 0; i < UPSTREAM_SHORT_MAX + 2; i++) {
		for (int p = 0; p < 2; p++) {
			game_says(r, games[p], SPAN("hi"));
			check_said(r, p, "hi");
		}
		close(games[i % 2]);
		bed_turn(r->bed, r->listener);
		close(games[!(i % 2)]);
		check_said(r, 0, "[hold]");
		check_said(r, 1, "[hold]");
		int first = rig_accept(r);
		bool is_one = ((struct upstream *)r->players[0].link)->state == UPSTREAM_OPEN;
		games[!is_one] = first;
		game_says(r, first, SPAN(IAC GA));
		games[is_one] = rig_accept(r);
		check_said(r, !is_one, "[resume][again][prompt]");
		game_says(r, games[is_one], SPAN(IAC GA));
		check_said(r, is_one, "[resume][again][prompt]");
	}
	close(games[0]);
	close(games[1]);
}

static void many_come_back_behind_one_who_tries(void **state)
{
	struct rig *r = *state;
	int games[RIG_PLAYERS];
	for (int i = 0; i < RIG_PLAYERS; i++)
		games[i] = rig_in(r, i);
	close(r->listener);
	for (int i = 0; i < RIG_PLAYERS; i++)
		close(games[i]);
	for (int i = 0; i < RIG_PLAYERS; i++)
		check_said(r, i, "[hold]");
	rig_listen(r, rig_port(r));
	games[0] = rig_accept(r);
	for (int i = 0; i < 50; i++)
		bed_turn(r->bed, r->listener);
	assert_int_equal(accept(r->listener, NULL, NULL), -1);
	game_says(r, games[0], SPAN("hi"));
	for (int i = 1; i < RIG_PLAYERS; i++) {
		games[i] = rig_accept(r);
		game_says(r, games[i], SPAN("hi"));
	}
	for (int i = 0; i < RIG_PLAYERS; i++) {
		check_said(r, i, "[resume][again]hi");
		close(games[i]);
	}
}

static void what_a_slow_game_is_told_has_an_end_that_is_said(void **state)
{
	struct rig *r = *state;
	struct span big = pattern(4000);
	char *line = span_dup(big);
	struct buf want = {0};
	int game = rig_in(r, 0);
	while (!r->said[0].n && want.n < CONN_OUT_MAX) {
		type(r, 0, line);
		if (!r->said[0].n)
			buf_printf(&want, "%s\r\n", line);
	}
	check_said(r, 0, "[too much]");
	assert_in_range(want.n, UPSTREAM_WAITING_MAX / 2, 2 * UPSTREAM_WAITING_MAX);
	check_got(r, game, buf_bytes(&want));
	type(r, 0, "more");
	check_got(r, game, SPAN("more\r\n"));
	buf_fini(&want);
	free(line);
	free((char *)big.p);
	close(game);
}

// Bytes that are telnet more often than not, the same in every run.
static void put_noise(struct buf *b, uint32_t *seed)
{
	static const char often[] = IAC IAC IAC SB SE WILL DO WONT DONT GA EOR
		"\1\1\3\x18\x19\x1f\x27\x2a\x45\x46\x5a\x5b\x56\xc9\0\1\2\3{}[]\"Core. "
		"\x1b[31m;UTF-8\n";
	for (int i = 0; i < 400; i++) {
		*seed = *seed * 1103515245 + 12345;
		uint32_t n = *seed >> 16;
		buf_char(b, n % 8 ? often[n / 8 % (sizeof often - 1)] : (char)(n >> 3));
	}
}

static void whatever_a_game_says_the_player_stays(void **state)
{
	struct rig *r = *state;
	struct buf noise = {0}, got = {0};
	uint32_t seed = 1;
	r->facts.gmcp = r->facts.msdp = true;
	r->facts.width = r->facts.height = 80;
	r->terminal.look.sounds = true;
	int game = rig_in(r, 0);
	for (int i = 0; i < 300; i++) {
		buf_clear(&noise);
		put_noise(&noise, &seed);
		game_says(r, game, buf_bytes(&noise));
		bed_turn(r->bed, game);
		type(r, 0, "look");
		buf_clear(&got);
		peer_read(r->bed, game, &got, 1);
		buf_clear(&r->said[0]);
	}
	game_says(r, game, SPAN(IAC SE IAC SE "\r\nstill here"));
	bed_until(r->bed, span_ends(buf_bytes(&r->said[0]), SPAN("still here")));
	buf_clear(&r->said[0]);
	buf_fini(&noise);
	buf_fini(&got);
	close(game);
}

// --- addresses ---

static void check_header(struct rig *r, enum config_real how, const char *address, struct span want)
{
	snprintf(r->players[0].address, sizeof r->players[0].address, "%s", address);
	r->config.telnet.address = how;
	int game = rig_in(r, 0);
	type(r, 0, "x");
	check_got(r, game, want);
	close(game);
	rig_leave(&r->players[0]);
}

static void a_proxy_header_comes_first_and_has_the_players_family(void **state)
{
	struct rig *r = *state;
	check_header(
		r, REAL_PROXY_V1, "192.0.2.1", SPAN("PROXY TCP4 192.0.2.1 127.0.0.1 0 0\r\nx\r\n"));
	check_header(
		r, REAL_PROXY_V1, "2001:db8::1", SPAN("PROXY TCP6 2001:db8::1 ::1 0 0\r\nx\r\n"));
	check_header(r, REAL_PROXY_V1, "unix", SPAN("PROXY UNKNOWN\r\nx\r\n"));
#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
	check_header(r, REAL_PROXY_V2, "192.0.2.1",
		SPAN(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\1\x7f\0\0\1\0\0\0\0x\r\n"));
	check_header(r, REAL_PROXY_V2, "", SPAN(SIGNATURE "\x21\0\0\0x\r\n"));
	check_header(r, REAL_NONE, "192.0.2.1", SPAN("x\r\n"));
}

static uint32_t source_of_player(struct rig *r, const char *address)
{
	struct sockaddr_in at;
	socklen_t n = sizeof at;
	snprintf(r->players[0].address, sizeof r->players[0].address, "%s", address);
	int game = rig_in(r, 0);
	assert_int_equal(getpeername(game, (struct sockaddr *)&at, &n), 0);
	close(game);
	rig_leave(&r->players[0]);
	return ntohl(at.sin_addr.s_addr);
}

static void each_address_comes_from_one_of_its_own(void **state)
{
	struct rig *r = *state;
	r->config.telnet.address = REAL_LOOPBACK;
	uint32_t one = source_of_player(r, "192.0.2.1"), two = source_of_player(r, "192.0.2.2");
	assert_int_equal(one >> 24, 127);
	assert_int_equal(two >> 24, 127);
	assert_int_not_equal(one, two);
	assert_int_not_equal(one, INADDR_LOOPBACK);
	assert_int_equal(source_of_player(r, "192.0.2.1"), one);
	uint32_t six = source_of_player(r, "2001:db8::1");
	assert_int_equal(source_of_player(r, "2001:db8::2"), six);
	assert_int_not_equal(source_of_player(r, "2001:db8:0:1::1"), six);
	link_telnet.close(&r->game); // the key is kept
	link_telnet.open(&r->game);
	assert_int_equal(source_of_player(r, "192.0.2.1"), one);
}

static void names_and_unix_sockets_are_addresses_too(void **state)
{
	struct rig *r = *state;
	char localhost[32], path[sizeof(struct sockaddr_un) + 8];
	snprintf(localhost, sizeof localhost, "localhost:%u", rig_port(r));
	r->config.address = localhost;
	int game = rig_in(r, 0);
	close(game);
	check_said(r, 0, "[hold]");
	rig_leave(&r->players[0]);
	close(r->listener);
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	snprintf(at.sun_path, sizeof at.sun_path, "/tmp/link_telnet_test.%d", getpid());
	snprintf(path, sizeof path, "unix:%s", at.sun_path);
	r->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(r->listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(r->listener, 8), 0);
	r->config.address = path;
	game = rig_in(r, 0);
	game_says(r, game, SPAN("hi"));
	check_said(r, 0, "hi");
	close(game);
	unlink(at.sun_path);
}

static void text_waits_with_the_game_until_its_player_is_let_in(void **state)
{
	struct rig *r = *state;
	int game = rig_in(r, 0);
	close(game);
	check_said(r, 0, "[hold]");
	r->crowded = true;
	game = rig_accept(r);
	game_says(r, game, SPAN("one"));
	check_said(r, 0, "[resume]");
	link_telnet.drained(&r->game, &r->players[0]);
	game_says(r, game, SPAN("two"));
	for (int i = 0; i < 5; i++)
		bed_turn(r->bed, -1);
	const struct upstream *u = r->players[0].link;
	assert_int_equal(u->early.n, 3);
	r->players[0].state = PLAYER_JOINING;
	link_telnet.join(&r->game, &r->players[0], true);
	check_said(r, 0, "[again]onetwo");
	close(game);
}

// --- login again ---

static int back(struct rig *r, int game)
{
	close(game);
	check_said(r, 0, "[hold]");
	return rig_accept(r);
}

static void the_connect_line_is_said_again_and_then_what_was_queued(void **state)
{
	struct rig *r = *state;
	r->config.telnet.again = AGAIN_CONNECT;
	int game = rig_in(r, 0);
	type(r, 0, "WHO");
	type(r, 0, "connect Bob se cret");
	check_got(r, game, SPAN("WHO\r\nconnect Bob se cret\r\n"));
	game = back(r, game);
	buf_lit(&r->players[0].typed, "look\n");
	r->players[0].n_typed = 1;
	game_says(r, game, SPAN("Use connect <name> <password>.\r\n"));
	check_got(r, game, SPAN("connect Bob se cret\r\n"));
	game_says(r, game, SPAN("You are in.\r\n"));
	check_got(r, game, SPAN("look\r\n"));
	check_said(r, 0, "[resume][again]Use connect <name> <password>.\nYou are in.\n");
	close(game);
}

static void who_never_left_is_not_logged_in_again(void **state)
{
	struct rig *r = *state;
	r->config.telnet.again = AGAIN_CONNECT;
	int game = rig_in(r, 0);
	type(r, 0, "connect Bob secret");
	check_got(r, game, SPAN("connect Bob secret\r\n"));
	r->players[0].state = PLAYER_JOINING; // the edge had its own reasons
	link_telnet.join(&r->game, &r->players[0], true);
	check_said(r, 0, "[again]");
	game_says(r, game, SPAN("You are still here.\r\n"));
	check_said(r, 0, "You are still here.\n");
	type(r, 0, "look");
	check_got(r, game, SPAN("look\r\n"));
	close(game);
}

static void one_refusal_is_enough(void **state)
{
	struct rig *r = *state;
	r->config.telnet.again = AGAIN_CONNECT;
	int game = rig_in(r, 0);
	type(r, 0, "connect Bob old");
	check_got(r, game, SPAN("connect Bob old\r\n"));
	game = back(r, game);
	game_says(r, game, SPAN("Hello.\r\n"));
	check_got(r, game, SPAN("connect Bob old\r\n"));
	type(r, 0, "look");
	game_says(r, game,
		SPAN("Either that player does not exist, or has a different password.\r\n"));
	check_said(r, 0,
		"[resume][again]Hello.\nEither that player does not exist, or has a different "
		"password."
		"\n[You could not be logged in again. Please log in yourself.]"
		"[What you typed meanwhile was not kept.]");
	type(r, 0, "connect Bob new");
	check_got(r, game, SPAN("connect Bob new\r\n"));
	game = back(r, game);
	game_says(r, game, SPAN("Hello.\r\n"));
	check_got(r, game, SPAN("connect Bob new\r\n"));
	close(game);
}

static const struct config_step steps[] = {{"by what name", "{name}"}, {"password:", "{password}"},
	{"PRESS RETURN", ""}, {"choice:", "1"}};

static void use_script(struct rig *r)
{
	r->config.telnet.again = AGAIN_SCRIPT;
	r->config.telnet.script =
		(struct config_steps){(struct config_step *)steps, countof(steps)};
}

static void answer(struct rig *r, int game, const char *prompt, const char *typed)
{
	game_says(r, game, span_str(prompt));
	check_said(r, 0, prompt);
	type(r, 0, typed);
	struct buf want = {0};
	buf_printf(&want, "%s\r\n", typed);
	check_got(r, game, buf_bytes(&want));
	buf_fini(&want);
}

static int log_in_by_script(struct rig *r)
{
	int game = rig_in(r, 0);
	answer(r, game, "By what name? ", "Bob");
	answer(r, game, "Password: ", "wrong");
	answer(r, game, "Wrong password. Password: ", "right");
	answer(r, game, "PRESS RETURN", "");
	answer(r, game, "Make your choice:", "1");
	answer(r, game, "A room. > ", "look");
	answer(r, game, "Type your password: again? ", "never");
	return game;
}

static void a_script_is_learned_from_the_player_and_said_again(void **state)
{
	struct rig *r = *state;
	use_script(r);
	int game = back(r, log_in_by_script(r));
	game_says(r, game, SPAN("Welcome. By what "));
	game_says(r, game, SPAN("name? "));
	check_got(r, game, SPAN("Bob\r\n"));
	game_says(r, game, SPAN("Never tell your password!\r\nPassword: " IAC WILL "\x01"));
	check_got(r, game, SPAN("right\r\n" IAC DO "\x01"));
	type(r, 0, "north");
	game_says(r, game,
		SPAN(IAC WONT "\x01"
			      "*** PRESS RETURN: "));
	check_got(r, game,
		SPAN(IAC DONT "\x01"
			      "\r\n"));
	game_says(r, game, SPAN("1) Enter. Your choice:"));
	check_got(r, game, SPAN("1\r\n"));
	game_says(r, game, SPAN("Do not tell your password: never.\r\nA room. > "));
	check_got(r, game, SPAN("north\r\n"));
	close(game);
}

static void a_prompt_that_comes_twice_ends_the_script(void **state)
{
	struct rig *r = *state;
	use_script(r);
	int game = back(r, log_in_by_script(r));
	game_says(r, game, SPAN("By what name? "));
	check_got(r, game, SPAN("Bob\r\n"));
	game_says(r, game, SPAN("Password: "));
	check_got(r, game, SPAN("right\r\n"));
	game_says(r, game, SPAN("Wrong password.\r\nPassword: "));
	check_said(r, 0,
		"[resume][again]By what name? Password: Wrong password.\nPassword: "
		"[You could not be logged in again. Please log in yourself.]");
	type(r, 0, "newer");
	check_got(r, game, SPAN("newer\r\n"));
	close(game);
}

static void a_line_typed_at_a_password_is_not_kept(void **state)
{
	struct rig *r = *state;
	use_script(r);
	int game = log_in_by_script(r);
	game_says(r, game, SPAN(IAC WILL "\x01"));
	check_got(r, game, SPAN(IAC DO "\x01"));
	check_said(r, 0, "[hide]");
	close(game);
	check_said(r, 0, "[unhide][hold]");
	buf_lit(&r->players[0].typed, "secret\nlook\n");
	r->players[0].n_typed = 2;
	game = rig_accept(r);
	game_says(r, game, SPAN("By what name? "));
	check_got(r, game, SPAN("Bob\r\n"));
	check_said(r, 0, "[resume][What you typed meanwhile was not kept.][again]By what name? ");
	struct upstream *u = r->players[0].link;
	check_bytes(buf_bytes(&u->again.held), SPAN("look\n"));
	close(game);
}

static void a_game_that_says_no_by_closing_is_not_asked_for_ever(void **state)
{
	struct rig *r = *state;
	use_script(r);
	int game = back(r, log_in_by_script(r));
	for (int i = 0; i < 2; i++) {
		game_says(r, game, SPAN("By what name? "));
		check_got(r, game, SPAN("Bob\r\n"));
		check_said(r, 0, "[resume][again]By what name? ");
		game = back(r, game);
	}
	game_says(r, game, SPAN("By what name? "));
	check_said(r, 0, "[resume][again]By what name? ");
	type(r, 0, "Bob");
	check_got(r, game, SPAN("Bob\r\n"));
	close(game);
}

static void credentials_of_gmcp_are_said_again(void **state)
{
	struct rig *r = *state;
	static const struct span said = SPAN("{\"account\":\"Bob\",\"password\":\"se\\\"cret\"}");
	r->config.telnet.again = AGAIN_CHAR_LOGIN;
	r->facts.gmcp = true;
	int game = rig_in(r, 0);
	game_says(r, game, SPAN(IAC WILL "\xc9"));
	check_got(r, game, SPAN(IAC DO "\xc9" HELLO));
	link_telnet.oob(&r->game, &r->players[0], SPAN("Char.Login.Credentials"), said);
	check_got(r, game,
		SPAN(IAC SB "\xc9"
			    "Char.Login.Credentials "));
	check_got(r, game, said);
	check_got(r, game, SPAN(IAC SE));
	game = back(r, game);
	game_says(r, game, SPAN(IAC WILL "\xc9"));
	check_got(r, game, SPAN(IAC DO "\xc9" HELLO));
	game_says(r, game,
		SPAN(IAC SB "\xc9"
			    "Char.Login.Default {\"type\":[]}" IAC SE));
	check_got(r, game,
		SPAN(IAC SB "\xc9"
			    "Char.Login.Credentials "));
	check_got(r, game, said);
	check_got(r, game, SPAN(IAC SE));
	game_says(r, game,
		SPAN(IAC SB "\xc9"
			    "Char.Login.Result {\"success\":true}" IAC SE));
	check_said(r, 0, "[resume][again][Char.Login.Result {\"success\":true}]");
	close(game);
}

int main(void)
{
	assert_true(sodium_init() >= 0);
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_game_without_telnet_hears_lines_and_nothing_else),
		RIG_TEST(what_it_does_not_know_is_refused),
		RIG_TEST(each_answer_is_a_write_of_its_own),
		RIG_TEST(the_client_is_named_then_its_terminal_then_what_holds_through_the_gate),
		RIG_TEST(a_game_that_has_copied_itself_over_is_answered_anew),
		RIG_TEST(hiding_works_however_often_it_is_asked_for),
		RIG_TEST(a_size_that_is_known_late_is_told_late_to_one_who_asked),
		RIG_TEST(variables_are_told_as_they_are_asked_for),
		RIG_TEST(a_game_may_choose_its_charset),
		RIG_TEST(marks_make_prompts),
		RIG_TEST(a_split_command_is_one_all_the_same),
		RIG_TEST(a_game_that_is_back_hears_what_the_client_said_of_itself),
		RIG_TEST(modules_that_come_later_are_told_later),
		RIG_TEST(messages_go_both_ways_but_for_goodbye),
		RIG_TEST(what_it_says_to_crawlers_is_remembered),
		RIG_TEST(hiding_ends_with_the_connection),
		RIG_TEST(a_game_that_is_not_there_holds_and_is_tried_again),
		RIG_TEST(what_was_typed_meanwhile_is_not_typed_into_a_login),
		RIG_TEST(who_quits_while_others_play_has_left),
		RIG_TEST(who_quits_alone_has_left_when_the_game_lives),
		RIG_TEST(who_quits_when_the_game_dies_is_held),
		RIG_TEST(who_is_thrown_out_time_after_time_is_let_go),
		RIG_TEST(who_loses_a_game_that_dies_time_after_time_is_held),
		RIG_TEST(many_come_back_behind_one_who_tries),
		RIG_TEST(what_a_slow_game_is_told_has_an_end_that_is_said),
		RIG_TEST(whatever_a_game_says_the_player_stays),
		RIG_TEST(a_proxy_header_comes_first_and_has_the_players_family),
		RIG_TEST(each_address_comes_from_one_of_its_own),
		RIG_TEST(names_and_unix_sockets_are_addresses_too),
		RIG_TEST(text_waits_with_the_game_until_its_player_is_let_in),
		RIG_TEST(the_connect_line_is_said_again_and_then_what_was_queued),
		RIG_TEST(who_never_left_is_not_logged_in_again),
		RIG_TEST(one_refusal_is_enough),
		RIG_TEST(a_script_is_learned_from_the_player_and_said_again),
		RIG_TEST(a_prompt_that_comes_twice_ends_the_script),
		RIG_TEST(a_line_typed_at_a_password_is_not_kept),
		RIG_TEST(a_game_that_says_no_by_closing_is_not_asked_for_ever),
		RIG_TEST(credentials_of_gmcp_are_said_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
