// SPDX-License-Identifier: MIT
#include "check.h"

#include "edge/game.h"

static void players_join_as_fast_as_configured(void **state)
{
	static const uint32_t turns_ms[] = {20, 100};
	(void)state;
	for (int rate = 1; rate <= 10000; rate++)
		for (size_t i = 0; i < countof(turns_ms); i++) {
			struct config_game c = {.join_rate = rate};
			struct game_pace p = game_pace(&(struct game){.config = &c}, turns_ms[i]);
			assert_true(p.n >= 1 && p.ms >= turns_ms[i] / 2);
			assert_true(p.n * SECOND_MS >= (uint32_t)rate * p.ms);
			assert_true(p.n * SECOND_MS < (uint32_t)rate * (p.ms + 1));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(players_join_as_fast_as_configured)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
