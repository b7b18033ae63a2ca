// SPDX-License-Identifier: MIT
// The file service:
//
//	file-list-req   1 MUD  2 user  3 directory               file-list-reply  1 user  2 entries
//	file-get-req    1 id  2 MUD  3 user  4 name              file-get-reply   1 id  2 said  3 text
//	file-put        1 id  2 MUD  3 user  4 name  5 text      file-put-ack     1 id  2 said
//
// An entry is name, bytes (-2: a directory), time.  What is said stands in files.h.  The disk is a
// worker's business; the link hears nothing meanwhile.
#include "base/log.h"
#include "base/mem.h"
#include "i3/oob/files.h"
#include "i3/oob/request.h"
#include "i3/service.h"
#include <stdlib.h>

enum {
	LIST_BYTES_MAX = 128 << 10, // of a list we hear: it becomes one event
	JSON_BYTES_MAX = 512 << 10, // of a text we hear, escaped: half of what a session may have
	CONTROL_ESCAPED = 6,        // bytes of a control character in JSON
};

// --- serving ---

struct oob_work {
	struct link in_office;
	struct job job;
	struct oob_office *office; // NULL: gone
	uint64_t session;
	struct value id; // a number, or the user of a list
	char *root, *identity, *name, *content, *user;
	struct files_wish wish;
	struct files_result result;
};

static void work_free(struct oob_work *w)
{
	list_unlink(&w->in_office);
	files_result_fini(&w->result);
	free(w->root);
	free(w->identity);
	free(w->name);
	free(w->content);
	free(w->user);
	free(w);
}

static void send_list(struct oob_session *s, const struct oob_work *w)
{
	const struct files_result *r = &w->result;
	struct value_list entries = {.arena = &s->oob->arena};
	if (r->said != FILES_OK) {
		oob_session_refuse(s, "bad-directory", r->why);
		return;
	}
	for (size_t i = 0; i < r->n; i++) {
		struct value one[] = {value_str(r->entries[i].name), value_int(r->entries[i].bytes),
			value_int(r->entries[i].time)};
		value_push(&entries,
			value_array(arena_copy(&s->oob->arena, one, sizeof one), countof(one)));
	}
	struct value packet =
		VALUE_LIST(value_str("file-list-reply"), w->id, value_list_array(&entries));
	oob_session_send(s, &packet);
}

static void reply(struct oob_session *s, const struct oob_work *w)
{
	struct value said = value_int(w->result.said);
	struct value text = w->result.said == FILES_OK ? value_span(buf_bytes(&w->result.content))
						       : value_int(0);
	struct value got = VALUE_LIST(value_str("file-get-reply"), w->id, said, text);
	struct value put = VALUE_LIST(value_str("file-put-ack"), w->id, said);
	oob_begin(s->oob);
	switch (w->wish.verb) {
	case FILES_LIST: send_list(s, w); break;
	case FILES_READ: oob_session_send(s, &got); break;
	case FILES_WRITE: oob_session_send(s, &put); break;
	}
	oob_end(s->oob);
}

static void on_work(struct job *j)
{
	struct oob_work *w = container_of(j, struct oob_work, job);
	files_grant(&w->wish, &w->result);
}

static void on_done(struct job *j)
{
	struct oob_work *w = container_of(j, struct oob_work, job);
	static const char *const verbs[] = {"list", "get", "put"};
	struct oob_session *s = w->office ? oob_session_find(w->office->oob, w->session) : NULL;
	enum log_level level = w->office ? log_paced(&w->office->pace, LOG_INFO) : LOG_DEBUG;
	if (w->office)
		LOG_AT(level, "oob_file", log_str("mud", w->identity),
			log_str("does", verbs[w->wish.verb]), log_span("name", w->wish.name),
			log_int("said", w->result.said),
			log_str("why", w->result.why ? w->result.why : ""));
	if (s) {
		reply(s, w);
		oob_session_go_on(s);
	}
	work_free(w);
}

static void work(struct oob_session *s, enum files_verb verb, struct value id, struct span name,
	struct span content)
{
	struct oob_work *w = mem_zalloc(sizeof *w);
	w->office = s->office;
	w->session = s->id;
	w->user = span_dup(value_text(&id));
	w->id = value_is_str(&id) ? value_str(w->user) : value_int(heard_int(&id));
	w->root = mem_str(oob_config(s->oob)->oob.files);
	w->identity = mem_str(s->office->identity->name);
	w->name = span_dup(name);
	w->content = span_dup(content);
	w->wish = (struct files_wish){.verb = verb,
		.root = w->root,
		.identity = w->identity,
		.name = span_of(w->name, name.n),
		.content = span_of(w->content, content.n)};
	list_append(&s->office->works, &w->in_office);
	w->job.work = on_work;
	w->job.done = on_done;
	oob_session_hold(s);
	loop_job(net_loop(s->oob->i3->net), &w->job);
}

static void hear_list(struct oob_session *s, const struct value *v)
{
	work(s, FILES_LIST, *value_at(v, 2), value_text(value_at(v, 3)), (struct span){0});
}

static void hear_get(struct oob_session *s, const struct value *v)
{
	work(s, FILES_READ, value_int(heard_int(value_at(v, 1))), value_text(value_at(v, 4)),
		(struct span){0});
}

static void hear_put(struct oob_session *s, const struct value *v)
{
	struct value id = value_int(heard_int(value_at(v, 1)));
	if (oob_config(s->oob)->oob.upload) {
		work(s, FILES_WRITE, id, value_text(value_at(v, 4)), value_text(value_at(v, 5)));
		return;
	}
	struct value packet = VALUE_LIST(value_str("file-put-ack"), id, value_int(FILES_NO_WRITE));
	oob_session_send(s, &packet);
}

// --- asking ---

static const char *says(int64_t said)
{
	switch (said) {
	case FILES_OK: return NULL;
	case FILES_BAD_PATH: return "no such file or directory";
	case FILES_NO_READ: return "it may not be read";
	case FILES_NO_WRITE: return "it may not be written";
	}
	return "the MUD could not do it";
}

static bool is_reply(const struct oob_request *r, const struct value *v, const char *type)
{
	return span_is(value_text(value_at(v, 0)), type) && heard_int(value_at(v, 1)) == r->number;
}

static bool read_list(const struct oob_request *r, const struct value *v, struct value_list *params,
	const char **why)
{
	struct i3_link *l = oob_link(r->office);
	struct value_list all = {.arena = params->arena};
	const struct value *list = value_at(v, 2);
	size_t bytes = 0, i = 0;
	(void)why;
	if (!span_is(value_text(value_at(v, 0)), "file-list-reply"))
		return false;
	for (; list->type == VALUE_ARRAY && i < list->n && all.n < FILES_LIST_MAX &&
		bytes < LIST_BYTES_MAX;
		i++) {
		const struct value *e = &list->at[i];
		struct value_list one = {.arena = params->arena};
		struct span name =
			utf8_cut(heard_name(l, value_text(value_at(e, 0))), FILES_NAME_MAX);
		int64_t size = heard_int(value_at(e, 1));
		value_pair(&one, "name", value_span(name));
		value_pair(&one, "directory", value_bool(size == -2));
		value_pair(&one, "size", value_int(size < 0 ? 0 : size));
		value_pair(&one, "time", value_int(heard_int(value_at(e, 2))));
		value_push(&all, value_list_map(&one));
		bytes += name.n + sizeof one;
	}
	value_pair(params, "entries", value_list_array(&all));
	value_pair(params, "complete", value_bool(list->type != VALUE_ARRAY || i == list->n));
	return true;
}

static size_t json_bytes(struct span s)
{
	size_t n = s.n;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		n += c < ' ' ? CONTROL_ESCAPED - 1 : c == '"' || c == '\\';
	}
	return n;
}

static bool read_get(const struct oob_request *r, const struct value *v, struct value_list *params,
	const char **why)
{
	const struct value *text = value_at(v, 3);
	if (!is_reply(r, v, "file-get-reply"))
		return false;
	*why = says(heard_int(value_at(v, 2)));
	if (!*why && !value_is_str(text))
		*why = "the MUD sent no text";
	if (!*why && (text->n > FILES_BYTES_MAX || json_bytes(value_text(text)) > JSON_BYTES_MAX))
		*why = "too large: at most 262144 bytes";
	value_pair(params, "content", *text);
	return true;
}

static bool read_put(const struct oob_request *r, const struct value *v, struct value_list *params,
	const char **why)
{
	(void)params;
	if (!is_reply(r, v, "file-put-ack"))
		return false;
	*why = says(heard_int(value_at(v, 2)));
	return true;
}

static void wish(struct oob_office *f, const struct exchange_wish *w, struct exchange_answer *a)
{
	static const struct oob_request_kind kinds[] = {{EVENT_FILE_LIST_REPLY, read_list},
		{EVENT_FILE_GET_REPLY, read_get}, {EVENT_FILE_PUT_REPLY, read_put}};
	struct arena *arena = a->result.arena;
	struct value us = value_str(f->identity->name);
	struct value user = value_span(text_clean_name(arena, w->from_user));
	struct value name = value_span(text_clean_name(arena, w->name));
	struct value_list about = {.arena = arena};
	struct value list[] = {value_str("file-list-req"), us, user, name};
	struct value get[] = {value_str("file-get-req"), value_int(0), us, user, name};
	struct value put[] = {
		value_str("file-put"), value_int(0), us, user, name, value_span(w->text)};
	struct oob_request_new new = {.service = &oob_service_file,
		.kind = &kinds[w->verb - EXCHANGE_FILE_LIST],
		.numbered = w->verb != EXCHANGE_FILE_LIST,
		.about = &about};
	new.packet = w->verb == EXCHANGE_FILE_LIST  ? list
		     : w->verb == EXCHANGE_FILE_GET ? get
						    : put;
	new.n = w->verb == EXCHANGE_FILE_LIST  ? countof(list)
		: w->verb == EXCHANGE_FILE_GET ? countof(get)
					       : countof(put);
	value_pair(&about, w->verb == EXCHANGE_FILE_LIST ? "directory" : "name", name);
	if (w->verb == EXCHANGE_FILE_PUT && !files_is_text(w->text))
		oob_refuse(a, "content", "files are text without NUL");
	else
		oob_request(f, w, &new, a);
}

static void fini(struct oob_office *f)
{
	oob_requests_free(f);
	list_each(it, &f->works)
	{
		struct oob_work *w = container_of(it, struct oob_work, in_office);
		w->office = NULL;
		list_unlink(it);
	}
}

const struct oob_service oob_service_file = {
	.advertise = "file",
	.offered = offsetof(struct config_identity, services.file),
	.packets = (const struct oob_packet_row[]){{"file-get-req", 5, hear_get},
		{"file-list-req", 4, hear_list}, {"file-put", 6, hear_put}, {0}},
	.first = EXCHANGE_FILE_LIST,
	.last = EXCHANGE_FILE_PUT,
	.wish = wish,
	.fini = fini,
};
