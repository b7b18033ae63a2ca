// SPDX-License-Identifier: MIT
// What a client has told of itself, and how text for it looks because of that.  What the player says
// (prefer) outweighs it all.
//
// MTTS, the Mud Terminal Type Standard, is the third answer to TTYPE, and a variable of NEW-ENVIRON.
#include "base/mem.h"
#include "base/utf8.h"
#include "edge/telnet_priv.h"
#include <stdlib.h>

enum {
	MTTS_ANSI = 1,
	MTTS_UTF8 = 4,
	MTTS_256 = 8,
	MTTS_READER = 64,
	MTTS_TRUE = 256,
	MTTS_MSLP = 1024,
};

struct telnet_about *telnet_about(struct telnet *t)
{
	if (!t->about)
		t->about = mem_zalloc(sizeof *t->about);
	return t->about;
}

void telnet_about_free(struct telnet *t)
{
	if (!t->about)
		return;
	for (size_t i = 0; i < ABOUT_COUNT; i++)
		free(t->about->text[i]);
	free(t->about->supports);
	free(t->about);
	t->about = NULL;
}

// --- being told ---

void telnet_know(struct telnet *t, enum telnet_about_what what, struct span said)
{
	struct telnet_about *a = telnet_about(t);
	struct buf valid = {0}, clean = {0};
	said.n = min_size(said.n, (size_t)TERMINAL_NAME_MAX * 2);
	utf8_repair(&valid, said);
	text_clean(buf_bytes(&valid), &clean);
	struct span name = span_trim(utf8_cut(buf_bytes(&clean), TERMINAL_NAME_MAX));
	if (name.n && !span_eq(name, span_str(a->text[what]))) {
		free(a->text[what]);
		a->text[what] = span_dup(name);
		t->changed |= TERMINAL_CLIENT;
		telnet_look(t);
	}
	buf_fini(&valid);
	buf_fini(&clean);
}

static void know_charset(struct telnet *t, enum telnet_charset_from from, enum charset set)
{
	struct telnet_about *a = telnet_about(t);
	a->charset[from] = (uint8_t)set;
	a->charsets |= (uint8_t)(1 << from);
	telnet_look(t);
}

void telnet_know_charset(struct telnet *t, enum telnet_charset_from from, struct span name)
{
	enum charset set;
	if (charset_find(name, &set))
		know_charset(t, from, set);
}

void telnet_know_mtts(struct telnet *t, uint32_t bits)
{
	struct telnet_about *a = telnet_about(t);
	if (a->mtts == bits)
		return;
	a->mtts = bits;
	t->changed |= TERMINAL_CLIENT;
	// Without the bit it has some set of its own, of which only ASCII is known.
	know_charset(t, FROM_MTTS, bits & MTTS_UTF8 ? CHARSET_UTF8 : CHARSET_ASCII);
}

// --- how text looks ---

static bool type_ends(const struct telnet_about *a, const char *end)
{
	struct span type = span_str(a->text[ABOUT_TYPE]), client = span_str(a->text[ABOUT_CLIENT]);
	size_t n = strlen(end);
	return (type.n >= n && span_caseeq(span_of(type.p + type.n - n, n), span_str(end))) ||
	       (client.n >= n && span_caseeq(span_of(client.p + client.n - n, n), span_str(end)));
}

static enum look_colours colours(const struct telnet_about *a)
{
	if (a->mtts & MTTS_TRUE || type_ends(a, "-truecolor"))
		return LOOK_TRUE;
	if (a->mtts & MTTS_256 || type_ends(a, "-256color"))
		return LOOK_256;
	if ((a->mtts && !(a->mtts & MTTS_ANSI)) || type_ends(a, "dumb"))
		return LOOK_NONE;
	return LOOK_16;
}

// False: nobody said anything.
static bool charset(const struct telnet_about *a, uint8_t *set)
{
	for (int from = FROM_COUNT - 1; from > FROM_NOBODY; from--)
		if (a->charsets & 1 << from) {
			*set = a->charset[from];
			return true;
		}
	return false;
}

static void look_told(const struct telnet_about *a, struct look *look)
{
	look->colours = (uint8_t)colours(a);
	look->bright = look->colours >= LOOK_256;
	look->reader = a->mtts & MTTS_READER;
	if (a->mtts & MTTS_MSLP)
		look->links = LOOK_MSLP;
	charset(a, &look->charset);
}

// What is said to be ASCII and has more bytes is what they look like.
static void listen_in(struct charset_in *in, uint8_t set)
{
	uint8_t is = set == CHARSET_ASCII ? CHARSET_UTF8 : set;
	if (in->is != is)
		in->n = 0; // half a character of the old one is none of the new
	in->is = is;
	in->otherwise = is == CHARSET_UTF8 ? CHARSET_CP1252 : is;
}

void telnet_look(struct telnet *t)
{
	struct look look = {.colours = LOOK_16, .charset = CHARSET_UTF8};
	if (t->about)
		look_told(t->about, &look);
	if (telnet_us(t, TELNET_OPT_MXP) || telnet_him(t, TELNET_OPT_MXP))
		look.links = LOOK_MXP;
	look.sounds = telnet_us(t, TELNET_OPT_MSP);
	if (t->which & LOOK_COLOURS)
		look.colours = t->wanted.colours;
	if (t->which & LOOK_CHARSET)
		look.charset = t->wanted.charset;
	if (t->which & LOOK_READER)
		look.reader = t->wanted.reader;
	if (t->which & LOOK_WIDTH)
		look.width = t->wanted.width;
	if (!look_eq(&look, &t->terminal.look))
		t->changed |= TERMINAL_LOOK;
	t->terminal.look = look;
	listen_in(&t->charset, look.charset);
}

void telnet_prefer(struct terminal *term, const struct look *wanted, unsigned which)
{
	struct telnet *t = telnet_of(term);
	if (which & LOOK_COLOURS)
		t->wanted.colours = wanted->colours;
	if (which & LOOK_CHARSET)
		t->wanted.charset = wanted->charset;
	if (which & LOOK_READER)
		t->wanted.reader = wanted->reader;
	if (which & LOOK_WIDTH)
		t->wanted.width = wanted->width;
	t->which |= (uint8_t)which;
	if (!style_eq(&t->pen.style, &(struct style){0}))
		telnet_reset(term); // what was sent in colours that it may not have from now on
	telnet_look(t);
	telnet_arm(t);
}

void telnet_facts(const struct terminal *term, struct terminal_facts *f)
{
	const struct telnet *t = telnet_of(term);
	bool secure = conn_is_secure(t->conn);
	*f = (struct terminal_facts){.transport = secure ? "telnets" : "telnet",
		.width = t->width,
		.height = t->height,
		.gmcp = telnet_us(t, TELNET_OPT_GMCP) || telnet_him(t, TELNET_OPT_GMCP),
		.msdp = telnet_us(t, TELNET_OPT_MSDP),
		.eor = telnet_us(t, TELNET_OPT_EOR),
		.mccp = t->deflater != NULL,
		.secure = secure};
	if (!t->about)
		return;
	f->client = span_str(t->about->text[ABOUT_CLIENT]);
	f->version = span_str(t->about->text[ABOUT_VERSION]);
	f->type = span_str(t->about->text[ABOUT_TYPE]);
	f->supports = span_str(t->about->supports);
	f->mtts = t->about->mtts;
}
