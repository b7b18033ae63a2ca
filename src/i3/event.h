// SPDX-License-Identifier: MIT
// Event: telling our sessions what came in.  Texts and names are cleaned and cut on the way.
#pragma once
#include "base/value.h"
#include "hub/message.h"

struct i3_link;
struct packet;

struct value_list event_new(struct i3_link *, const struct packet *); // from_mud, from_user, to_…
void event_text(struct i3_link *, struct value_list *, const char *key, struct span);
void event_name(struct i3_link *, struct value_list *, const char *key, struct span);
void event_publish(struct i3_link *, enum event, const struct value_list *);
void event_shutdown(struct i3_link *, const struct packet *); // 6: seconds; the router's only
