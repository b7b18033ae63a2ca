// SPDX-License-Identifier: MIT
// A store on a loop of its own in a temporary folder, and callbacks that write down, as text,
// what they were told.  For all tests of the store.
#pragma once
#include "check.h"

#include "net/loop.h"
#include "store/store.h"

struct bed {
	const struct store_backend *backend;
	struct loop loop;
	struct store *s;
	struct buf said; // what the callbacks said, as text
	struct buf why;
	char dir[64], path[96];
};

int bed_run_tests(const struct store_backend *, const struct CMUnitTest *, size_t n);
#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, bed_set_up, bed_tear_down)
int bed_set_up(void **state); // from the back end to an open bed
int bed_tear_down(void **state);

bool bed_try_open(struct bed *); // false: b->why
void bed_open(struct bed *);
void bed_close(struct bed *);
void bed_reopen(struct bed *);

void bed_done(void *bed, uint64_t id, enum store_result);
void bed_row(void *bed, struct span key, struct span value);
void bed_put(struct bed *, const char *table, const char *key, const char *value);
void bed_put_quietly(struct bed *, const char *table, const char *key, const char *value);
void bed_take(struct bed *, const char *table, const char *key);
void bed_scan_quietly(struct bed *, const char *table);
// All from <= key < to of table "t" ("": the end); the same but for the last `keep` is removed.
struct store_range bed_range(const char *from, const char *to);
void bed_trim(struct bed *, const char *from, const char *to, uint32_t keep);

// Until every call is answered; then compare what was said, and forget it.
void bed_check_said(struct bed *, const char *want);
void bed_check_rows(struct bed *, const char *table, const char *want);
void bed_check_health(struct bed *, bool want, const char *part);
void bed_check_refused(struct bed *, const char *part);
