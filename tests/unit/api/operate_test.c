// SPDX-License-Identifier: MIT
// The router's operator through the API, with a network that writes down what it is asked.
#include "api_rig.h"

struct fake_network {
	struct network network;
	struct buf did; // a line each
	const char *says;
};

static struct fake_network *network_of(struct network *n)
{
	return container_of(n, struct fake_network, network);
}

static void put_fields(struct buf *b, const char *what, const struct network_ban *f)
{
	buf_str(b, what);
	put_field(b, "mud", f->mud);
	put_field(b, "address", f->address);
	put_field(b, "reason", f->reason);
	put_field(b, "by", f->by);
	buf_printf(b, " until=%llu\n", (unsigned long long)f->until_s);
}

static bool muds(struct network *n, const struct network_page *page,
	void (*row)(void *to, const struct network_mud *), void *to)
{
	buf_printf(&network_of(n)->did, "muds after=%.*s limit=%zu\n", (int)page->after.n,
		page->after.p, page->limit);
	row(to, &(struct network_mud){.name = SPAN("Frog"),
			.address = SPAN("192.0.2.1"),
			.driver = SPAN("D"),
			.state = -1,
			.since_s = 7,
			.protocol = 3,
			.connected = true,
			.listening = 2,
			.dropped = 5});
	row(to, &(struct network_mud){.name = SPAN("Gone"), .state = 60});
	return true;
}

static const char *kick(struct network *n, struct span mud, struct span words)
{
	put_fields(&network_of(n)->did, "kick", &(struct network_ban){.mud = mud, .reason = words});
	return network_of(n)->says;
}

static const char *ban(struct network *n, const struct network_ban *b)
{
	put_fields(&network_of(n)->did, "ban", b);
	return network_of(n)->says;
}

static const char *unban(struct network *n, const struct network_ban *b)
{
	put_fields(&network_of(n)->did, "unban", b);
	return network_of(n)->says;
}

static void bans(struct network *n, void (*row)(void *to, const struct network_ban *), void *to)
{
	(void)n;
	row(to, &(struct network_ban){.mud = SPAN("Frog"), .reason = SPAN("x"), .until_s = 9});
	for (int i = 0; i < 801; i++)
		row(to, &(struct network_ban){.address = SPAN("192.0.2.1"), .by = SPAN("A")});
}

static const struct network_ops ops = {muds, kick, ban, unban, bans};

static void check_calls(struct rig *r, struct fake_network *f)
{
	static const struct {
		const char *method, *params, *answer, *did;
	} rows[] = {
		{"router_muds", "{\"after\":\"Ant\",\"limit\":2}",
			RESULT("{\"status\":\"success\",\"muds\":[{\"name\":\"Frog\",\"address\":"
			       "\"192.0.2.1\",\"link\":\"socket\",\"status\":\"up\",\"state\":-1,"
			       "\"since\":7,\"protocol\":3,\"driver\":\"D\",\"listening\":2,"
			       "\"dropped\":5},{\"name\":\"Gone\",~\"link\":\"none\",\"status\":"
			       "\"reboot\",~}],\"count\":2,\"more\":true}"),
			"muds after=Ant limit=2\n"},
		{"router_kick", "{\"mud_name\":\"Frog\",\"reason\":\"loud\"}",
			RESULT("{\"status\":\"kicked\",\"mud_name\":\"Frog\"}"),
			"kick mud=Frog reason=loud until=0\n"},
		{"router_ban", "{\"mud_name\":\"Frog\",\"reason\":\"loud\",\"until\":5}",
			RESULT("{\"status\":\"banned\"}"),
			"ban mud=Frog reason=loud by=AlphaMUD until=5\n"},
		{"router_ban", "{\"reason\":\"loud\"}",
			FAULT(-32602) "~\"code\":\"missing_parameter\",~", ""},
		{"router_unban", "{\"address\":\"192.0.2.1\"}", RESULT("{\"status\":\"unbanned\"}"),
			"unban address=192.0.2.1 until=0\n"},
		{"router_bans", "{}",
			RESULT("{\"status\":\"success\",\"bans\":[{\"mud_name\":\"Frog\","
			       "\"reason\":"
			       "\"x\",\"until\":9,\"by\":\"\",\"created\":0},{\"address\":~],"
			       "\"count\":800,\"more\":true}"),
			""},
		{"router_bans", "{\"skip\":800}", "~\"count\":2,\"more\":false}}", ""},
	};
	struct conn *c = rig_login(r, "alpha-key");
	for (size_t i = 0; i < countof(rows); i++) {
		buf_clear(&f->did);
		check_like(call(c, rows[i].method, rows[i].params), rows[i].answer);
		check_text(buf_bytes(&f->did), rows[i].did);
	}
	f->says = "it will not";
	check_like(call(c, "router_kick", "{\"mud_name\":\"Frog\",\"reason\":\"x\"}"),
		FAULT(-32602) "\"message\":\"it will "
			      "not\",\"data\":{\"code\":\"router_refused\",~");
	check_like(call(c, "router_ban", "{\"mud_name\":\"Frog\",\"reason\":\"x\"}"),
		FAULT(-32602) "\"message\":\"it will not\",~");
	check_like(call(c, "router_unban", "{\"mud_name\":\"Frog\"}"),
		FAULT(-32602) "\"message\":\"it will not\",~");
}

static void methods_ask_the_router(void **state)
{
	struct rig *r = *state;
	struct fake_network f = {.network.ops = &ops};
	r->hub.network = &f.network;
	check_calls(r, &f);
	buf_fini(&f.did);
}

static void without_a_router_there_is_an_error(void **state)
{
	static const char *const methods_[] = {
		"router_muds", "router_kick", "router_ban", "router_unban", "router_bans"};
	struct conn *c = rig_login(*state, "alpha-key");
	for (size_t i = 0; i < countof(methods_); i++)
		check_like(call(c, methods_[i], "{\"mud_name\":\"Frog\",\"reason\":\"x\"}"),
			FAULT(-32004) "~\"code\":\"no_router\",~\"temporary\":false}}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(methods_ask_the_router),
		RIG_TEST(without_a_router_there_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
