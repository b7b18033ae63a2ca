// SPDX-License-Identifier: MIT
// The bridge's queues through the API, with a bridge that writes down what it is asked.
#include "api_rig.h"
#include "hub/bridging.h"

struct fake_bridge {
	struct bridging bridging;
	struct buf did;
	const char *says;
};

static struct fake_bridge *bridge_of(struct bridging *b)
{
	return container_of(b, struct fake_bridge, bridging);
}

static bool queues(struct bridging *b, const struct bridging_page *page,
	void (*row)(void *to, const struct bridging_queue *), void *to)
{
	const struct bridging_consumer consumers[] = {
		{.name = SPAN("bot:b"), .acked = 5, .waiting = 2, .lost = 1, .seen_us = 1},
		{.name = SPAN("bot:c"), .acked = 8, .connected = true}};
	buf_printf(&bridge_of(b)->did, "%s %.*s %zu", bridging_word(page->after_towards),
		(int)page->after.n, page->after.p, page->limit);
	row(to, &(struct bridging_queue){.channel = SPAN("c"),
			.towards = BRIDGING_TO_MODS,
			.depth = 2,
			.bytes = 700,
			.last = 8,
			.consumers = consumers,
			.n_consumers = countof(consumers)});
	return page->limit < 50;
}

static const char *clear(
	struct bridging *b, struct span channel, enum bridging_towards towards, uint64_t *cleared)
{
	buf_printf(&bridge_of(b)->did, "clear %s %.*s", bridging_word(towards), (int)channel.n,
		channel.p);
	*cleared = 7;
	return bridge_of(b)->says;
}

static const struct bridging_ops ops = {queues, clear};

static void check_calls(struct conn *c, struct fake_bridge *f)
{
	static const struct {
		const char *method, *params, *answer, *did;
	} rows[] = {
		{"bridge_queues", "{\"after\":\"mods:a:b\",\"limit\":2}",
			RESULT("{\"status\":\"success\",\"queues\":[{\"channel_id\":\"c\","
			       "\"towards\":\"mods\",\"depth\":2,\"bytes\":700,\"last\":8,"
			       "\"oldest_age\":0,\"consumers\":[{\"name\":\"bot:b\",\"connected\":"
			       "false,\"acked\":5,\"waiting\":2,\"lost\":1,\"seen_ago\":~},{"
			       "\"name\":\"bot:c\",\"connected\":true,\"acked\":8,\"waiting\":0,"
			       "\"lost\":0,\"seen_ago\":0}]}],\"count\":1,\"next\":\"mods:c\"}"),
			"mods a:b 2"},
		{"bridge_queues", "{}", "~\"count\":1}}", "bots  50"},
		{"bridge_queues", "{\"after\":\"c\"}", FAULT(-32602) "~", ""},
		{"bridge_queues", "{\"after\":\"bots:\"}", FAULT(-32602) "~", ""},
		{"bridge_queue_clear", "{\"channel_id\":\"c\",\"towards\":\"bots\"}",
			RESULT("{\"status\":\"cleared\",\"cleared\":7}"), "clear bots c"},
		{"bridge_queue_clear", "{\"channel_id\":\"c\",\"towards\":\"bot\"}",
			FAULT(-32602) "~\"field\":\"towards\"~", ""},
	};
	for (size_t i = 0; i < countof(rows); i++) {
		buf_clear(&f->did);
		check_like(call(c, rows[i].method, rows[i].params), rows[i].answer);
		check_text(buf_bytes(&f->did), rows[i].did);
	}
	f->says = "there is no such queue";
	check_like(call(c, "bridge_queue_clear", "{\"channel_id\":\"c\",\"towards\":\"bots\"}"),
		FAULT(-32602) "\"message\":\"there is no such queue\",~");
}

static void methods_ask_the_bridge(void **state)
{
	struct rig *r = *state;
	struct fake_bridge f = {.bridging.ops = &ops};
	r->hub.bridging = &f.bridging;
	check_calls(rig_login(r, "alpha-key"), &f);
	buf_fini(&f.did);
}

static void without_a_bridge_there_is_an_error(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	check_like(call(c, "bridge_queues", "{}"), FAULT(-32004) "~\"code\":\"service_off\",~");
	check_like(call(c, "bridge_queue_clear", "{\"channel_id\":\"c\",\"towards\":\"bots\"}"),
		FAULT(-32004) "~\"code\":\"service_off\",~");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(methods_ask_the_bridge),
		RIG_TEST(without_a_bridge_there_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
