// SPDX-License-Identifier: MIT
#include "check.h"

#include "bridge/queue.h"

static struct bridge_message *message(const char *content)
{
	struct bridge_words w = {.msg_id = SPAN("m"),
		.channel = SPAN("c"),
		.author_id = SPAN("a"),
		.content = span_str(content)};
	return bridge_message_new(&w);
}

static void what_was_put_first_is_taken_first(void **state)
{
	struct bridge_queue q;
	(void)state;
	bridge_queue_init(&q);
	assert_null(bridge_queue_oldest(&q));
	bridge_queue_put(&q, message("one"));
	bridge_queue_put(&q, message("two"));
	assert_int_equal(q.n, 2);
	check_text(bridge_queue_oldest(&q)->words.content, "one");
	for (int i = 0; i < 2; i++) {
		struct bridge_message *m = bridge_queue_take(&q);
		check_text(m->words.content, i ? "two" : "one");
		bridge_message_free(m);
	}
	assert_null(bridge_queue_oldest(&q));
	assert_int_equal(q.n, 0);
}

static void a_message_owns_what_it_says(void **state)
{
	char content[] = "before";
	(void)state;
	struct bridge_message *m = message(content);
	memset(content, 'x', sizeof content - 1);
	check_text(m->words.content, "before");
	check_text(m->words.channel, "c");
	assert_true(m->bytes >= sizeof *m + strlen("mcabefore"));
	bridge_message_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_put_first_is_taken_first),
		TEST(a_message_owns_what_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
