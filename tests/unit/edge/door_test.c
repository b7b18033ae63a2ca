// SPDX-License-Identifier: MIT
// Who is let in: networks, bounds of an address and of all, bans, and whom proxies speak for.
#include "check.h"

#include "edge/door.h"
#include "edge/forwarded.h"
#include "tables/config.h"
#include <stdio.h>

enum { MINUTE = 60000 };

// --- networks ---

static const struct {
	const char *network, *inside, *outside;
} networks[] = {
	{"192.0.2.0/24", "192.0.2.255", "192.0.3.0"},
	{"192.0.2.7", "192.0.2.7", "192.0.2.6"},
	{"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
	{"10.0.0.0/8", "::ffff:10.1.2.3", "11.0.0.0"},
	{"0.0.0.0/0", "255.255.255.255", "::1"},
	{"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
	{"2001:db8:0:8000::/49", "2001:db8:0:ffff::", "2001:db8:0:7fff::"},
	{"::/0", "2001:db8::1", "192.0.2.1"},
	{"::1", "::1", "::2"},
	{"::1/128", "0::1", "127.0.0.1"},
	{"::ffff:192.0.2.0/120", "192.0.2.9", "192.0.3.9"},
};

static void networks_have_their_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(networks); i++) {
		struct cidr c;
		uint8_t in[16], out[16];
		if (!cidr_read(span_str(networks[i].network), &c))
			fail_msg("not read: %s", networks[i].network);
		assert_true(cidr_address(span_str(networks[i].inside), in));
		assert_true(cidr_address(span_str(networks[i].outside), out));
		if (!cidr_has(&c, in) || cidr_has(&c, out))
			fail_msg("%s", networks[i].network);
	}
}

static void anything_else_is_no_network(void **state)
{
	(void)state;
	static const char *const no[] = {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/ 8", "10.0.0.1/8", "10.0.0/8", "10.0.0.0/8/8", "::/129", "::1/64",
		"1.2.3.4.5", "01.2.3.4", "fe80::1%lo", "host", " 10.0.0.0/8", "[::1]",
		"10.0.0.1:80", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"};
	struct cidr c;
	for (size_t i = 0; i < countof(no); i++)
		if (cidr_read(span_str(no[i]), &c))
			fail_msg("read: %s", no[i]);
	assert_false(cidr_read(SPAN("10.0.0.0\0/8"), &c));
}

// --- the door ---

static struct config config_of(int max, int per_address, int per_minute)
{
	static const char *bans[] = {"198.51.100.0/24", "2001:db8:bad::/48"};
	static const char *proxies[] = {"10.0.0.0/8", "::1"};
	return (struct config){.players = {.max = max,
				       .per_address = per_address,
				       .connects_per_minute = per_minute,
				       .bans = {bans, countof(bans)},
				       .trusted_proxies = {proxies, countof(proxies)}}};
}

static void configured(struct door *d, int max, int per_address, int per_minute)
{
	const struct config c = config_of(max, per_address, per_minute);
	door_init(d);
	door_configure(d, &c);
}

#define enter(d, a, at) door_enter((d), span_str(a), (at))
#define leave(d, a)     door_leave((d), span_str(a))

static void an_address_has_its_share_and_all_together_have_theirs(void **state)
{
	(void)state;
	struct door d;
	configured(&d, 5, 2, 1000);
	assert_int_equal(enter(&d, "192.0.2.1", 0), DOOR_IN);
	assert_int_equal(enter(&d, "192.0.2.1", 0), DOOR_IN);
	assert_int_equal(enter(&d, "192.0.2.1", 0), DOOR_ADDRESS_FULL);
	assert_int_equal(enter(&d, "::ffff:192.0.2.1", 0), DOOR_ADDRESS_FULL); // the same
	assert_int_equal(enter(&d, "192.0.2.2", 0), DOOR_IN);
	leave(&d, "192.0.2.1");
	assert_int_equal(enter(&d, "192.0.2.1", 0), DOOR_IN);
	assert_int_equal(enter(&d, "192.0.2.3", 0), DOOR_IN);
	assert_int_equal(enter(&d, "192.0.2.4", 0), DOOR_IN);
	assert_int_equal(enter(&d, "192.0.2.5", 0), DOOR_FULL);
	leave(&d, "192.0.2.3");
	assert_int_equal(enter(&d, "192.0.2.5", 0), DOOR_IN);
	door_fini(&d);
}

static void in_ipv6_a_64_is_one_address(void **state)
{
	(void)state;
	struct door d;
	configured(&d, 100, 1, 1000);
	assert_int_equal(enter(&d, "2001:db8:0:1::1", 0), DOOR_IN);
	assert_int_equal(enter(&d, "2001:db8:0:1:ffff::2", 0), DOOR_ADDRESS_FULL);
	assert_int_equal(enter(&d, "2001:db8:0:2::1", 0), DOOR_IN);
	leave(&d, "2001:db8:0:1::1");
	assert_int_equal(enter(&d, "2001:db8:0:1:ffff::2", 0), DOOR_IN);
	door_fini(&d);
}

static void who_has_no_address_is_bound_by_the_whole_only(void **state)
{
	(void)state;
	struct door d;
	configured(&d, 3, 1, 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(enter(&d, "", 0), DOOR_IN);
	assert_int_equal(enter(&d, "", 0), DOOR_FULL);
	leave(&d, "");
	assert_int_equal(enter(&d, "", 0), DOOR_IN);
	assert_true(door_trusts(&d, SPAN("")));
	door_fini(&d);
}

static void connects_of_an_address_are_so_many_a_minute(void **state)
{
	(void)state;
	struct door d;
	configured(&d, 1000, 1000, 6);
	uint64_t now = 1000000;
	for (int i = 0; i < 6; i++) {
		assert_int_equal(enter(&d, "192.0.2.1", now), DOOR_IN);
		leave(&d, "192.0.2.1");
	}
	assert_int_equal(enter(&d, "192.0.2.1", now), DOOR_TOO_FAST);
	assert_int_equal(enter(&d, "192.0.2.2", now), DOOR_IN); // another's
	assert_int_equal(enter(&d, "192.0.2.1", now + 9999), DOOR_TOO_FAST);
	assert_int_equal(enter(&d, "192.0.2.1", now + 10000), DOOR_IN); // a sixth of a minute
	assert_int_equal(enter(&d, "192.0.2.1", now + 10001), DOOR_TOO_FAST);
	for (int i = 0; i < 6; i++)
		assert_int_equal(enter(&d, "192.0.2.1", now + 10000 + MINUTE), DOOR_IN);
	assert_int_equal(enter(&d, "192.0.2.1", now + 10000 + MINUTE), DOOR_TOO_FAST);
	door_fini(&d);
}

static void addresses_are_forgotten_when_their_minute_is_over(void **state)
{
	(void)state;
	struct door d;
	configured(&d, 1000, 10, 1);
	assert_int_equal(enter(&d, "192.0.2.1", 0), DOOR_IN);
	assert_int_equal(enter(&d, "192.0.2.2", 0), DOOR_IN);
	leave(&d, "192.0.2.1");
	door_minute(&d, MINUTE - 1);
	assert_int_equal(map_count(&d.addresses), 2);
	assert_int_equal(enter(&d, "192.0.2.1", MINUTE - 1), DOOR_TOO_FAST);
	door_minute(&d, MINUTE);
	assert_int_equal(map_count(&d.addresses), 1); // who is here stays
	assert_int_equal(enter(&d, "192.0.2.1", MINUTE), DOOR_IN);
	assert_int_equal(d.past, 0);
	door_fini(&d);
}

static void a_flood_of_addresses_takes_bounded_memory(void **state)
{
	(void)state;
	struct door d;
	configured(&d, 1, 1, 1);
	assert_int_equal(enter(&d, "192.0.2.1", 0), DOOR_IN);
	for (unsigned i = 0; i < 2 * DOOR_PAST_MAX + 10; i++) {
		char text[64];
		snprintf(text, sizeof text, "2001:db8:%x:%x::1", i >> 16, i & 0xffff);
		assert_int_equal(enter(&d, text, 0), DOOR_FULL);
	}
	assert_true(map_count(&d.addresses) <= DOOR_PAST_MAX + 1);
	assert_int_equal(d.past + d.n, map_count(&d.addresses));
	leave(&d, "192.0.2.1"); // is still known
	door_fini(&d);
}

static void banned_addresses_stay_out_also_after_a_change_of_bans(void **state)
{
	(void)state;
	struct door d;
	configured(&d, 10, 10, 100);
	assert_int_equal(enter(&d, "198.51.100.9", 0), DOOR_BANNED);
	assert_int_equal(enter(&d, "2001:db8:bad:7::1", 0), DOOR_BANNED);
	assert_int_equal(enter(&d, "198.51.101.9", 0), DOOR_IN);
	assert_true(door_is_banned(&d, SPAN("::ffff:198.51.100.9")));
	const struct config none = {
		.players = {.max = 1, .per_address = 1, .connects_per_minute = 9}};
	door_configure(&d, &none);
	assert_int_equal(enter(&d, "198.51.100.9", 0), DOOR_FULL);
	leave(&d, "198.51.101.9");
	assert_int_equal(enter(&d, "198.51.100.9", 0), DOOR_IN);
	door_fini(&d);
}

static void every_refusal_has_a_sentence(void **state)
{
	(void)state;
	for (int says = DOOR_IN; says <= DOOR_TOO_FAST; says++)
		assert_true(strlen(door_word((enum door_says)says)) > 5);
}

// --- X-Forwarded-For ---

static const struct {
	const char *value, *client; // NULL: nothing to believe
} lists[] = {
	{"192.0.2.1", "192.0.2.1"},
	{"203.0.113.5, 192.0.2.1", "192.0.2.1"}, // the left one may be anybody's invention
	{"203.0.113.5, 192.0.2.1, 10.1.1.1,10.2.2.2", "192.0.2.1"},
	{"10.3.3.3, 10.1.1.1", "10.3.3.3"},
	{"::1, ::ffff:192.0.2.1", "192.0.2.1"},
	{"192.0.2.1:4711", "192.0.2.1"},
	{"[2001:DB8::1]:4711", "2001:db8::1"},
	{"[2001:db8::1]", "2001:db8::1"},
	{"2001:db8::1", "2001:db8::1"},
	{"nonsense, 192.0.2.1", "192.0.2.1"},
	{"192.0.2.1, nonsense", NULL},
	{"192.0.2.1, unknown, 10.1.1.1", NULL},
	{"192.0.2.1, ", NULL},
	{"", NULL},
	{",", NULL},
	{"[", NULL},
	{"192.0.2.1:", "192.0.2.1"},
	{"host:80", NULL},
};

static void a_client_is_the_rightmost_one_that_is_no_proxy_of_ours(void **state)
{
	(void)state;
	struct door d;
	configured(&d, 1, 1, 1);
	for (size_t i = 0; i < countof(lists); i++) {
		char out[FORWARDED_BYTES] = "";
		bool found = forwarded_client(span_str(lists[i].value), &d, out);
		if (found != (lists[i].client != NULL) ||
			(found && strcmp(out, lists[i].client) != 0))
			fail_msg("\"%s\": %d %s", lists[i].value, found, out);
	}
	door_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(networks_have_their_addresses),
		TEST(anything_else_is_no_network),
		TEST(an_address_has_its_share_and_all_together_have_theirs),
		TEST(in_ipv6_a_64_is_one_address),
		TEST(who_has_no_address_is_bound_by_the_whole_only),
		TEST(connects_of_an_address_are_so_many_a_minute),
		TEST(addresses_are_forgotten_when_their_minute_is_over),
		TEST(a_flood_of_addresses_takes_bounded_memory),
		TEST(banned_addresses_stay_out_also_after_a_change_of_bans),
		TEST(every_refusal_has_a_sentence),
		TEST(a_client_is_the_rightmost_one_that_is_no_proxy_of_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
