// SPDX-License-Identifier: MIT
#include "api_rig.h"

static int passes(struct conn *c, const char *method, int tries)
{
	int n = 0;
	for (int i = 0; i < tries; i++)
		n += strstr(call(c, method, "{}"), "\"error\":{\"code\":-32001") == NULL;
	return n;
}

static void the_call_over_the_burst_is_told_when_to_come_back(void **state)
{
	struct rig *r = *state;
	r->config.api.rate_limits.per_minute = 60;
	r->config.api.rate_limits.burst = 5;
	struct conn *c = rig_login(r, "alpha-key");
	assert_int_equal(passes(c, "ping", 10), 5);
	check_like(call(c, "ping", "{}"),
		FAULT(-32001) "\"message\":\"Rate limit exceeded\",\"data\":{\"code\":"
			      "\"rate_limited\",\"reason\":\"Rate limit exceeded\","
			      "\"retry_after_ms\":1000,\"temporary\":true}}}");
	rig_pass(999);
	assert_int_equal(passes(c, "ping", 1), 0);
	rig_pass(1);
	assert_int_equal(passes(c, "ping", 2), 1);
}

static void every_call_costs_even_one_that_fails(void **state)
{
	struct rig *r = *state;
	r->config.api.rate_limits.per_minute = 60;
	r->config.api.rate_limits.burst = 6;
	struct conn *c = rig_login(r, "none-key");
	call(c, "nonsense", "{}");
	call(c, "tell", "{}"); // refused
	ask(c, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},"
	       "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}]");
	ask(c, "not json"); // no call
	assert_int_equal(passes(c, "ping", 10), 2);
}

static void a_key_may_have_a_rate_of_its_own(void **state)
{
	static const struct {
		int override, burst;
	} rows[] = {{1, 20}, {60, 20}, {200, 66}, {500, 166}, {0, 3}};
	struct rig *r = *state;
	r->config.api.rate_limits.per_minute = 60;
	r->config.api.rate_limits.burst = 3;
	for (size_t i = 0; i < countof(rows); i++) {
		r->keys[0].rate_limit_override = rows[i].override;
		struct conn *c = rig_login(r, "alpha-key");
		assert_int_equal(passes(c, "ping", 200), rows[i].burst);
		rig_gone(c);
	}
}

static void rate_by_method(struct rig *r, const char *name, int per_minute)
{
	struct config_counts *all = &r->config.api.rate_limits.by_method;
	all->at[all->n++] = (struct config_count){name, per_minute};
	r->config.api.rate_limits.enforce_by_method = true;
}

static void rates_of_methods_count_only_when_they_are_enforced(void **state)
{
	struct rig *r = *state;
	rate_by_method(r, "mudlist", 2);
	r->config.api.rate_limits.enforce_by_method = false;
	struct conn *c = rig_login(r, "alpha-key");
	assert_int_equal(passes(c, "mudlist", 10), 10);
	r->config.api.rate_limits.enforce_by_method = true;
	assert_int_equal(passes(c, "mudlist", 10), 2);
}

static void each_method_and_each_session_has_its_own(void **state)
{
	struct rig *r = *state;
	rate_by_method(r, "mudlist", 2);
	rate_by_method(r, "status", 3);
	rate_by_method(r, "rpc.discover", 1);
	struct conn *a = rig_login(r, "alpha-key"), *b = rig_login(r, "alpha-key");
	assert_int_equal(passes(a, "mudlist", 10), 2);
	assert_int_equal(passes(a, "status", 10), 3);
	assert_int_equal(passes(a, "rpc.discover", 10), 1);
	assert_int_equal(passes(a, "ping", 10), 10);
	assert_int_equal(passes(b, "mudlist", 10), 2);
	check_like(call(a, "mudlist", "{}"), FAULT(-32001) "~\"retry_after_ms\":30000,~");
	rig_pass(30000);
	assert_int_equal(passes(a, "mudlist", 10), 1);
}

static void buckets_are_made_for_called_methods_with_a_rate_only(void **state)
{
	struct rig *r = *state;
	rate_by_method(r, "mudlist", 2);
	rate_by_method(r, "status", 2);
	struct conn *c = rig_login(r, "alpha-key");
	const struct client *cl = c->owner;
	passes(c, "ping", 3);
	passes(c, "nonsense", 3);
	assert_int_equal(map_count(&cl->rates), 0);
	passes(c, "status", 3);
	assert_int_equal(map_count(&cl->rates), 1);
}

static void a_new_rate_holds_from_the_next_call_on(void **state)
{
	struct rig *r = *state;
	rate_by_method(r, "mudlist", 2);
	struct conn *c = rig_login(r, "alpha-key");
	assert_int_equal(passes(c, "mudlist", 10), 2);
	r->rates[0].n = 4;
	api_reload(&r->api, &r->config);
	assert_int_equal(passes(c, "mudlist", 10), 4);
	r->config.api.rate_limits.by_method.n = 0;
	assert_int_equal(passes(c, "mudlist", 10), 10);
}

static void the_session_s_own_limit_holds_as_well(void **state)
{
	struct rig *r = *state;
	rate_by_method(r, "mudlist", 100);
	r->config.api.rate_limits.per_minute = 60;
	r->config.api.rate_limits.burst = 3;
	struct conn *c = rig_login(r, "alpha-key");
	assert_int_equal(passes(c, "mudlist", 10), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(the_call_over_the_burst_is_told_when_to_come_back),
		RIG_TEST(every_call_costs_even_one_that_fails),
		RIG_TEST(a_key_may_have_a_rate_of_its_own),
		RIG_TEST(rates_of_methods_count_only_when_they_are_enforced),
		RIG_TEST(each_method_and_each_session_has_its_own),
		RIG_TEST(buckets_are_made_for_called_methods_with_a_rate_only),
		RIG_TEST(a_new_rate_holds_from_the_next_call_on),
		RIG_TEST(the_session_s_own_limit_holds_as_well),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
