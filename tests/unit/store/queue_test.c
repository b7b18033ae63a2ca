// SPDX-License-Identifier: MIT
#include "check.h"

#include "base/mem.h"
#include "store/queue.h"
#include <stdlib.h>

static const struct call like = {.verb = CALL_PUT, .id = 7};

static struct call *put(struct queue *q, size_t value_bytes)
{
	char *value = mem_zalloc(value_bytes);
	struct call *c = queue_new_call(q, &like,
		&(struct store_change){.table = SPAN("table"),
			.key = SPAN("key"),
			.value = span_of(value, value_bytes)},
		true);
	free(value);
	return c;
}

static void a_call_takes_the_place_of_one_that_was_answered(void **state)
{
	struct queue q;
	(void)state;
	queue_init(&q);
	struct call *first = put(&q, 500), *second = put(&q, 1);
	assert_ptr_not_equal(first, second);
	first->done = (store_done *)(uintptr_t)1;
	first->n = 3;
	queue_free_call(&q, first);
	struct call *third = put(&q, 300);
	assert_ptr_equal(third, first);
	assert_true(span_eq(third->table, SPAN("table")) && span_eq(third->key, SPAN("key")));
	assert_int_equal(third->value.n, 300);
	assert_int_equal(third->id, 7);
	assert_null(third->done);
	assert_int_equal(third->n, 0);
	queue_free_call(&q, second);
	queue_free_call(&q, third);
	queue_fini(&q);
}

static void a_large_call_has_memory_of_its_own(void **state)
{
	struct queue q;
	(void)state;
	queue_init(&q);
	queue_free_call(&q, put(&q, 1));
	struct call *large = put(&q, STORE_VALUE_MAX_BYTES);
	assert_int_equal(large->value.n, STORE_VALUE_MAX_BYTES);
	assert_int_equal(q.n_spare, 1);
	queue_free_call(&q, large);
	assert_int_equal(q.n_spare, 1);
	queue_fini(&q);
}

static void what_a_burst_took_is_given_back(void **state)
{
	struct queue q;
	struct link all;
	(void)state;
	queue_init(&q);
	list_init(&all);
	for (int i = 0; i < QUEUE_SPARE_MAX + 5; i++)
		list_append(&all, &put(&q, 100)->link);
	queue_free_calls(&q, &all);
	assert_int_equal(q.n_spare, QUEUE_SPARE_MAX);
	queue_fini(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_takes_the_place_of_one_that_was_answered),
		cmocka_unit_test(a_large_call_has_memory_of_its_own),
		cmocka_unit_test(what_a_burst_took_is_given_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
