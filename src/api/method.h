// SPDX-License-Identifier: MIT
// Method: one JSON-RPC method, one file, one row.  The row holds the law: who may call, which
// arguments, of which types and sizes; the handler begins with the work.  The OpenRPC document,
// docs/API.md and the checks all come from the row.
#pragma once
#include "base/value.h"
#include "hub/hub.h"

struct api;
struct client;

enum error {
#define ERROR(id, number, code, temporary, text) ERROR_##id,
#include "tables/errors.tbl"
	ERROR_COUNT
};

enum arg_type { ARG_TEXT, ARG_INT, ARG_BOOL, ARG_OBJECT, ARG_ARRAY, ARG_SCALAR, ARG_ANY };

struct arg {
	const char *name;
	const char *alias; // older spelling, also taken; or NULL
	enum arg_type type;
	bool required;
	int64_t min, max; // of an integer; of a text in bytes (min 1 when required); of an array
	const char *says;
};

#define UNIX_TIME_MAX INT64_C(253402300799) // the last second of the year 9999

struct result_field { // documentation of what comes back
	const char *name, *type, *says;
};

// Of calls that a MUD or the router may refuse.
#define REFUSAL_RESULTS                                                                            \
	{"error_code", "string", "when refused: unk-user, unk-dst, not-allowed, not-sent, …"},     \
	{                                                                                          \
		"error_message", "string", "when refused: in the words of who refused it"          \
	}

// Of calls to one player of another MUD; what is said and by whom stands between them.
#define TELL_TO_ARGS                                                                               \
	{"target_mud", NULL, ARG_TEXT, true, 1, 64, "name of the MUD, any case"},                  \
	{                                                                                          \
		"target_user", NULL, ARG_TEXT, true, 1, 64, "name of the player"                   \
	}
#define TELL_FROM_ARGS(says)                                                                       \
	{"from_user", NULL, ARG_TEXT, false, 0, 64, says},                                         \
	{                                                                                          \
		"wait", NULL, ARG_INT, false, 0, 30,                                               \
			"seconds to wait for a refusal before answering"                           \
	}
#define TELL_RESULTS(name)                                                                         \
	{"status", "string",                                                                       \
		"\"sent\": it is on its way; with wait \"refused\", "                              \
		"or \"delivered?\": nobody said no in time"},                                      \
		{"message_id", "string",                                                           \
			name "_MUD_UNIXTIME_NUMBER: no two are alike; a tell_failed "              \
			     "event names it"},                                                    \
		REFUSAL_RESULTS

struct call {
	struct api *api;
	struct client *client;
	struct session *session;   // NULL before authentication
	struct identity *identity; // the session's
	struct arena *arena;
	const struct method *method;
	const struct value *params;
	const struct value *id;   // of the request, for a call that is answered later
	bool alone;               // it has an id and is not in a batch
	bool may_defer;           // that, and small enough to be kept
	bool deferred;            // pending_new() took it: no answer now
	bool waited;              // the same call later, on its way to being answered
	int64_t number;           // of its wish, see call_exchange()
	struct span message_id;   // of what it sent; lasts as long as the call waits
	struct value_list result; // pairs: the result object
	struct {
		enum error error;
		const char *field;   // the argument it is about, or NULL
		struct span message; // instead of the row's text, or empty
		uint32_t retry_after_ms;
	} failure;
};

struct method {
	const char *name, *says;
	unsigned right;                     // enum right; RIGHT_ANY for every session
	bool before_auth;                   // may be called by anybody
	bool uncounted;                     // costs less than counting it would
	const struct arg *args;             // ends with a NULL name; or NULL
	const struct result_field *results; // ends with a NULL name; or NULL
	bool (*run)(struct call *);         // false: call->failure is set
};

extern const struct method *const methods[]; // NULL-terminated
const struct method *method_find(struct span name);

// Arguments, already checked.  Absent: "", 0, false, NULL.
struct span call_text(const struct call *, const char *name);
struct span call_text_or(const struct call *, const char *name, struct span otherwise);
int64_t call_int_or(const struct call *, const char *name, int64_t otherwise);
bool call_bool(const struct call *, const char *name);
const struct value *call_value(const struct call *, const char *name); // NULL when absent

static inline void call_put(struct call *c, const char *name, struct value v)
{
	value_pair(&c->result, name, v);
}
static inline void call_put_text(struct call *c, const char *name, const char *text)
{
	value_pair(&c->result, name, value_str(text));
}
void call_put_time(struct call *, const char *name); // now, "2026-01-02T03:04:05.678901"

bool call_fail(struct call *, enum error, const char *field); // always false
bool call_fail_say(struct call *, enum error, const char *field, const char *format, ...)
	printf_like(4, 5);
// The members of an answer that is a map with a status, such as a refusal; without one the status
// is `otherwise`.
void call_put_reply(struct call *, const struct value *answer, const char *otherwise);
// That this session joined or left a channel, to the others of its MUD.
void call_tell_others(struct call *, enum event, struct span channel);
// To the uplink, past moderation.  False: failed.
bool call_submit(struct call *, const struct intent *);
bool call_send(struct call *, const struct intent *); // the same, of what moderation has let out
bool call_sent(struct call *, enum sent);             // the same, of what became of it
// Is a line for a channel within channels.max_message_length?  False: failed.
bool call_check_line(struct call *, const char *name);
// "tell_AlphaMUD_1767323045_17": what a message sent to the network is called, in call->message_id.
// The last number is the daemon's own count, so that no two are alike.
void call_name_message(struct call *, const char *kind, struct span to);
void call_put_message_id(struct call *, const char *kind, struct span to); // and "sent"

// Checks params against the row; false: the failure says which argument and why.
bool method_check(struct call *) must_check;

struct error_row {
	int number;
	const char *code;
	bool temporary;
	const char *text;
};
extern const struct error_row error_rows[ERROR_COUNT];
