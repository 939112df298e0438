/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conversations of a port: who talks with one port of one public address, how much and for how long. Few
 * are followed, so that they cost a fixed space and little time. mirror/talk.go says the same in Go.
 */
#ifndef EK_TALK_H
#define EK_TALK_H

#include "act.h"

#define EK_LOUD 256      /* packets between two readings after which a conversation is not counted further */
#define EK_ONCE 10       /* readings of silence after which one that spoke in one reading only gives its place up */
#define EK_PAUSE 30      /* readings of silence after which one that is young does */
#define EK_SETTLED 60    /* readings from which on a conversation is not young */
#define EK_OVER 300      /* readings of silence after which any does */
#define EK_EPHEMERAL 32768

/* Whether a packet is of a service of the guest's: from the lower of both ports, and not from one of those that clients take. */
inlined int ek_is_served(const struct ek_packet *p)
{
	return p->sport < p->dport && p->sport < EK_EPHEMERAL;
}

/*
 * Gives a conversation a place, if there is one. A SYN does not begin one, so that a flood of them does not
 * take all places; and who has talked for a while keeps its place through pauses, unless it is loud.
 */
__attribute__((noinline)) u32 ek_talk_begin(struct ek_port *port, const struct ek_packet *p, u32 set, u32 tag)
{
	if (!port || !p || (p->marks & (P_SYN | P_SYNACK | P_RST)) || !ek_public(p->family, p->dst))
		return 0;
	u32 epoch = port->epoch;
	for (u32 i = 0; i < 4; i++) {
		u32 place = (set * 4 + i) & (EK_TALKS - 1);
		struct ek_talk_at *at = &port->talk_at[place];
		u32 silent = epoch - at->last;
		u32 age = at->last - at->first;
		if (at->tag && silent < EK_OVER && (silent < EK_PAUSE || age >= EK_SETTLED) && (silent < EK_ONCE || age > 0) &&
		    (silent > 0 || at->now < EK_LOUD))
			continue;
		struct ek_talk *t = &port->talks[place];
		*(volatile u32 *)&at->tag = 0;
		t->to[0] = p->dst[0];
		t->to[1] = p->dst[1];
		t->what = (u32)p->dport << 16 | (u32)p->protocol << 8 | p->family;
		t->syns = t->looks = t->stratum = 0;
		t->packets = p->packets;
		t->bytes = p->bytes;
		at->first = at->last = epoch;
		at->now = p->packets;
		*(volatile u32 *)&at->tag = tag;
		return place + 1;
	}
	return 0;
}

/* Counts a packet for its conversation. Returns its place, plus one; zero where it is not followed, or loud. */
inlined u32 ek_talk_count(struct ek_port *port, const struct ek_packet *p, u64 h, u32 epoch)
{
	if (p->protocol != 6 || !(p->marks & P_PORTS) || ek_is_served(p))
		return 0;
	h = ek_hash_more(h, p->dport);
	u32 set = (u32)h & (EK_TALKS / 4 - 1), tag = (u32)(h >> 32) | 1;
#pragma unroll
	for (u32 i = 0; i < 4; i++) {
		u32 place = (set * 4 + i) & (EK_TALKS - 1);
		struct ek_talk_at *at = &port->talk_at[place];
		if (at->tag != tag)
			continue;
		if (likely(at->last == epoch)) {
			if (at->now >= EK_LOUD)
				return 0;
		} else {
			at->last = epoch;
			at->now = 0;
		}
		struct ek_talk *t = &port->talks[place];
		if (t->to[1] != p->dst[1] || t->to[0] != p->dst[0] || t->what != ((u32)p->dport << 16 | 6 << 8 | p->family))
			return 0;
		at->now += p->packets;
		t->packets += p->packets;
		t->bytes += p->bytes;
		if (p->marks & P_SYN)
			t->syns += p->packets;
		return place + 1;
	}
	return ek_talk_begin(port, p, set, tag);
}

#endif
