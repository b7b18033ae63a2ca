// SPDX-License-Identifier: MIT
// How calls become jobs: the queue, its bounds, what goes into one transaction, and who is told.
// To add a back end: a file beside this one and a row in tables/stores.tbl.
#include "store/store.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/loop.h"
#include <stdlib.h>

// A healthy disk syncs in milliseconds, a sleeping one in seconds; after this people must know.
enum { STUCK_MS = 15 * SECOND_MS };

const struct store_backend *const stores[] = {
#define STORE(name) &store_##name,
#include "tables/stores.tbl"
	NULL,
};

// The changes first, by the words of struct store_change.
enum verb { CALL_PUT = STORE_PUT, CALL_TAKE = STORE_TAKE, CALL_TRIM = STORE_TRIM, CALL_SCAN };

struct call {
	struct link link; // on queue, batch->calls, answering or refused
	uint64_t id;
	enum verb verb;
	enum store_result result;
	store_done *done; // NULL: nobody waits
	store_row *row;   // NULL unless a scan somebody waits for
	void *owner;
	struct span table, key, value; // in bytes; of a trim or a scan: from and to
	uint32_t n;                    // what a trim keeps, or a scan is limited to
	bool backwards;                // a scan
	bool soon;                     // a put that may wait for others
	struct buf rows;               // a scan's harvest, see collect_row()
	char bytes[];
};

// What one job does: a run of changes as one transaction, or one scan.  So a scan that cannot be
// read fails no change, and the rows of only one scan wait in memory.
struct batch {
	struct job job;
	struct store *store; // NULL: closed meanwhile
	const struct store_backend *backend;
	void *back;
	struct link calls;
	struct call *scan; // NULL: changes
	struct store_change *changes;
	size_t n, cap;
	uint64_t since_ms;
	bool told_to_fail;
	bool ok;
	struct buf why;
	uv_sem_t worked; // posted by the worker; store_close() waits for it
};

// For calls that may wait; in memory of its own, because closing a timer takes a turn.
struct patience {
	struct timer timer;
	bool over; // nothing waits any longer
};

struct store {
	struct loop *loop;
	struct patience *patience;
	struct turn_end turn_end;
	const struct store_backend *backend;
	void *back;
	struct batch *batch;   // under way, or NULL
	struct link queue;     // calls accepted, not yet in a job
	struct link answering; // calls carried out
	struct link refused;   // calls over a bound; answered at the end of the turn
	size_t queued, queued_bytes;
	size_t n_soon; // of the queued ones
	uint64_t last_id;
	bool turned; // the loop has run: blocking is over
	bool in_callback;
	bool full; // a call was refused since the last job began
	unsigned fail_next;
	uint64_t failed;   // calls in jobs that failed, since all was well
	struct buf notice; // from opening
	struct buf why;    // of the last failure, empty when all is well
};

static struct call *first_call(struct link *list)
{
	return list_empty(list) ? NULL : container_of(list->next, struct call, link);
}

static void move_all(struct link *to, struct link *from)
{
	list_each(it, from)
	{
		list_unlink(it);
		list_append(to, it);
	}
}

static void free_call(struct call *c)
{
	list_unlink(&c->link);
	buf_fini(&c->rows);
	free(c);
}

static void free_calls(struct link *list)
{
	for (struct call *c; (c = first_call(list));)
		free_call(c);
}

// Harvested rows: length of key, length of value, key, value; in the order of the scan.
struct row_head {
	uint32_t key_bytes, value_bytes;
};

static void collect_row(void *owner, struct span key, struct span value)
{
	struct buf *rows = owner;
	struct row_head head = {(uint32_t)key.n, (uint32_t)value.n};
	buf_put(rows, &head, sizeof head);
	buf_span(rows, key);
	buf_span(rows, value);
}

// Asks again before each row whether somebody waits: a callback may forget the owner.
static void deliver_rows(struct call *c)
{
	struct span rest = buf_bytes(&c->rows);
	while (c->row && rest.n) {
		struct row_head head;
		memcpy(&head, span_take(&rest, sizeof head).p, sizeof head);
		struct span key = span_take(&rest, head.key_bytes);
		struct span value = span_take(&rest, head.value_bytes);
		c->row(c->owner, key, value);
	}
}

static void answer_all(struct store *s)
{
	s->in_callback = true;
	for (struct call *c; (c = first_call(&s->answering));) {
		if (c->result == STORE_OK)
			deliver_rows(c);
		list_unlink(&c->link);
		if (c->done)
			c->done(c->owner, c->id, c->result);
		free_call(c);
	}
	s->in_callback = false;
}

static void note_result(struct store *s, const struct batch *b)
{
	if (b->ok) {
		if (!b->scan && s->why.n) { // reading proves nothing about writing
			log_info("store_recovered", log_int("lost_calls", (int64_t)s->failed));
			buf_clear(&s->why);
			s->failed = 0;
		}
		return;
	}
	s->failed += b->scan ? 1 : b->n;
	if (!s->why.n)
		log_error("store_failed", log_span("why", buf_bytes(&b->why)));
	buf_clear(&s->why);
	buf_span(&s->why, buf_bytes(&b->why));
}

static void add_change(struct batch *b, const struct call *c)
{
	if (b->n == b->cap) {
		b->cap = max_size(b->cap * 2, 8);
		b->changes = mem_grow(b->changes, b->cap, sizeof *b->changes);
	}
	b->changes[b->n++] = (struct store_change){.verb = (enum store_verb)c->verb,
		.table = c->table,
		.key = c->key,
		.value = c->value,
		.keep = c->n};
}

static struct store_range range_of(const struct call *c)
{
	return (struct store_range){.table = c->table,
		.from = c->key,
		.to = c->value,
		.limit = c->n,
		.backwards = c->backwards};
}

static struct batch *take_batch(struct store *s)
{
	struct batch *b = mem_zalloc(sizeof *b);
	*b = (struct batch){.store = s, .backend = s->backend, .back = s->back};
	list_init(&b->calls);
	ensure(uv_sem_init(&b->worked, 0) == 0);
	list_each(it, &s->queue)
	{
		struct call *c = container_of(it, struct call, link);
		if (c->verb == CALL_SCAN && b->n)
			break;
		list_unlink(it);
		list_append(&b->calls, it);
		s->queued--;
		s->n_soon -= c->soon;
		s->queued_bytes -= c->table.n + c->key.n + c->value.n;
		if (c->verb == CALL_SCAN) {
			b->scan = c;
			break;
		}
		add_change(b, c);
	}
	if (s->fail_next) {
		s->fail_next--;
		b->told_to_fail = true;
	}
	s->full = false;
	s->patience->over = false;
	if (s->n_soon) // behind a scan, which is a job of its own
		timer_start(&s->patience->timer, STORE_SOON_MS);
	else
		timer_stop(&s->patience->timer);
	b->since_ms = clock_ms();
	return b;
}

static void free_batch(struct batch *b)
{
	ensure(list_empty(&b->calls));
	uv_sem_destroy(&b->worked);
	buf_fini(&b->why);
	free(b->changes);
	free(b);
}

// On a worker, or on the loop where blocking is allowed.
static void run_batch(struct batch *b)
{
	if (b->told_to_fail) {
		buf_lit(&b->why, "the store was told to fail");
	} else if (!b->scan) {
		b->ok = b->backend->write(b->back, b->changes, b->n, &b->why);
	} else {
		struct buf *rows = &b->scan->rows;
		struct store_range range = range_of(b->scan);
		rows->max = STORE_SCAN_MAX_BYTES;
		b->ok = b->backend->scan(b->back, &range, collect_row, rows, &b->why);
		if (b->ok && rows->failed) {
			b->ok = false;
			buf_printf(&b->why, "the store's table %.*s holds more than %d bytes",
				(int)b->scan->table.n, b->scan->table.p, STORE_SCAN_MAX_BYTES);
		}
	}
}

static void settle(struct store *s, struct batch *b)
{
	list_each(it, &b->calls)
	{
		struct call *c = container_of(it, struct call, link);
		c->result = b->ok ? STORE_OK : STORE_FAILED;
	}
	move_all(&s->answering, &b->calls);
	note_result(s, b);
}

static void on_work(struct job *j)
{
	struct batch *b = container_of(j, struct batch, job);
	run_batch(b);
	uv_sem_post(&b->worked);
}

static void on_work_done(struct job *j)
{
	struct batch *b = container_of(j, struct batch, job);
	struct store *s = b->store;
	if (s) {
		s->batch = NULL;
		settle(s, b);
	}
	free_batch(b);
	if (s)
		answer_all(s);
}

static void on_patience_over(struct timer *t) // the turn ends after it
{
	container_of(t, struct patience, timer)->over = true;
}

static void on_patience_closed(struct timer *t)
{
	free(container_of(t, struct patience, timer));
}

static bool may_start(const struct store *s)
{
	bool patient = s->queued == s->n_soon && s->queued < STORE_SOON_CALLS;
	return s->queued && (!patient || s->patience->over);
}

static void on_turn_end(struct turn_end *e)
{
	struct store *s = container_of(e, struct store, turn_end);
	s->turned = true;
	move_all(&s->answering, &s->refused);
	if (!list_empty(&s->answering)) {
		answer_all(s);
		loop_again(s->loop); // answers may have been written behind the flush
	}
	if (s->batch || !may_start(s))
		return;
	s->batch = take_batch(s);
	s->batch->job.work = on_work;
	s->batch->job.done = on_work_done;
	loop_job(s->loop, &s->batch->job);
}

// Blocks until the queue is empty; the answers wait for their turn.
static void drain(struct store *s)
{
	while (!list_empty(&s->queue)) {
		struct batch *b = take_batch(s);
		run_batch(b);
		settle(s, b);
		free_batch(b);
	}
}

static bool is_too_large(const struct store_change *what)
{
	size_t max = what->verb == STORE_PUT ? STORE_VALUE_MAX_BYTES : STORE_KEY_MAX_BYTES;
	return what->table.n > STORE_TABLE_MAX_BYTES || what->key.n > STORE_KEY_MAX_BYTES ||
	       what->value.n > max;
}

static bool has_room(const struct store *s, size_t bytes)
{
	return s->queued < STORE_QUEUE_MAX && bytes <= STORE_QUEUE_MAX_BYTES - s->queued_bytes;
}

// Logged once per job that is waited for: a full queue sees many calls.
static bool may_wait(struct store *s, const struct store_change *what, size_t bytes)
{
	if (is_too_large(what)) {
		log_warning("store_too_large", log_span("table", what->table),
			log_int("bytes", (int64_t)bytes));
		return false;
	}
	if (has_room(s, bytes))
		return true;
	if (!s->full)
		log_error("store_full", log_int("waiting", (int64_t)s->queued),
			log_int("waiting_bytes", (int64_t)s->queued_bytes));
	s->full = true;
	return false;
}

static uint64_t add_call(struct store *s, const struct call *like, const struct store_change *what)
{
	size_t bytes = what->table.n + what->key.n + what->value.n;
	bool ok = may_wait(s, what, bytes);
	struct call *c = mem_alloc(sizeof *c + (ok ? bytes : 0));
	*c = *like;
	c->id = ++s->last_id;
	if (!ok || !c->soon)
		loop_again(s->loop);
	if (!ok) {
		c->result = STORE_FAILED;
		list_append(&s->refused, &c->link);
		return c->id;
	}
	if (c->soon && !s->n_soon++)
		timer_start(&s->patience->timer, STORE_SOON_MS);
	char *at = c->bytes;
	c->table = span_put(&at, what->table);
	c->key = span_put(&at, what->key);
	c->value = span_put(&at, what->value);
	s->queued++;
	s->queued_bytes += bytes;
	list_append(&s->queue, &c->link);
	return c->id;
}

uint64_t store_put(struct store *s, struct span table, struct span key, struct span value,
	store_done *done, void *owner)
{
	return add_call(s, &(struct call){.verb = CALL_PUT, .done = done, .owner = owner},
		&(struct store_change){.table = table, .key = key, .value = value});
}

uint64_t store_put_soon(struct store *s, struct span table, struct span key, struct span value,
	store_done *done, void *owner)
{
	return add_call(s,
		&(struct call){.verb = CALL_PUT, .soon = true, .done = done, .owner = owner},
		&(struct store_change){.table = table, .key = key, .value = value});
}

uint64_t store_take(
	struct store *s, struct span table, struct span key, store_done *done, void *owner)
{
	return add_call(s, &(struct call){.verb = CALL_TAKE, .done = done, .owner = owner},
		&(struct store_change){.verb = STORE_TAKE, .table = table, .key = key});
}

uint64_t store_trim(
	struct store *s, const struct store_range *r, uint32_t keep, store_done *done, void *owner)
{
	return add_call(s,
		&(struct call){.verb = CALL_TRIM, .n = keep, .done = done, .owner = owner},
		&(struct store_change){
			.verb = STORE_TRIM, .table = r->table, .key = r->from, .value = r->to});
}

uint64_t store_range(
	struct store *s, const struct store_range *r, store_row *row, store_done *done, void *owner)
{
	return add_call(s,
		&(struct call){.verb = CALL_SCAN,
			.n = r->limit,
			.backwards = r->backwards,
			.row = row,
			.done = done,
			.owner = owner},
		// Its ends are two keys, as a trim's are.
		&(struct store_change){
			.verb = STORE_TRIM, .table = r->table, .key = r->from, .value = r->to});
}

uint64_t store_scan(
	struct store *s, struct span table, store_row *row, store_done *done, void *owner)
{
	return store_range(s, &(struct store_range){.table = table}, row, done, owner);
}

bool store_range_now(
	struct store *s, const struct store_range *r, store_row *row, void *owner, struct buf *why)
{
	ensure(!s->turned && !s->in_callback);
	drain(s);
	s->in_callback = true;
	bool ok = s->backend->scan(s->back, r, row, owner, why);
	s->in_callback = false;
	return ok;
}

bool store_scan_now(
	struct store *s, struct span table, store_row *row, void *owner, struct buf *why)
{
	return store_range_now(s, &(struct store_range){.table = table}, row, owner, why);
}

static void forget_in(struct link *list, const void *owner)
{
	list_each(it, list)
	{
		struct call *c = container_of(it, struct call, link);
		if (c->owner == owner) {
			c->done = NULL;
			c->row = NULL;
		}
	}
}

void store_load(struct store *s, struct span table, store_row *row, void *owner, const char *what)
{
	struct buf why = {0};
	if (!store_scan_now(s, table, row, owner, &why))
		die("%s cannot be read: %.*s", what, (int)why.n, why.p);
	buf_fini(&why);
}

void store_forget(struct store *s, const void *owner)
{
	forget_in(&s->queue, owner);
	forget_in(&s->answering, owner);
	forget_in(&s->refused, owner);
	if (s->batch)
		forget_in(&s->batch->calls, owner);
}

static void say(struct buf *words, struct span sentence)
{
	if (words->n)
		buf_lit(words, "; ");
	buf_span(words, sentence);
}

bool store_health(const struct store *s, struct buf *words)
{
	bool stuck = s->batch && clock_ms() - s->batch->since_ms > STUCK_MS;
	if (s->why.n)
		say(words, buf_bytes(&s->why));
	if (stuck)
		say(words, SPAN("the disk under the store does not answer"));
	if (s->full)
		say(words, SPAN("too many calls wait for the store: it refuses more"));
	if (s->notice.n)
		say(words, buf_bytes(&s->notice));
	return !s->why.n && !stuck && !s->full;
}

void store_fail_next(struct store *s, unsigned jobs)
{
	s->fail_next = jobs;
}

static const struct store_backend *find_backend(const struct store_config *cfg)
{
	const char *name = cfg->backend ? cfg->backend : cfg->path ? "sqlite" : "memory";
	for (const struct store_backend *const *it = stores; *it; it++)
		if (strcmp((*it)->name, name) == 0)
			return *it;
	return NULL;
}

struct store *store_open(struct loop *l, const struct store_config *cfg, struct buf *why)
{
	const struct store_backend *backend = find_backend(cfg);
	if (!backend) {
		buf_printf(why, "there is no store called %s", cfg->backend);
		return NULL;
	}
	if (backend->durable && (!cfg->path || !*cfg->path)) {
		buf_printf(why, "the %s store needs the path of its file", backend->name);
		return NULL;
	}
	struct buf notice = {0};
	void *back = backend->open(cfg->path, &notice, why);
	if (!back) {
		buf_fini(&notice);
		return NULL;
	}
	struct store *s = mem_zalloc(sizeof *s);
	s->loop = l;
	s->backend = backend;
	s->back = back;
	s->notice = notice;
	list_init(&s->queue);
	list_init(&s->answering);
	list_init(&s->refused);
	s->patience = mem_zalloc(sizeof *s->patience);
	timer_init(l, &s->patience->timer, on_patience_over);
	s->turn_end.run = on_turn_end;
	loop_at_turn_end(l, &s->turn_end);
	return s;
}

// A job under way is waited for here and freed by the loop when that next looks.
void store_close(struct store *s)
{
	if (!s)
		return;
	ensure(!s->in_callback);
	list_unlink(&s->turn_end.link);
	if (s->batch) {
		uv_sem_wait(&s->batch->worked);
		s->batch->store = NULL;
		settle(s, s->batch);
	}
	drain(s);
	timer_close(&s->patience->timer, on_patience_closed);
	free_calls(&s->answering);
	free_calls(&s->refused);
	s->backend->close(s->back);
	buf_fini(&s->notice);
	buf_fini(&s->why);
	free(s);
}
