// SPDX-License-Identifier: MIT
// What the operator of the router may see and do, with MUDs over sockets and in process.
#include "router_rig.h"

enum { NOW_S = 1700000000 };

static int up(void **state)
{
	struct rig *g = mem_zalloc(sizeof *g);
	rig_open(g, NULL);
	rig_listen(g);
	*state = g;
	return 0;
}

static int down(void **state)
{
	rig_close(*state);
	free(*state);
	return 0;
}

static void put_mud(void *to, const struct network_mud *m)
{
	buf_printf(to, "%.*s %.*s %lld %lld%s%s %.*s %lld %lld\n", (int)m->name.n, m->name.p,
		(int)m->address.n, m->address.p, (long long)m->state, (long long)m->protocol,
		m->connected ? " up" : "", m->in_process ? " inside" : "", (int)m->driver.n,
		m->driver.p, (long long)m->listening, (long long)m->dropped);
}

static void check_muds(struct rig *g, const struct network_page *page, const char *want)
{
	struct network *n = router_network(g->router);
	struct buf text = {0};
	bool more = n->ops->muds(n, page, put_mud, &text);
	buf_str(&text, more ? "more" : "");
	check_text(buf_bytes(&text), want);
	buf_fini(&text);
}

static void put_ban(void *to, const struct network_ban *b)
{
	buf_printf(to, "%.*s%.*s %.*s %.*s %llu\n", (int)b->mud.n, b->mud.p, (int)b->address.n,
		b->address.p, (int)b->reason.n, b->reason.p, (int)b->by.n, b->by.p,
		(unsigned long long)b->until_s);
}

static void check_bans(struct rig *g, const char *want)
{
	struct network *n = router_network(g->router);
	struct buf text = {0};
	assert_false(n->ops->bans(n, &(struct network_page){.limit = 10}, put_ban, &text));
	check_text(buf_bytes(&text), want);
	buf_fini(&text);
}

#define BAN(...) (&(struct network_ban){.by = SPAN("Alpha"), __VA_ARGS__})

static const char *ban(struct rig *g, const struct network_ban *b)
{
	struct network *n = router_network(g->router);
	return n->ops->ban(n, b);
}

static const char *unban(struct rig *g, const struct network_ban *b)
{
	struct network *n = router_network(g->router);
	return n->ops->unban(n, b);
}

static const char *kick(struct rig *g, const char *mud, const char *words)
{
	struct network *n = router_network(g->router);
	return n->ops->kick(n, span_str(mud), span_str(words));
}

static void check_sent_away(struct wire *w, const char *words)
{
	wire_wait_end(w);
	check_got(&w->got, "\"not-allowed\",");
	check_got(&w->got, words);
	wire_fini(w);
}

// --- looking ---

static void muds_come_in_order_and_in_pages(void **state)
{
	struct rig *g = *state;
	struct wire zoo;
	struct mate alpha;
	mate_login(g, &alpha, "alpha");
	wire_login(g, &zoo, "Zoo", 0);
	wire_say(&zoo, "({\"channel-listen\",5,\"Zoo\",0,\"*gate\",0,\"dchat\",1,})");
	wire_sync(&zoo, "Zoo");
	check_muds(g, &(struct network_page){.limit = 9},
		"alpha  -1 3 up inside Driver 1 0 0\nZoo 127.0.0.1 -1 3 up Driver 1 1 0\n");
	check_muds(
		g, &(struct network_page){.limit = 1}, "alpha  -1 3 up inside Driver 1 0 0\nmore");
	check_muds(g, &(struct network_page){.after = SPAN("ALPHA"), .limit = 1},
		"Zoo 127.0.0.1 -1 3 up Driver 1 1 0\n");
	check_muds(g, &(struct network_page){.after = SPAN("zoo"), .limit = 1}, "");
	mate_fini(&alpha);
	wire_fini(&zoo);
}

static void packets_over_the_limit_are_counted_for_their_sender(void **state)
{
	struct rig *g = *state;
	struct wire zoo;
	wire_login(g, &zoo, "Zoo", 0);
	clock_set(clock_ms(), NOW_S * UINT64_C(1000000)); // the bucket does not fill
	for (int i = 0; i < 45; i++)
		wire_say(&zoo, "({\"ping-req\",5,\"Zoo\",0,\"*gate\",0,})");
	wire_sync(&zoo, "Zoo");
	check_muds(g, &(struct network_page){.limit = 1}, "Zoo 127.0.0.1 -1 3 up Driver 1 0 5\n");
	clock_set(0, 0);
	wire_fini(&zoo);
}

// --- kicking ---

static void who_is_kicked_is_told_and_may_come_back(void **state)
{
	struct rig *g = *state;
	struct wire zoo;
	wire_login(g, &zoo, "Zoo", 0);
	long password = password_in(&zoo.got);
	assert_null(kick(g, "ZOO", "too \"loud\""));
	check_sent_away(&zoo, "\"too \\\"loud\\\"\"");
	assert_string_equal(kick(g, "Zoo", "x"), "this MUD is not connected");
	wire_login(g, &zoo, "Zoo", password);
	wire_fini(&zoo);
}

static void nobody_else_is_kicked(void **state)
{
	struct rig *g = *state;
	struct mate alpha;
	mate_login(g, &alpha, "Alpha");
	assert_non_null(strstr(kick(g, "Alpha", "x"), "of this gateway"));
	assert_non_null(strstr(kick(g, "Beta", "x"), "known"));
	assert_non_null(alpha.link);
	mate_fini(&alpha);
}

// --- banning ---

static void a_banned_name_is_sent_away_and_not_let_in(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire zoo, other;
	wire_login(g, &zoo, "Zoo", 0);
	wire_login(g, &other, "Other", 0);
	assert_null(ban(g, BAN(.mud = SPAN("zOO"), .reason = SPAN("spam"))));
	check_sent_away(&zoo, "this MUD is banned here: spam");
	wire_open(g, &zoo, "127.0.0.2");
	wire_say(&zoo, startup(&t, "Zoo", 0));
	check_sent_away(&zoo, "this MUD is banned here: spam");
	check_bans(g, "zOO spam Alpha 0\n");
	wire_sync(&other, "Other");
	assert_null(unban(g, BAN(.mud = SPAN("Zoo"))));
	assert_string_equal(unban(g, BAN(.mud = SPAN("Zoo"))), "there is no such ban");
	wire_login(g, &zoo, "Zoo", 0);
	wire_fini(&zoo);
	wire_fini(&other);
}

static void a_banned_address_is_sent_away_before_it_speaks(void **state)
{
	struct rig *g = *state;
	struct wire a, b, c, silent;
	wire_login_as(g, &a, "127.0.0.2", startup(&(struct startup_text){0}, "A", 0));
	wire_login_as(g, &b, "127.0.0.2", startup(&(struct startup_text){0}, "B", 0));
	wire_login_as(g, &c, "127.0.0.3", startup(&(struct startup_text){0}, "C", 0));
	wire_open(g, &silent, "127.0.0.2");
	wire_sync(&c, "C");
	assert_null(ban(g, BAN(.address = SPAN("::FFFF:127.0.0.2"), .reason = SPAN("x"))));
	check_sent_away(&a, "your address is banned here: x");
	check_sent_away(&b, "your address is banned here: x");
	check_sent_away(&silent, "your address is banned here: x");
	wire_open(g, &silent, "127.0.0.2");
	check_sent_away(&silent, "({\"error\",5,\"*gate\",0,0,0,\"not-allowed\",");
	wire_sync(&c, "C");
	check_bans(g, "127.0.0.2 x Alpha 0\n");
	assert_null(unban(g, BAN(.address = SPAN("127.0.0.2"))));
	wire_login_as(g, &a, "127.0.0.2", startup(&(struct startup_text){0}, "D", 0));
	wire_fini(&a);
	wire_fini(&c);
}

// The ban of the holder must not let in whoever waits for the same name.
static void a_newcomer_that_waits_for_a_banned_name_is_sent_away_too(void **state)
{
	struct rig *g = *state;
	struct wire holder, newcomer;
	struct startup_text t;
	wire_login(g, &holder, "Zoo", 0);
	startup(&t, "Zoo", password_in(&holder.got));
	wire_open(g, &newcomer, "127.0.0.2");
	wire_say(&newcomer, t.at);
	wire_wait(&holder, "\"auth-mud-req\"");
	assert_null(ban(g, BAN(.mud = SPAN("Zoo"))));
	check_sent_away(&holder, "this MUD is banned here");
	check_sent_away(&newcomer, "this MUD is banned here");
}

static void a_ban_ends_by_the_clock(void **state)
{
	struct rig *g = *state;
	struct wire zoo;
	clock_set(clock_ms(), NOW_S * UINT64_C(1000000));
	assert_null(ban(g, BAN(.mud = SPAN("Zoo"), .until_s = NOW_S + 10)));
	assert_null(ban(g, BAN(.mud = SPAN("Yak"), .until_s = NOW_S + 10)));
	clock_set(clock_ms(), (NOW_S + 10) * UINT64_C(1000000));
	wire_login(g, &zoo, "Zoo", 0);
	check_bans(g, "");
	assert_int_equal(map_count(&g->router->bans), 0);
	clock_set(0, 0);
	wire_fini(&zoo);
}

static void what_cannot_be_banned_is_refused_in_words(void **state)
{
	struct rig *g = *state;
	struct mate alpha;
	char longest[ROUTER_NAME_MAX + 2];
	memset(longest, 'a', sizeof longest);
	mate_login(g, &alpha, "Alpha");
	assert_non_null(strstr(ban(g, BAN(.mud = SPAN("alpha"))), "of this gateway"));
	assert_non_null(ban(g, BAN(.reason = SPAN("x"))));
	assert_non_null(ban(g, BAN(.mud = SPAN("a"), .address = SPAN("192.0.2.1"))));
	assert_non_null(ban(g, BAN(.mud = SPAN("a\nb"))));
	assert_non_null(ban(g, BAN(.mud = SPAN("a"), .reason = SPAN("\n"))));
	assert_non_null(ban(g, BAN(.mud = span_of(longest, sizeof longest - 1))));
	assert_non_null(ban(g, BAN(.address = SPAN("192.0.2.0/24"))));
	assert_non_null(ban(g, BAN(.address = SPAN("unix"))));
	assert_non_null(ban(g, BAN(.mud = SPAN("a"), .until_s = 1)));
	check_bans(g, "");
	assert_null(ban(g, BAN(.mud = span_of(longest, ROUTER_NAME_MAX))));
	assert_non_null(alpha.link);
	mate_fini(&alpha);
}

static void put_place(void *to, const struct network_ban *b)
{
	struct buf *last = to;
	buf_clear(last);
	buf_span(last, b->place);
}

static void bans_come_in_pages_and_a_ban_that_ends_leaves_no_hole(void **state)
{
	struct rig *g = *state;
	struct network *n = router_network(g->router);
	struct network_page page = {.limit = 2};
	struct buf last = {0}, text = {0};
	ban(g, BAN(.mud = SPAN("yak")));
	ban(g, BAN(.mud = SPAN("Bee")));
	ban(g, BAN(.address = SPAN("192.0.2.1")));
	ban(g, BAN(.mud = SPAN("ant")));
	assert_true(n->ops->bans(n, &page, put_place, &last));
	check_text(buf_bytes(&last), "m:ant");
	assert_null(n->ops->unban(n, BAN(.mud = SPAN("ANT"))));
	page.after = buf_bytes(&last);
	assert_false(n->ops->bans(n, &page, put_ban, &text));
	check_text(buf_bytes(&text), "Bee  Alpha 0\nyak  Alpha 0\n");
	buf_fini(&last);
	buf_fini(&text);
}

static void there_are_so_many_bans_and_no_more(void **state)
{
	struct rig *g = *state;
	char name[16];
	for (int i = 0; i < NETWORK_BANS_MAX; i++) {
		snprintf(name, sizeof name, "mud%d", i);
		assert_null(ban(g, BAN(.mud = span_str(name))));
	}
	assert_non_null(strstr(ban(g, BAN(.mud = SPAN("one more"))), "too many"));
	assert_null(ban(g, BAN(.mud = SPAN("mud7"), .reason = SPAN("again"))));
}

// --- keeping ---

static void bans_survive_a_restart_and_rubbish_beside_them(void **state)
{
	struct disk disk;
	struct rig g;
	(void)state;
	disk_make(&disk);
	rig_open(&g, disk.path);
	assert_null(
		ban(&g, BAN(.mud = SPAN("Zoo"), .reason = SPAN("a, b"), .until_s = 4000000000)));
	assert_null(ban(&g, BAN(.mud = SPAN("Yak"))));
	assert_null(ban(&g, BAN(.address = SPAN("2001:DB8::1"))));
	assert_null(unban(&g, BAN(.mud = SPAN("yak"))));
	store_put(g.store, SPAN("router_bans"), SPAN("m:bad"), SPAN("x"), NULL, NULL);
	store_put(g.store, SPAN("router_bans"), SPAN("q"), SPAN("0\n0\n\n\nq"), NULL, NULL);
	rig_restart(&g, &disk);
	check_bans(&g, "2001:db8::1  Alpha 0\nZoo a, b Alpha 4000000000\n");
	rig_close(&g);
	disk_remove(&disk);
}

#define RIGGED(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(muds_come_in_order_and_in_pages),
		RIGGED(packets_over_the_limit_are_counted_for_their_sender),
		RIGGED(who_is_kicked_is_told_and_may_come_back),
		RIGGED(nobody_else_is_kicked),
		RIGGED(a_banned_name_is_sent_away_and_not_let_in),
		RIGGED(a_banned_address_is_sent_away_before_it_speaks),
		RIGGED(a_newcomer_that_waits_for_a_banned_name_is_sent_away_too),
		RIGGED(a_ban_ends_by_the_clock),
		RIGGED(what_cannot_be_banned_is_refused_in_words),
		RIGGED(bans_come_in_pages_and_a_ban_that_ends_leaves_no_hole),
		RIGGED(there_are_so_many_bans_and_no_more),
		cmocka_unit_test(bans_survive_a_restart_and_rubbish_beside_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
