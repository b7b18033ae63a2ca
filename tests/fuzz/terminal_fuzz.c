// SPDX-License-Identifier: MIT
// Any bytes from a player's client, behind whatever options it agreed to: the first byte says how they
// are cut.  What is written back to it is read as telnet, and nothing of it is BAD.
#include "../unit/edge/telnet_bed.c"
#include "proto/codecs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void say_oob(struct bed *b, struct span package, struct span json)
{
	struct oob m = {.package = package, .json = json};
	b->terminal->kind->oob(b->terminal, &m);
	oob_fini(&m);
}

static void read_back(struct span wire)
{
	struct codec_msg msg;
	struct buf reply = {0};
	void *state = mem_zalloc(codec_telnet.state_bytes);
	codec_telnet.init(state, TELNET_SUB_MAX);
	while (wire.n)
		ensure(codec_telnet.take(state, &wire, &msg, &reply) != CODEC_BAD);
	codec_telnet.fini(state);
	free(state);
}

// What the game and the player's words do meanwhile.
static void meddle(struct bed *b, size_t step)
{
	const struct terminal_kind *kind = b->terminal->kind;
	struct look look = {.reader = step & 1, .width = (uint16_t)(step % 3 * 10)};
	kind->hide(b->terminal, step % 4 == 1);
	if (step % 8 == 2)
		kind->prefer(b->terminal, &look, LOOK_READER | LOOK_WIDTH);
	if (step % 8 == 5)
		kind->reset(b->terminal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 2)
		return 0;
	log_threshold = LOG_CRITICAL;
	struct bed *b = bed_new();
	struct span wire = span_of(data + 1, n - 1);
	size_t step = 1 + data[0] % 64 * 8;
	b->quiet_changes = true;
	for (size_t i = 0; wire.n && b->terminal; i++) {
		bed_send(b, span_take(&wire, min_size(step, wire.n)));
		if (!b->terminal)
			break;
		meddle(b, i);
		bed_show(b, "It <rains>.\n> ", i % 2, data[0] & 0x80);
	}
	if (b->terminal) {
		say_oob(b, SPAN("MSDP"), SPAN("{\"HP\":[1,{\"a\":2}]}"));
		say_oob(b, SPAN("Char.Vitals"), SPAN("{}"));
		b->terminal->kind->hide(b->terminal, true);
		b->terminal->kind->reset(b->terminal);
	}
	read_back(bed_read(b));
	bed_free(b);
	return 0;
}
