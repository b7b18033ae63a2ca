// SPDX-License-Identifier: MIT
// What can be a rule, and when two names are the same to people.
#include "base/utf8.h"
#include "hub/moderation_priv.h"

// --- names ---

// Nobody gets round a rule with a name that only looks the same: letters in lower case, without
// what the network does not show.
static void fold_name(struct folded *f, struct span name)
{
	size_t end = f->n + FOLDED_MAX, last = f->n;
	name = span_trim(name);
	for (size_t i = 0; i < name.n && f->n < end; i++) {
		unsigned char c = (unsigned char)name.p[i];
		unsigned char next = i + 1 < name.n ? (unsigned char)name.p[i + 1] : 0;
		if (c == 0xc2 && next >= 0x80 && next < 0xa0) // C1
			i++;
		else if (c >= ' ' && c != 0x7f && (c != ' ' || f->n > last))
			f->at[f->n++] = ascii_lower((char)c);
	}
	while (f->n > last && f->at[f->n - 1] == ' ')
		f->n--;
}

struct span moderation_fold(struct folded *f, struct span user, struct span mud)
{
	f->n = 0;
	fold_name(f, user);
	f->at[f->n++] = '\n';
	fold_name(f, mud);
	return span_of(f->at, f->n);
}

// --- rules ---

static bool is_plain_text(struct span s)
{
	return !span_has_controls(s) && utf8_valid(s);
}

static bool is_empty_name(struct span name) // but not left out
{
	struct folded f;
	return name.n && moderation_fold(&f, name, (struct span){0}).n == 1;
}

const char *moderation_why_not(const struct moderation *m, const struct moderation_spec *s)
{
	bool is_word = s->kind == MODERATION_WORD;
	if (!is_plain_text(s->user) || !is_plain_text(s->mud) || !is_plain_text(s->pattern) ||
		!is_plain_text(s->reason) || !is_plain_text(s->scope))
		return "names, patterns and reasons have no control characters";
	if (s->user.n > MODERATION_NAME_MAX || s->mud.n > MODERATION_NAME_MAX ||
		s->reason.n > MODERATION_REASON_MAX)
		return "a name has at most 128 bytes, a reason 256";
	if (is_empty_name(s->user) || is_empty_name(s->mud))
		return "there is nothing to see of this name";
	if (s->kind <= MODERATION_BAN && !s->user.n && !s->mud.n)
		return "a mute or ban needs a user, a mud or both";
	if (is_word && m->n_words >= MODERATION_WORDS_MAX)
		return "there are 256 word rules already";
	if (s->kind != MODERATION_OFF && map_count(&m->rules) >= MODERATION_RULES_MAX)
		return "there are 10,000 rules already";
	return NULL;
}
