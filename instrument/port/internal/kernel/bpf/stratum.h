/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the first payload of a conversation is Stratum, the protocol between miners and pools. It is looked at only
 * where policy says so, and what comes of it is a yes or a no. mirror/stratum.go says the same in Go.
 */
#ifndef EK_STRATUM_H
#define EK_STRATUM_H

#include "talk.h"

#define EK_LOOK 128      /* bytes of payload that are looked at */
#define EK_LEAST 40      /* bytes of payload that the shortest request has */
#define EK_LOOKS 3       /* packets of a conversation that are looked at */

struct ek_first {
	u8 data[EK_LOOK];
};

#define EK_WORD(a, b, c, d, e, f, g, h)                                                                       \
	((u64)(a) | (u64)(b) << 8 | (u64)(c) << 16 | (u64)(d) << 24 | (u64)(e) << 32 | (u64)(f) << 40 |       \
	 (u64)(g) << 48 | (u64)(h) << 56)

/* 1 where both are the same, else 0: without a branch, which the verifier would follow both ways, each time. */
inlined u64 ek_same(u64 a, u64 b)
{
	u64 x = a ^ b;
	x |= -x;
	asm volatile("" : "+r"(x));
	return x >> 63 ^ 1;
}

/* 1 where c is one of n characters from a on, else 0. */
inlined u32 ek_among(u32 c, u32 a, u32 n)
{
	u32 d = c - a;
	u32 x = ((d - n) & ~d) >> 31;
	asm volatile("" : "+r"(x)); /* no signed shift: the verifier follows both of what it may give */
	return x;
}

/*
 * A request of JSON that names a method of Stratum ("mining.subscribe" and its like, "eth_submitLogin"), or logs in under
 * what may be a wallet: 32 letters and digits or more.
 */
__attribute__((noinline)) u32 ek_is_stratum(const struct ek_first *b)
{
	if (!b || b->data[0] != '{')
		return 0;
	u64 named = 0, method = 0, login = 0, w = 0;
	u32 run = 0, wallet = 0;
	for (u32 i = 0; i < EK_LOOK; i++) { /* the last eight bytes are in w */
		u32 c = b->data[i];
		w = w >> 8 | (u64)c << 56;
		named |= ek_same(w, EK_WORD('"', 'm', 'i', 'n', 'i', 'n', 'g', '.'));
		named |= ek_same(w, EK_WORD('"', 'e', 't', 'h', '_', 's', 'u', 'b'));
		method |= ek_same(w, EK_WORD('"', 'm', 'e', 't', 'h', 'o', 'd', '"'));
		login |= ek_same(w, EK_WORD('"', 'l', 'o', 'g', 'i', 'n', '"', ':'));
		run = (run + 1) * (ek_among(c, '0', 10) | ek_among(c | 32, 'a', 26));
		wallet |= run >> 5;
	}
	return named || (method && login && wallet);
}

/* Looks at what a packet of a conversation brings, if it is one of the first that bring anything. Returns whether it did. */
inlined u32 ek_look(void *ctx, int xdp, struct ek_port *port, const struct ek_packet *p, u32 place)
{
	if (!port || !p)
		return 0;
	struct ek_talk *t = &port->talks[place & (EK_TALKS - 1)];
	u32 headers = p->headers, length = p->length;
	if (t->looks >= EK_LOOKS || length < headers + EK_LEAST || (p->marks & P_FRAGMENT))
		return 0;
	struct ek_first first = {};
	u32 n = length - headers;
	if (n > EK_LOOK)
		n = EK_LOOK;
	n = ek_some(n, EK_LOOK);
	t->looks++;
	if (xdp ? ek_xdp_load(ctx, headers, first.data, n) : ek_skb_load(ctx, headers, first.data, n))
		return 1;
	if (ek_is_stratum(&first)) {
		t->stratum = 1;
		t->looks = EK_LOOKS;
	}
	return 1;
}

/* Functions of their own, for the verifier. */
__attribute__((noinline)) u32 ek_look_skb(struct __sk_buff *skb, struct ek_port *port, const struct ek_packet *p, u32 place)
{
	return ek_look(skb, 0, port, p, place);
}

__attribute__((noinline)) u32 ek_look_xdp(struct xdp_md *xdp, struct ek_port *port, const struct ek_packet *p, u32 place)
{
	return ek_look(xdp, 1, port, p, place);
}

#endif
