// SPDX-License-Identifier: MIT
#include "store_bed.h"

#include "base/mem.h"
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

void bed_done(void *owner, uint64_t id, enum store_result r)
{
	static const char *const words[] = {"ok", "failed", "held"};
	struct bed *b = owner;
	buf_printf(&b->said, "%llu:%s ", (unsigned long long)id, words[r]);
}

void bed_row(void *owner, struct span key, struct span value)
{
	struct bed *b = owner;
	buf_printf(&b->said, "%.*s=%.*s ", (int)key.n, key.p, (int)value.n, value.p);
}

bool bed_try_open(struct bed *b)
{
	loop_init(&b->loop);
	buf_clear(&b->why);
	b->s = store_open(&b->loop,
		&(struct store_config){
			.backend = b->backend->name, .path = b->backend->durable ? b->path : NULL},
		&b->why);
	if (!b->s)
		loop_fini(&b->loop);
	return b->s;
}

void bed_open(struct bed *b)
{
	if (!bed_try_open(b))
		fail_msg("%.*s", (int)b->why.n, b->why.p);
}

void bed_close(struct bed *b)
{
	store_close(b->s);
	b->s = NULL;
	loop_fini(&b->loop);
}

void bed_reopen(struct bed *b)
{
	bed_close(b);
	bed_open(b);
}

int bed_set_up(void **state)
{
	struct bed *b = mem_zalloc(sizeof *b);
	b->backend = *state;
	snprintf(b->dir, sizeof b->dir, "/tmp/store_test.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->path, sizeof b->path, "%s/state/records.db", b->dir);
	bed_open(b);
	*state = b;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

int bed_tear_down(void **state)
{
	struct bed *b = *state;
	if (b->s)
		bed_close(b);
	nftw(b->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	buf_fini(&b->said);
	buf_fini(&b->why);
	free(b);
	return 0;
}

// The store alone keeps the loop alive, so this returns when every call is answered.
void bed_check_said(struct bed *b, const char *want)
{
	loop_run(&b->loop);
	check_text(buf_bytes(&b->said), want);
	buf_clear(&b->said);
}

void bed_put(struct bed *b, const char *table, const char *key, const char *value)
{
	store_put(b->s, span_str(table), span_str(key), span_str(value), bed_done, b);
}

void bed_put_quietly(struct bed *b, const char *table, const char *key, const char *value)
{
	store_put(b->s, span_str(table), span_str(key), span_str(value), NULL, NULL);
}

void bed_take(struct bed *b, const char *table, const char *key)
{
	store_take(b->s, span_str(table), span_str(key), bed_done, b);
}

void bed_scan_quietly(struct bed *b, const char *table)
{
	store_scan(b->s, span_str(table), bed_row, NULL, b);
}

struct store_range bed_range(const char *from, const char *to)
{
	return (struct store_range){.table = SPAN("t"), .from = span_str(from), .to = span_str(to)};
}

void bed_trim(struct bed *b, const char *from, const char *to, uint32_t keep)
{
	struct store_range r = bed_range(from, to);
	store_trim(b->s, &r, keep, bed_done, b);
}

void bed_check_rows(struct bed *b, const char *table, const char *want)
{
	bed_scan_quietly(b, table);
	bed_check_said(b, want);
}

void bed_check_health(struct bed *b, bool want, const char *part)
{
	struct buf words = {0};
	assert_int_equal(store_health(b->s, &words), want);
	buf_char(&words, '\0');
	if (*part ? !strstr(words.p, part) : words.n > 1)
		fail_msg("health says \"%s\", not \"%s\"", words.p, part);
	buf_fini(&words);
}

void bed_check_refused(struct bed *b, const char *part)
{
	assert_false(bed_try_open(b));
	buf_char(&b->why, '\0');
	if (!strstr(b->why.p, part))
		fail_msg("refused with \"%s\", not \"%s\"", b->why.p, part);
}

int bed_run_tests(const struct store_backend *backend, const struct CMUnitTest *tests, size_t n)
{
	struct CMUnitTest *mine = mem_array(n, sizeof *mine);
	memcpy(mine, tests, n * sizeof *mine);
	for (size_t i = 0; i < n; i++)
		mine[i].initial_state = (void *)backend;
	int failed = _cmocka_run_group_tests(backend->name, mine, n, NULL, NULL);
	free(mine);
	return failed;
}
