// SPDX-License-Identifier: MIT
// beep: one player's terminal is to sound, for another who wants to be noticed.  6 visname.
#include "i3/service.h"
#include "i3/talk.h"

const struct service service_beep = {
	.type = "beep",
	.elements = 7,
	.advertise = "beep",
	.offered = OFFERED(beep),
	.hear = talk_hear_beep,
	.intent = INTENT_BEEP,
	.submit = talk_submit_beep,
};
