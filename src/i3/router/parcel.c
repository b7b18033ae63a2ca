// SPDX-License-Identifier: MIT
// A packet on its way out: to sockets as a MudMode frame of LPC text, written once for all of them,
// in process as the value it is.
#include "base/log.h"
#include "base/metric.h"
#include "i3/router/router_priv.h"
#include "proto/codecs.h"

static bool parcel_write(struct router_parcel *p)
{
	struct router *r = p->router;
	p->bytes = router_text_bytes(r, p->packet);
	if (p->bytes == SIZE_MAX)
		return false;
	buf_clear(&r->frame);
	codec_mudmode.put(NULL, &r->frame, (struct codec_msg){.body = buf_bytes(&r->text)});
	p->frame = blob_new(r->frame.n);
	blob_append(p->frame, buf_bytes(&r->frame));
	return true;
}

bool router_parcel_to(struct router_parcel *p, struct router_link *l)
{
	if (l->peer)
		l->peer->on_packet(l->peer, p->packet);
	if (!l->conn)
		return true;
	if (!p->frame && !parcel_write(p))
		return false;
	if (p->bytes >= l->send_max) // with its NUL
		return false;
	conn_share(l->conn, p->frame, 0, p->frame->n);
	return true;
}

void router_parcel_fini(struct router_parcel *p)
{
	blob_unref(p->frame);
}

static bool send_value(struct router_link *l, const struct value *packet)
{
	struct router_parcel parcel = {.router = l->router, .packet = packet};
	bool sent = router_parcel_to(&parcel, l);
	router_parcel_fini(&parcel);
	return sent;
}

static struct value from_router(
	struct router *r, const struct packet *head, const struct value *body, size_t n)
{
	struct value *at = arena_alloc(&r->arena, (PACKET_HEADER + n) * sizeof *at);
	packet_header(at, head);
	if (n)
		memcpy(at + PACKET_HEADER, body, n * sizeof *at);
	return value_array(at, PACKET_HEADER + n);
}

bool router_send_to(struct router_link *l, struct span user, const char *type,
	const struct value *body, size_t n)
{
	struct packet head = {.type = span_str(type),
		.originator_mud = span_str(l->router->name),
		.target_mud = router_link_name(l),
		.target_user = user};
	struct value packet = from_router(l->router, &head, body, n);
	return send_value(l, &packet);
}

void router_send(struct router_link *l, const char *type, const struct value *body, size_t n)
{
	if (!router_send_to(l, (struct span){0}, type, body, n))
		log_error("router_send", log_span("mud", router_link_name(l)),
			log_str("type", type), log_str("why", "too large"));
}

void router_error(
	struct router_link *l, const char *code, const char *words, const struct packet *about)
{
	struct router *r = l->router;
	if (strcmp(code, "warning") != 0)
		router_drop(l, words, about);
	if (span_is(about->type, "error"))
		return;
	struct packet head = {.type = SPAN("error"),
		.originator_mud = span_str(r->name),
		.target_mud = l->mud ? router_link_name(l) : about->originator_mud,
		.target_user = about->originator_user};
	struct value body[] = {value_str(code), value_str(words), *about->all};
	struct value packet = from_router(r, &head, body, countof(body));
	if (body[2].type != VALUE_ARRAY || router_text_bytes(r, &packet) >= ROUTER_ERROR_BYTES) {
		body[2] = value_int(0);
		packet = from_router(r, &head, body, countof(body));
	}
	send_value(l, &packet);
}

void router_drop(struct router_link *l, const char *why, const struct packet *p)
{
	metric_add(METRIC_ROUTER_DROPPED, 1);
	log_debug("router_drop", log_span("mud", router_link_name(l)), log_span("type", p->type),
		log_str("why", why));
}
