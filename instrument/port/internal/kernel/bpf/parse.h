/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One packet's headers: Ethernet, up to two VLAN tags, IPv4, IPv6 with up to eight extension headers,
 * TCP, UDP, ICMP. mirror/parse.go says the same in Go, and tests hold the two together.
 */
#ifndef EK_PARSE_H
#define EK_PARSE_H

#include "layout.h"

#define EK_EXTENSIONS 8

enum {
	P_FRAGMENT = 1,
	P_LATER = 2,     /* a fragment that is not the first: no ports */
	P_MALFORMED = 4,
	P_SYN = 8,       /* without ACK */
	P_SYNACK = 16,
	P_RST = 32,
	P_TUNNEL = 64,
	P_PORTS = 128,   /* TCP or UDP, with both ports read */
	P_ARP = 256,
	P_ICMP = 512,    /* with its type in sport */
	P_SHORT = 1024,  /* the kernel has not all headers in one piece: pull and read again */
};

struct ek_packet {
	u64 src[2], dst[2];
	u32 bytes;   /* on the wire, of all segments */
	u32 packets; /* on the wire */
	u32 size;    /* of one of them */
	u32 headers; /* where they end */
	u32 length;  /* of the frame as it lies here */
	u32 marks;
	u16 sport, dport;
	u8 family, protocol;
};

/* Says malformed where the packet ends too early, and short where only the piece does. */
#define EK_NEED(at, n, room)                                \
	do {                                                \
		if ((room) < (n)) {                         \
			p->marks |= P_MALFORMED;            \
			return;                             \
		}                                           \
		if ((void *)((at) + (n)) > end) {           \
			p->marks |= P_SHORT;                \
			return;                             \
		}                                           \
	} while (0)

inlined void ek_parse_tcp(struct ek_packet *p, u8 *at, void *end, u32 room)
{
	EK_NEED(at, 20, room);
	u32 size = (at[12] >> 4) * 4;
	if (size < 20 || size > room) {
		p->marks |= P_MALFORMED;
		return;
	}
	p->sport = ek_swap16(*(u16 *)at);
	p->dport = ek_swap16(*(u16 *)(at + 2));
	p->headers += size;
	u8 flags = at[13];
	u32 marks = P_PORTS;
	if ((flags & 0x12) == 0x02)
		marks |= P_SYN;
	if ((flags & 0x12) == 0x12)
		marks |= P_SYNACK;
	if (flags & 0x04)
		marks |= P_RST;
	p->marks |= marks;
}

inlined void ek_parse_udp(struct ek_packet *p, u8 *at, void *end, u32 room, u32 gso)
{
	EK_NEED(at, 8, room);
	u32 size = ek_swap16(*(u16 *)(at + 4));
	if (!gso && (size < 8 || (size > room && !(p->marks & P_FRAGMENT)))) {
		p->marks |= P_MALFORMED;
		return;
	}
	p->sport = ek_swap16(*(u16 *)at);
	p->dport = ek_swap16(*(u16 *)(at + 2));
	p->headers += 8;
	p->marks |= P_PORTS;
}

inlined void ek_parse_transport(struct ek_packet *p, u8 *at, void *end, u32 room, u32 protocol, u32 gso)
{
	switch (protocol) {
	case 6:
		ek_parse_tcp(p, at, end, room);
		return;
	case 17:
		ek_parse_udp(p, at, end, room, gso);
		return;
	case 1:
	case 58:
		EK_NEED(at, 8, room);
		p->sport = at[0];
		p->headers += 8;
		p->marks |= P_ICMP;
		return;
	case 4:
	case 41:
	case 47:
		p->marks |= P_TUNNEL;
	}
}

inlined int ek_is_extension(u32 next)
{
	return next == 0 || next == 43 || next == 44 || next == 51 || next == 60 || next == 135 || next == 139 || next == 140;
}

/* What a walk over extension headers found: their size in the low 16 bits, the protocol behind them above, marks. */
enum { W_PROTOCOL = 16, W_FRAGMENT = 1 << 24, W_LATER = 1 << 25, W_MALFORMED = 1 << 26 };

/*
 * Walks over extension headers, which begin at an offset of the frame. It copies each one's first bytes:
 * such packets are rare, and the verifier follows numbers more easily than pointers.
 */
inlined u32 ek_walk(void *ctx, int xdp, u32 offset, u32 room, u32 next)
{
	u32 size = 0, marks = 0;
	for (int i = 0; i < EK_EXTENSIONS; i++) {
		if (!ek_is_extension(next))
			break;
		u8 h[8] = {};
		if (size + 8 > room || size > 0x7fff || offset > 0xff ||
		    (xdp ? ek_xdp_load(ctx, offset + size, h, 8) : ek_skb_load(ctx, offset + size, h, 8)))
			return size | marks | W_MALFORMED;
		u32 fragment = (u32)h[2] << 8 | h[3];
		u32 n = (u32)h[1] * (next == 51 ? 4 : 8) + 8;
		if (next == 44) {
			n = 8;
			marks |= W_FRAGMENT;
			if (fragment & 0xfff8)
				marks |= W_LATER;
		}
		if (size + n > room)
			return size | marks | W_MALFORMED;
		size += n;
		next = h[0];
		if (marks & W_LATER)
			return size | marks | next << W_PROTOCOL;
	}
	if (ek_is_extension(next)) /* more than anybody sends */
		marks |= W_MALFORMED;
	return size | marks | next << W_PROTOCOL;
}

u32 ek_walk_skb(struct __sk_buff *skb, u32 offset, u32 room, u32 next);
u32 ek_walk_xdp(struct xdp_md *xdp, u32 offset, u32 room, u32 next);

inlined int ek_is_tag(u16 type)
{
	return type == ek_swap16(0x8100) || type == ek_swap16(0x88a8) || type == ek_swap16(0x9100);
}

/* Reads a frame of len bytes, of which those before end are in one piece. */
inlined void ek_parse_frame(void *ctx, int xdp, struct ek_packet *p, u8 *at, void *end, u32 len, u32 gso)
{
	u32 headers = 14, marks = 0, protocol;
	p->marks = 0;
	p->family = p->protocol = 0;
	p->sport = p->dport = 0;
	p->headers = 14;
	EK_NEED(at, 14, len);
	u16 type = *(u16 *)(at + 12);
	if (unlikely(ek_is_tag(type))) {
		EK_NEED(at, 18, len);
		type = *(u16 *)(at + 16);
		headers = 18;
		if (ek_is_tag(type)) {
			EK_NEED(at, 22, len);
			type = *(u16 *)(at + 20);
			headers = 22;
		}
		p->headers = headers;
	}
	at += headers;
	u32 room = len - headers;
	if (likely(type == ek_swap16(0x0800))) {
		EK_NEED(at, 20, room);
		u32 size = (at[0] & 15) * 4, total = ek_swap16(*(u16 *)(at + 2));
		if (at[0] >> 4 != 4 || size < 20) {
			p->marks = P_MALFORMED;
			return;
		}
		if (!gso) {
			if (total < size || total > room) {
				p->marks = P_MALFORMED;
				return;
			}
			room = total;
		}
		if (size > room) {
			p->marks = P_MALFORMED;
			return;
		}
		p->family = EK_V4;
		p->src[0] = p->dst[0] = 0;
		p->src[1] = *(u32 *)(at + 12);
		p->dst[1] = *(u32 *)(at + 16);
		protocol = at[9];
		u32 fragment = ek_swap16(*(u16 *)(at + 6));
		if (unlikely(fragment & 0x3fff))
			marks = fragment & 0x1fff ? P_FRAGMENT | P_LATER : P_FRAGMENT;
		headers += size;
		room -= size;
		at += size;
	} else if (type == ek_swap16(0x86dd)) {
		EK_NEED(at, 40, room);
		if (at[0] >> 4 != 6) {
			p->marks = P_MALFORMED;
			return;
		}
		u32 payload = ek_swap16(*(u16 *)(at + 4));
		protocol = at[6];
		room -= 40;
		if (!gso && !(payload == 0 && protocol == 0)) { /* else it may be a jumbogram, and the frame says how long */
			if (payload > room) {
				p->marks = P_MALFORMED;
				return;
			}
			room = payload;
		}
		p->family = EK_V6;
		p->src[0] = *(u64 *)(at + 8);
		p->src[1] = *(u64 *)(at + 16);
		p->dst[0] = *(u64 *)(at + 24);
		p->dst[1] = *(u64 *)(at + 32);
		headers += 40;
		at += 40;
		if (unlikely(ek_is_extension(protocol))) {
			u32 walked = xdp ? ek_walk_xdp(ctx, headers, room, protocol) : ek_walk_skb(ctx, headers, room, protocol);
			u32 size = walked & 0x7fff;
			protocol = walked >> W_PROTOCOL & 255;
			if (walked & W_FRAGMENT)
				marks |= P_FRAGMENT;
			if (walked & W_LATER)
				marks |= P_LATER;
			if (walked & W_MALFORMED)
				marks |= P_MALFORMED;
			headers += size;
			at += size;
			room -= size;
		}
	} else {
		if (type == ek_swap16(0x0806))
			p->marks = P_ARP;
		return;
	}
	p->headers = headers;
	p->protocol = protocol;
	p->marks = marks;
	if (likely(!(marks & (P_LATER | P_MALFORMED))))
		ek_parse_transport(p, at, end, room, protocol, gso);
}

/* How many packets on the wire a frame of len bytes becomes that the kernel or a guest left to be cut. */
inlined void ek_measure(struct ek_packet *p, u32 len, u32 segments, u32 gso)
{
	p->bytes = p->size = p->length = len;
	p->packets = 1;
	if (likely(gso == 0 || len <= p->headers))
		return;
	if (segments == 0) /* a guest gives the size of a piece, not their number */
		segments = (len - p->headers + gso - 1) / gso;
	p->packets = segments;
	p->bytes = len + (segments - 1) * p->headers;
	p->size = segments > 1 ? p->headers + gso : len;
}

#endif
