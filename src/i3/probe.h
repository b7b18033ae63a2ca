// SPDX-License-Identifier: MIT
// Probe: can a TCP connection to this place be had?  It is closed as soon as it stands.
#pragma once
#include "net/conn.h"

struct probe;

struct probe_of {
	const char *host; // a loan
	uint16_t port;
	unsigned attempt; // which of several addresses
	void (*answer)(void *owner, bool reached);
	void *owner;
};

struct probe *probe_open(struct net *, const struct probe_of *); // answers once, later
void probe_cancel(struct probe *);                               // before the answer
